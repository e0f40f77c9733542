"""Masking of WebSocket payloads, and the keys for it (RFC 6455, section 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from itertools import chain, repeat
from struct import Struct
from types import ModuleType
from typing import cast

from tgproto.errors import LocalProtocolError

MaskFunction = Callable[[bytes, bytes], bytes]
"""Takes a payload and a key of four bytes; returns the payload masked, or unmasked, with it."""

KEY_BLOCK = 4096
"""Bytes of entropy drawn at a time: one system call serves 1024 frames."""

_SOME_KEYS = Struct("4s" * 64)
_SHORT = 768  # Up to here one wide XOR is quicker than four strided translations.
_REPEAT = [int.from_bytes(b"\1\0\0\0" * words, "little") for words in range(_SHORT // 4 + 1)]


def portable_mask(data: bytes, key: bytes) -> bytes:
    """Mask or unmask with the standard library alone.

    Args:
        data: The payload, of any length.
        key: Four bytes.
    """
    return _xor(data, key) if len(data) <= _SHORT else _translate(data, key)


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
    """Return keys of four bytes, for ever, each used once.

    Args:
        entropy: Returns as many unpredictable bytes as asked for.

    Raises:
        LocalProtocolError: When a key is taken, if `entropy` returned another number of bytes.
    """
    return chain.from_iterable(chain.from_iterable(map(_draw, repeat(entropy))))


def _draw(entropy: Callable[[int], bytes]) -> Iterator[tuple[bytes, ...]]:
    block = entropy(KEY_BLOCK)
    if len(block) != KEY_BLOCK:
        raise LocalProtocolError(f"entropy returned {len(block)} bytes instead of {KEY_BLOCK}")
    return _SOME_KEYS.iter_unpack(block)


def _xor(data: bytes, key: bytes) -> bytes:
    size = len(data)
    words = (size + 3) >> 2
    mask = int.from_bytes(key, "little") * _REPEAT[words]
    return (int.from_bytes(data, "little") ^ mask).to_bytes(words * 4, "little")[:size]


def _translate(data: bytes, key: bytes) -> bytes:
    masked = bytearray(data)
    for offset, byte in enumerate(key):
        masked[offset::4] = masked[offset::4].translate(_table(byte))
    return bytes(masked)


@cache
def _table(byte: int) -> bytes:
    return _xor(bytes(range(256)), bytes([byte]) * 4)


apply_mask: MaskFunction = fastest_mask()
"""The quickest way to mask or unmask on this machine."""
