"""The content of documents: parts of it that have to be there, names made of it, texts as bytes."""

from __future__ import annotations

import hashlib
from typing import Final

from tgproto.catalog import arguments as check
from tgproto.catalog.machine import Source
from tgproto.types.wire import exact

_HASHED_AT_ONCE: Final = 2**20


def part_of(source: Source, offset: int, size: int) -> bytes:
    """Read a part of a document that has to be there; may block.

    Args:
        source: The document.
        offset: Where the part begins, in bytes.
        size: How many bytes it has.

    Raises:
        EOFError: The document ends before.
        OSError: It cannot be read.
    """
    content = source.read_at(offset, size)
    if len(content) < size:
        raise EOFError(f"the document ended at {offset + len(content)} bytes while it was read")
    return content


def content_id(source: Source, size: int) -> str:
    """Return an id for a document that has none: `urn:sha256:` and the hash of its content; may block.

    Args:
        source: The document.
        size: How many bytes it has.

    Raises:
        EOFError: It has fewer.
        OSError: It cannot be read.
    """
    digest = hashlib.sha256()
    for offset in range(0, size, _HASHED_AT_ONCE):
        digest.update(part_of(source, offset, min(_HASHED_AT_ONCE, size - offset)))
    return f"urn:sha256:{digest.hexdigest()}"


def encoded(text: object, charset: object) -> bytes:
    """Return a text as bytes.

    Args:
        text: The text, or its bytes.
        charset: How they are to be encoded, or are.

    Raises:
        TypeError: It is neither, or the charset is no string.
        ValueError: There is no such charset, or it does not fit the text.
    """
    name = check.name_of("charset", charset)
    try:
        if isinstance(text, str):
            return exact(text).encode(name)
        content = check.content("text", text)
        content.decode(name)
    except LookupError:
        raise ValueError(f"charset: there is no {name!r}") from None
    except UnicodeError as error:
        raise ValueError(f"text: {error}") from None
    return content
