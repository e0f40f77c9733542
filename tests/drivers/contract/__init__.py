"""What every driver promises: the same tests for all of them, against several gateways."""
