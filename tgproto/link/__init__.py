"""Bytes to messages and back, for one connection, in either role: WebSocket, HTTP/1.1, SSE, proxies.

Knows nothing of what the messages mean.
"""
