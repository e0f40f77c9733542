"""What gateway 1.7.1 does otherwise."""
