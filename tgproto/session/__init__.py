"""Messages to streams and back, for one connection, in either role: what a gateway's sockets mean.

Knows nothing of bytes, so that any WebSocket library can carry a session.
"""
