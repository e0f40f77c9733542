"""What plain HTTP services and their clients have in common: errors, refusals, streams, answers at a pace."""
