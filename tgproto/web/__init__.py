"""What clients of plain HTTP services have in common: errors, refusals, requests, streams of events."""
