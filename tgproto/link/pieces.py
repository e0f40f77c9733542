"""Collecting a long byte string from many parts, in linear time and without waste for tiny parts."""

from __future__ import annotations

_LARGE = 4096


class Pieces:
    """Parts of one byte string, in order.

    Large parts are kept as they came and copied once, at the end. Small ones are packed first: a list
    of millions of tiny objects would take many times the memory of their content.

    Attributes:
        size: Bytes held.
    """

    __slots__ = ("_packed", "_parts", "size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._packed = bytearray()
        self.size = 0

    def add(self, part: bytes) -> None:
        """Append a part."""
        self.size += len(part)
        if len(part) < _LARGE:
            self._packed += part
            if len(self._packed) < _LARGE:
                return
            part = b""
        if self._packed:
            self._parts.append(bytes(self._packed))
            self._packed = bytearray()
        self._parts.append(part)

    def take(self) -> bytes:
        """Return the whole and be empty again."""
        self._parts.append(bytes(self._packed))
        whole = b"".join(self._parts)
        self._parts.clear()
        self._packed = bytearray()
        self.size = 0
        return whole
