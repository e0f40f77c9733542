"""The ordered queue of bytes to send, and the quick way to put a text message into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

    __slots__ = ("_entropy", "_keys", "_mask_bit", "_parts", "_short_heads", "size")

    def __init__(self, role: Role, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy
        self._keys: Iterator[bytes] = iter(())
        self._mask_bit = _MASKED if role is Role.CLIENT else 0
        self._short_heads = _SHORT_HEADS[role]
        self._parts: list[bytes] = []
        self.size = 0

    def put(self, data: bytes) -> None:
        """Append bytes as they are."""
        self._parts.append(data)
        self.size += len(data)

    def put_text(self, payload: bytes) -> None:
        """Append a whole text message as one frame.

        Args:
            payload: The message in UTF-8.

        Raises:
            LocalProtocolError: `entropy` did not return what it was asked for.
        """
        size = len(payload)
        if size < 126:
            head = self._short_heads[size]
        elif size < 65536:
            head = _HEAD_16.pack(_FINAL_TEXT, self._mask_bit | 126, size)
        else:
            head = _HEAD_64.pack(_FINAL_TEXT, self._mask_bit | 127, size)
        if self._mask_bit:
            key = next(self._keys, None) or self._next_block()
            self._parts += head, key, apply_mask(payload, key)
            size += 4
        else:
            self._parts += head, payload
        self.size += size + len(head)

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


_SHORT_HEADS = {
    Role.CLIENT: [bytes((_FINAL_TEXT, _MASKED | size)) for size in range(126)],
    Role.SERVER: [bytes((_FINAL_TEXT, size)) for size in range(126)],
}
