"""The same request to a published gateway and to an embedded one: the answers are to be equal."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from tests.interop.published import Published
from tests.interop.raw import Members, open_socket, over_rest, over_sockets


class Both:
    """The published gateway and the embedded one.

    Args:
        published: The published one.
        embedded: Address of the other.

    Attributes:
        published: The published one.
        token: What opens both.
        urls: Where they are.
        is_old: Whether they are of the first generation.
    """

    def __init__(self, published: Published, embedded: str) -> None:
        self.published = published
        self.token = published.token
        self.urls = published.url, embedded.rstrip("/")
        self.is_old = published.is_old

    def over_rest(
        self, path: str, body: object, token: str | None, method: str = "POST", scheme: str = "Bearer"
    ) -> tuple[Any, ...]:
        """Return what both answer."""
        told, told_too = [over_rest(url + path, body, token, method, scheme) for url in self.urls]
        assert told == told_too, f"{told}\n{told_too}"
        return told

    def over_socket(
        self, *frames: Members | str | bytes, token: str | None = None, final: int = 1
    ) -> list[Any]:
        """Return what both answer, to somebody with a token that opens the socket, or is the first frame."""
        query = f"?token={token}" if self.is_old else ""
        begin = [] if token is None or self.is_old else [{"type": "auth", "token": token}]
        told, told_too = over_sockets(*self.urls, frames=[*begin, *frames], final=final, query=query)
        assert told == told_too, f"{told}\n{told_too}"
        return told

    def open_socket(self, query: str) -> tuple[int, str, str]:
        """Return what both answer to a request to open a socket."""
        told, told_too = [open_socket(url, query) for url in self.urls]
        assert told == told_too, f"{told}\n{told_too}"
        return told


def ask(service: object, body: object, flow: object = "default", **members: object) -> Members:
    """Return a request: a frame of the socket.

    Args:
        service: The service.
        body: What is asked for.
        flow: The flow; None for a global service.
        members: Further members of the frame.
    """
    address = {} if flow is None else {"flow": flow}
    return {"id": "1", "service": service, **address, "request": body, **members}


def without(frame: Members, member: str) -> Members:
    """Return a frame that lacks a member."""
    return {name: value for name, value in frame.items() if name != member}


def scripted(body: Members, directive: str, **more: object) -> Members:
    """Return the body of a request with a directive where its `@` is.

    Args:
        body: The body.
        directive: The directive; empty for none.
        more: Further members.
    """
    told: Members = json.loads(json.dumps(body).replace("@", directive))
    return told | more


def title(value: object) -> str:
    """Return the name of a test."""
    return value if isinstance(value, str) else json.dumps(value, default=str)[:60]


def by_id(answers: list[Any]) -> list[Any]:
    """Sort answers that came at a time, errors without an id too; equal ones in a row count as one."""
    ordered = sorted(answers, key=lambda frame: json.dumps([frame.get("id"), frame.get("error")]))
    return [frame for frame, _ in groupby(ordered)]
