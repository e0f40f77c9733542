"""Knowledge cores as files: msgpack values one behind the other, each a tag and a map.

Gateways write them at `/api/v1/export-core` and read them at `/api/v1/import-core` (`core_export.py` and
`core_import.py` of 1.7.1 and 2.11.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from msgspec import msgpack

from tgproto import lenient
from tgproto.gateway.managed import Asked, Members, Service, serve
from tgproto.gateway.steps import Frame, Step
from tgproto.gateway.stores.world import World

Tagged: TypeAlias = tuple[str, Mapping[str, object]]
"""A tag, and its map."""

# How a value goes on behind its first byte. Bytes of the length, and bytes of the value beside those:
_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4}
_EXTENDED = {0xC7, 0xC8, 0xC9}
# Bytes of a value of fixed size:
_FIXED = {
    0xC0: 0,
    0xC1: 0,
    0xC2: 0,
    0xC3: 0,
    0xCA: 4,
    0xCB: 8,
    0xCC: 1,
    0xCD: 2,
    0xCE: 4,
    0xCF: 8,
    0xD0: 1,
    0xD1: 2,
    0xD2: 4,
    0xD3: 8,
    0xD4: 2,
    0xD5: 3,
    0xD6: 5,
    0xD7: 9,
    0xD8: 17,
}
# Bytes of the count, and values for each one that is counted:
_CONTAINERS = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}


def packed(steps: Iterable[Step], tag: Callable[[Any], Iterable[Tagged]]) -> Iterator[bytes]:
    """Yield the values of a file, up to one that has a lone surrogate, which no file can have.

    Args:
        steps: The answer of `get-kg-core`. What is no frame is passed over.
        tag: Makes values of a frame's response.
    """
    for step in steps:
        if isinstance(step, Frame):
            for value in tag(lenient.loads(step.payload)):
                try:
                    written = msgpack.encode(value)
                except UnicodeEncodeError:  # the head of the answer is gone: it can only end
                    return
                yield written


def unpacked(body: bytes) -> Iterator[Tagged]:
    """Yield the values in a file, up to one that is not complete.

    Args:
        body: The file.

    Raises:
        ValueError: A value is no msgpack, no tag with a map, or nested too deeply.
    """
    decode = msgpack.Decoder(tuple[str, dict[str, Any]]).decode
    at, view = 0, memoryview(body)
    while (end := _end(body, at)) <= len(body) and at < len(body):
        try:
            value = decode(view[at:end])
        except RecursionError:
            raise ValueError("a value is nested too deeply") from None
        yield cast("Tagged", value)
        at = end


def put_all(
    world: World,
    owner: str,
    service: Service,
    body: bytes | None,
    put: Callable[[Tagged], Members | None],
) -> None:
    """Put the values of a file into a core, up to the first one that is unusable, of which nobody is told.

    Args:
        world: What there is.
        owner: Workspace or user.
        service: The service for cores.
        body: The file.
        put: Makes a request of a value.
    """
    try:
        for value in unpacked(body or b""):
            request = put(value)
            if request is not None:
                for _ in serve(service, service.operations["put-kg-core"], Asked(world, owner, request)):
                    pass
    except (AttributeError, LookupError, TypeError, ValueError):
        return


def _end(data: bytes, at: int) -> int:
    """Return where a value ends; behind the end of the data if it is not complete."""
    pending = 1
    while pending and at < len(data):
        head, at = data[at], at + 1
        pending -= 1
        if head in _FIXED:
            at += _FIXED[head]
        elif head in _SIZED:
            size = _SIZED[head]
            at += size + int.from_bytes(data[at : at + size]) + (head in _EXTENDED)
        elif head in _CONTAINERS:
            size, each = _CONTAINERS[head]
            pending += int.from_bytes(data[at : at + size]) * each
            at += size
        elif 0x80 <= head < 0x90:
            pending += (head & 0x0F) * 2
        elif 0x90 <= head < 0xA0:
            pending += head & 0x0F
        elif 0xA0 <= head < 0xC0:
            at += head & 0x1F
    return at if not pending else len(data) + 1
