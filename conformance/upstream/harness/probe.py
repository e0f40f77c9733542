"""Questions to a server on 127.0.0.1: is it there, and does it work."""

import json
import socket
from collections.abc import Mapping
from urllib.error import URLError
from urllib.request import Request, urlopen

PATIENCE = 2.0


def port_open(port: int) -> bool:
    """Whether something accepts connections on a port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE).close()
    except OSError:
        return False
    return True


def get_succeeds(url: str) -> bool:
    """Whether a GET is answered with a status that means success."""
    try:
        with urlopen(url, timeout=PATIENCE):
            return True
    except (URLError, OSError):
        return False


def ask(url: str, token: str, body: Mapping[str, object]) -> dict[str, object]:
    """Send a JSON object and take one back.

    Args:
        url: Where to.
        token: The bearer token.
        body: What is sent.

    Returns:
        The answer; an empty object when there is none, or none with a status of success.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=PATIENCE) as reply:
            answer = json.load(reply)
    except (URLError, OSError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}
