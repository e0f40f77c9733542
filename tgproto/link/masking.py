"""Masking of WebSocket payloads, and the keys for it (RFC 6455, section 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from itertools import chain
from struct import Struct
from types import ModuleType
from typing import cast

from tgproto.errors import LocalProtocolError

MaskFunction = Callable[[bytes, bytes], bytes]
"""Takes a payload and a key of four bytes; returns the payload masked, or unmasked, with it."""

KEY_BLOCK = 4096
"""Bytes of entropy drawn at a time: one system call serves 1024 frames."""

_SOME_KEYS = Struct("4s" * 64)  # as many as one step cuts out of a block
_SHORT = 768  # Up to here one wide XOR is quicker than four strided translations.
_from_bytes = int.from_bytes
_REPEAT = [_from_bytes(b"\1\0\0\0" * words, "little") for words in range(_SHORT // 4 + 1)]


def portable_mask(data: bytes, key: bytes) -> bytes:
    """Mask or unmask with the standard library alone.

    Args:
        data: The payload, of any length.
        key: Four bytes.
    """
    size = len(data)
    if size > _SHORT:
        return _translate(data, key)
    words = (size + 3) >> 2
    masked = _from_bytes(data, "little") ^ _from_bytes(key, "little") * _REPEAT[words]
    return masked.to_bytes(words << 2, "little")[:size]


def fastest_mask(load: Callable[[str], ModuleType] = import_module) -> MaskFunction:
    """Return the C function of the `speed` extra, or `portable_mask` if that is not installed.

    Args:
        load: Imports a module by name.
    """
    try:
        return cast(MaskFunction, load("websockets.speedups").apply_mask)
    except ImportError:
        return portable_mask


def mask_keys(entropy: Callable[[int], bytes]) -> Iterator[bytes]:
    """Draw one block of entropy and return the keys of four bytes that it holds.

    Args:
        entropy: Returns as many unpredictable bytes as asked for.

    Raises:
        LocalProtocolError: `entropy` returned another number of bytes.
    """
    block = entropy(KEY_BLOCK)
    if len(block) != KEY_BLOCK:
        raise LocalProtocolError(f"entropy returned {len(block)} bytes instead of {KEY_BLOCK}")
    return chain.from_iterable(_SOME_KEYS.iter_unpack(block))


def _translate(data: bytes, key: bytes) -> bytes:
    masked = bytearray(data)
    for offset, byte in enumerate(key):
        masked[offset::4] = masked[offset::4].translate(_table(byte))
    return bytes(masked)


@cache
def _table(byte: int) -> bytes:
    return portable_mask(bytes(range(256)), bytes([byte]) * 4)


apply_mask: MaskFunction = fastest_mask()
"""The quickest way to mask or unmask on this machine."""
