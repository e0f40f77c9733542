"""Records of a file of a knowledge core: a tag and a map each, in msgpack."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tgproto.cores.wire import MEMBERS, encode_value
from tgproto.dialect import GENERATION_2, Dialect
from tgproto.errors import CoreFileError
from tgproto.types.cores import CoreRecord

LIBRARY_LETTERS: Final = {
    "i": "id",
    "k": "kind",
    "t": "title",
    "p": "parent-id",
    "d": "document-type",
    "c": "comments",
    "g": "tags",
}
"""Member of a description of a document in a file -> what it is called in JSON."""

METADATA_LETTERS: Final = {"i": "id", "m": "metadata", "u": "user", "c": "collection"}
"""The same for what a batch says about its contents; 2.x has neither user nor metadata."""


def encode_record(record: CoreRecord, dialect: Dialect = GENERATION_2) -> bytes:
    """Write a record as it stands in a file.

    Args:
        record: The record.
        dialect: For which gateways the file is. Only 2.x has documents in it, only 1.x a user.

    Returns:
        A value of msgpack; a file is such values, one after the other.

    Raises:
        LocalProtocolError: The dialect cannot express it.
        CoreFileError: A text cannot stand in a file.
        ValueError: A number is infinite or NaN, or an entity has no vector.
    """
    return pack({MEMBERS[type(record)]: encode_value(record, dialect)})


def pack(frame: Mapping[str, Any]) -> bytes:
    """Write what a gateway sent as it stands in a file. Nothing but names and places of members changes.

    Args:
        frame: A frame of an answer of `get-kg-core`, decoded.

    Returns:
        A value of msgpack; nothing for a frame without contents.

    Raises:
        CoreFileError: A text cannot stand in a file.
    """
    match frame:
        case {"triples": {"metadata": metadata, "triples": triples}}:
            return _value("t", {"m": _letters(METADATA_LETTERS, metadata), "t": triples})
        case {"graph-embeddings": {"metadata": metadata, "entities": entities}}:
            packed = [
                {"e": entity["entity"], "v": entity["vector"] if "vector" in entity else entity["vectors"]}
                for entity in entities
            ]
            return _value("ge", {"m": _letters(METADATA_LETTERS, metadata), "e": packed})
        case {"library-metadata": metadata}:
            return _value("lm", _letters(LIBRARY_LETTERS, metadata))
        case {"library-blob": {"id": document_id, "data": data}}:
            text = b64encode(data).decode("ascii") if isinstance(data, bytes) else data
            return _value("lb", {"i": document_id, "d": text})
        case _:
            return b""


def _letters(letters: Mapping[str, str], members: Mapping[str, Any]) -> dict[str, Any]:
    return {letter: members[name] for letter, name in letters.items() if name in members}


def _value(tag: str, members: dict[str, Any]) -> bytes:
    try:
        return msgspec.msgpack.encode([tag, members])
    except UnicodeEncodeError:
        raise CoreFileError(
            f"a text of a record ({tag!r}) has a lone surrogate; a file cannot have it"
        ) from None
