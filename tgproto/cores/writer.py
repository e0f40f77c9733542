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

    Left out, as files have no place for it, is `root` of `CoreMetadata`, and `chunk_id`, `rdf_type` and
    `attributes` of `EntityVectors`.

    Args:
        record: The record.
        dialect: For which gateways the file is. Only 2.x has documents in it, only 1.x a user.

    Returns:
        A value of msgpack; a file is such values, one after the other.

    Raises:
        LocalProtocolError: The dialect cannot express it.
        CoreFileError: A text or a number cannot stand in a file.
        ValueError: A number is infinite or NaN, or an entity has no vector.
    """
    return pack({MEMBERS[type(record)]: encode_value(record, dialect)})


def pack(frame: Mapping[str, Any]) -> bytes:
    """Write what a gateway sent as it stands in a file. Nothing but names and places of members changes.

    Left out, as files of gateways have no place for it (1.7.1 and 2.11.1, `core_export.py`), is `root` of the
    metadata of a batch, and `chunk_id`, `rdf_type` and `attributes` of an entity.

    Args:
        frame: A frame of an answer of `get-kg-core`, decoded, of the documented shape.

    Returns:
        A value of msgpack; nothing for a frame without contents.

    Raises:
        CoreFileError: A text or a number cannot stand in a file.
    """
    match frame:
        case {"triples": {"metadata": metadata, "triples": triples}}:
            return _value("t", {"m": _letters(METADATA_LETTERS, metadata), "t": triples})
        case {"graph-embeddings": {"metadata": metadata, "entities": entities}}:
            packed = [{"e": entity["entity"], "v": _vectors(entity)} for entity in entities]
            return _value("ge", {"m": _letters(METADATA_LETTERS, metadata), "e": packed})
        case {"library-metadata": {}}:
            return _value("lm", _letters(LIBRARY_LETTERS, frame["library-metadata"]))
        case {"library-blob": {"id": document_id, **rest}}:
            data = rest.get("data", "")
            text = b64encode(data).decode("ascii") if isinstance(data, bytes) else data
            return _value("lb", {"i": document_id, "d": text})
        case _:
            return b""


def _letters(letters: Mapping[str, str], members: Mapping[str, Any]) -> dict[str, Any]:
    return {letter: members[name] for letter, name in letters.items() if name in members}


def _vectors(entity: Mapping[str, Any]) -> object:
    """Return the vector of a node, or the list of them before 2.1.6; an empty list if there is neither."""
    vector = entity.get("vector")
    return (entity.get("vectors") or []) if vector is None else vector


def _value(tag: str, members: dict[str, Any]) -> bytes:
    try:
        return msgspec.msgpack.encode([tag, members])
    except UnicodeEncodeError:
        raise CoreFileError(
            f"a text of a record ({tag!r}) has a lone surrogate; a file cannot have it"
        ) from None
    except OverflowError:
        raise CoreFileError(
            f"a record ({tag!r}) has an integer of more than 64 bits; a file cannot have it"
        ) from None
