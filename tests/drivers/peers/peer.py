"""What the tests know about a gateway, and how independent ones read the directives in a prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

CERTIFICATE = Path(__file__).parents[1] / "localhost.pem"
"""Certificate and key of 127.0.0.1 and localhost; it is its own authority."""

TOKEN = "tg_t0ps3cret-7f1c"
"""What opens every gateway here. It must never be seen again."""


class Peer(Protocol):
    """A gateway in a thread, for the length of a `with` block.

    Attributes:
        url: Where it listens.
        seen: The prompts that it has received, in order.
    """

    url: str
    seen: list[str]

    def __enter__(self) -> Self: ...

    def __exit__(self, *info: object) -> None: ...

    @property
    def connections(self) -> int:
        """How many there are now."""
        ...

    def stop(self) -> None:
        """Drop everybody, and listen no more."""
        ...

    def start(self) -> None:
        """Listen again, on the same port."""
        ...


DIRECTIVE = re.compile(r"\b([a-z]+)=([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Script:
    """What a prompt wants the gateway to do.

    Attributes:
        count: Pieces of the answer.
        size: Least length of a piece.
        first: Seconds before the first one.
        delay: Seconds before each piece.
        ending: `done`, or the directive that makes it end otherwise: `fail`, `drop`, or a `FAULTS`.
    """

    count: int
    size: int
    first: float
    delay: float
    ending: str

    @property
    def pieces(self) -> Iterator[str]:
        """The answer."""
        return (f"chunk-{number} ".ljust(self.size, "x") for number in range(self.count))


FAULTS = ("reset", "eof", "flood", "deep", "junk", "wait")
"""After so many pieces: reset in the middle of a frame; half-close; a frame longer than any limit; JSON that
is nested far too deeply; bytes that are no protocol; nothing until the test says `go`."""


def read_prompt(prompt: str) -> Script:
    """Read the directives, in the words of `tgproto.gateway.script`, and the faults."""
    found = {name: float(value) for name, value in DIRECTIVE.findall(prompt)}
    if "hang" in found:
        found["drop"] = 0
    ending = next((name for name in ("fail", "drop", *FAULTS) if name in found), "done")
    count = int(found.get(ending, found.get("n", 5)))
    size = int(found.get("size", 0))
    return Script(count, size, found.get("first", 0.0), found.get("delay", 0.0), ending)


def prompt_of(body: Mapping[str, object]) -> str:
    """Return the text that a request is about."""
    return str(body.get("prompt", body.get("query", "")))


def chunk(service: str, text: str) -> dict[str, object]:
    """Return what a service answers with, for a piece in the middle."""
    if service == "graph-rag":
        return {"message_type": "chunk", "response": text, "end_of_stream": False, "end_of_session": False}
    return {"response": text, "end_of_stream": False}


def last(service: str, text: str) -> dict[str, object]:
    """Return what a service ends with: the whole text, or nothing after pieces."""
    usage = {"in_token": 1, "out_token": 2, "model": "independent"}
    session = {"end_of_session": True} if service == "graph-rag" else {}
    return chunk(service, text) | session | {"end_of_stream": True} | usage


def failure(service: str) -> dict[str, object]:
    """Return what a service ends with that has failed."""
    if service == "graph-rag":
        error = {"type": "graph-rag-error", "message": "scripted failure"}
        return last(service, "") | {"error": error}
    return {"response": None, "end_of_stream": True}


DEEP = '{"response":' + "[" * 100_000 + "]" * 100_000 + "}"
WHOAMI = json.dumps({"user": {"id": "u", "workspace": "default"}, "bootstrap_available": False})
