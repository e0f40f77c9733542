"""Bulk import and export: items, messages, and the client of the sockets that carry them."""
