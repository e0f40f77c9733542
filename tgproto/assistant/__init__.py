"""The AI Assistant System API without I/O: chat, tools and batches, and a server for tests."""
