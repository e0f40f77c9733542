"""The ordered queue of bytes to send, and the quick way to put text messages into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from struct import Struct

from tgproto.link.masking import apply_mask, mask_keys
from tgproto.role import Role

_FINAL_TEXT = 0x81
_MASKED = 0x80
_HEAD_16 = Struct(">BBH")
_HEAD_64 = Struct(">BBQ")


class Outbox:
    """Bytes to send, in order.

    Args:
        role: A client masks what it sends, a server does not.
        entropy: Returns as many unpredictable bytes as asked for; mask keys come from it.

    Attributes:
        size: Bytes held.
    """

    __slots__ = ("_entropy", "_keys", "_mask_bit", "_parts", "_pong", "_short_heads", "size")

    def __init__(self, role: Role, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy
        self._keys: Iterator[bytes] = iter(())
        self._mask_bit = _MASK_BITS[role]
        self._short_heads = _SHORT_HEADS[role]
        self._parts: list[bytes] = []
        self._pong: bytes | None = None  # the last pong
        self.size = 0

    def put(self, data: bytes) -> None:
        """Append bytes as they are."""
        self._parts.append(data)
        self.size += len(data)

    def put_pong(self, frame: bytes) -> None:
        """Append a pong, in place of one that is last: a flood of pings leaves a single pong.

        RFC 6455, section 5.5.3, allows to answer only the latest ping.
        """
        if self._parts and self._parts[-1] is self._pong:
            self.size -= len(self._parts.pop())
        self._pong = frame
        self.put(frame)

    def put_texts(self, payloads: Sequence[bytes]) -> None:
        """Append whole text messages, one frame for each.

        Args:
            payloads: The messages in UTF-8.

        Raises:
            LocalProtocolError: `entropy` did not return what it was asked for; nothing was appended.
        """
        heads, mask_bit = self._short_heads, self._mask_bit
        parts: list[bytes] = []  # what was appended would stay if there is no entropy
        for payload in payloads:
            size = len(payload)
            head = heads[size] if size < _SHORT else _head(mask_bit, size)
            if mask_bit:
                key = next(self._keys, None) or self._next_block()
                parts += head, key, apply_mask(payload, key)
            else:
                parts += head, payload
        self._parts += parts
        self.size += sum(map(len, parts))

    def take(self) -> bytes:
        """Take everything as one buffer; empty if there is nothing."""
        data = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        return data

    def _next_block(self) -> bytes:
        """Draw a block of keys and return the first."""
        self._keys = mask_keys(self._entropy)
        return next(self._keys)


def _head(mask_bit: int, size: int) -> bytes:
    """Return the header of a text frame, up to the mask key."""
    if size < 126:
        return bytes((_FINAL_TEXT, mask_bit | size))
    if size < 65536:
        return _HEAD_16.pack(_FINAL_TEXT, mask_bit | 126, size)
    return _HEAD_64.pack(_FINAL_TEXT, mask_bit | 127, size)


_SHORT = 1024
_MASK_BITS = {Role.CLIENT: _MASKED, Role.SERVER: 0}
_SHORT_HEADS = {role: [_head(bit, size) for size in range(_SHORT)] for role, bit in _MASK_BITS.items()}
