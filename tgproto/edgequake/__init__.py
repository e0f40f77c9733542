"""EdgeQuake: its dialects, its streams, and its operations in every colour. Pure: no I/O."""
