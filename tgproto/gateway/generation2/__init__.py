"""What gateway 2.11.1 does otherwise."""
