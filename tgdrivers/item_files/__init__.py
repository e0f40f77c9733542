"""Files of items, for bulk imports and exports: read and written lazily, compressed or not."""
