"""EdgeQuake: its dialects, streams and operations in every colour, and a small one in memory. No I/O."""
