"""What starts and stops the gateway and its surroundings: the standard library only, Linux only."""
