"""What the global services keep, in memory. Times come from a `Calendar`, ids from counters."""
