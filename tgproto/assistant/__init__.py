"""The AI Assistant System API over HTTP: chat, tools and batches."""
