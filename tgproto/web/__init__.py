"""What clients of plain HTTP services have in common: errors, refusals, streams of events."""
