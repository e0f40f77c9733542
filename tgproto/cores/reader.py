"""Reads files of knowledge cores, in whatever pieces they come."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final, Protocol, TypeAlias, cast

import msgspec

from tgproto.cores.wire import (
    WireEntityVectors,
    WireGraphEmbeddings,
    WireLibraryBlob,
    WireLibraryMetadata,
    WireMetadata,
    WireTriples,
)
from tgproto.errors import CoreFileError
from tgproto.types.cores import CoreRecord
from tgproto.types.terms import WireTerm, WireTriple

MAX_RECORD: Final = 256 * 2**20
"""Longest record, in bytes. Gateways take no longer messages."""

_NIL: Final = b"\xc0"


class PackedMetadata(msgspec.Struct, gc=False):
    """What a batch says about its contents; 2.x has neither user nor metadata."""

    i: str | None = None
    m: list[WireTriple] | None = None
    u: str | None = None
    c: str | None = None

    def wire(self) -> WireMetadata:
        """Return it as it stands in JSON."""
        return WireMetadata(self.i, None, self.c, self.u, self.m)


class PackedTriples(msgspec.Struct, gc=False):
    """A batch of triples."""

    m: PackedMetadata
    t: list[WireTriple]

    def wire(self) -> WireTriples:
        """Return it as it stands in JSON."""
        return WireTriples(self.m.wire(), self.t)


class PackedEntity(msgspec.Struct, gc=False):
    """A node with its vector, or several before 2.1.6."""

    e: WireTerm
    v: list[float | list[float]]

    def wire(self) -> WireEntityVectors:
        """Return it as it stands in JSON."""
        has_several = bool(self.v) and isinstance(self.v[0], list)
        vectors = cast("list[list[float]]", self.v if has_several else [self.v])
        return WireEntityVectors(self.e, vectors=vectors)


class PackedGraphEmbeddings(msgspec.Struct, gc=False):
    """A batch of nodes with their vectors."""

    m: PackedMetadata
    e: list[PackedEntity]

    def wire(self) -> WireGraphEmbeddings:
        """Return it as it stands in JSON."""
        return WireGraphEmbeddings(self.m.wire(), [entity.wire() for entity in self.e])


class PackedLibraryMetadata(msgspec.Struct, gc=False):
    """What the library knows about a document."""

    i: str
    k: str | None = None
    t: str | None = None
    p: str | None = None
    d: str | None = None
    c: str | None = None
    g: list[str] | None = None

    def wire(self) -> WireLibraryMetadata:
        """Return it as it stands in JSON."""
        return WireLibraryMetadata(self.i, self.k, self.t, self.p, self.d, self.c, self.g)


class PackedLibraryBlob(msgspec.Struct, gc=False):
    """The content of a document, base64."""

    i: str
    d: Any = ""  # text or bytes of base64

    def wire(self) -> WireLibraryBlob:
        """Return it as it stands in JSON, but for the base64."""
        if not isinstance(self.d, str | bytes):
            raise ValueError("Expected base64 - at `$.d`")
        return WireLibraryBlob(self.i, b64decode(self.d, validate=True))


_Packed: TypeAlias = PackedTriples | PackedGraphEmbeddings | PackedLibraryMetadata | PackedLibraryBlob

_KINDS: Final[dict[str, type[_Packed]]] = {
    "t": PackedTriples,
    "ge": PackedGraphEmbeddings,
    "lm": PackedLibraryMetadata,
    "lb": PackedLibraryBlob,
}


class _Unpacker(Protocol):
    """What is used of `msgpack.Unpacker`."""

    def feed(self, data: bytes, /) -> None: ...

    def __iter__(self) -> Iterator[Any]: ...


class CoreReader:
    """Reads a file of a core, as it comes; the order of records is that of the file.

    Attributes:
        records: How many records came.
        skipped: How many more were of kinds that are not known; gateways skip them as well.

    Raises:
        ImportError: The package `msgpack` is not there; it comes with `tgproto[cores]`.
    """

    def __init__(self) -> None:
        self._unpacker, self._failure = _unpacker()
        self.records = 0
        self.skipped = 0

    def feed(self, data: bytes) -> list[CoreRecord]:
        """Take the next bytes.

        Args:
            data: So many as there are.

        Returns:
            The records that are complete now.

        Raises:
            CoreFileError: This is no file of a core. Do not go on with this reader.
        """
        try:
            self._unpacker.feed(data)
            return [record for value in self._unpacker if (record := self._record(value)) is not None]
        except (ValueError, RecursionError, self._failure) as error:
            said = str(error) or type(error).__name__
            raise CoreFileError(f"record {self._number} cannot be read: {said}") from None

    def end(self) -> None:
        """See that the file ends behind a record.

        Raises:
            CoreFileError: It ends within one.
        """
        try:
            self._unpacker.feed(_NIL)  # which is a value of its own, unless another one is under way
            is_whole = list(self._unpacker) == [None]
        except (ValueError, RecursionError, self._failure):
            is_whole = False
        if not is_whole:
            raise CoreFileError(f"the file ends within record {self._number}")

    @property
    def _number(self) -> int:
        """Number of the next record, from 1 on."""
        return self.records + self.skipped + 1

    def _record(self, value: object) -> CoreRecord | None:
        """Return a record; None for one of an unknown kind. What it raises is a `ValueError`.

        Numbers and booleans may be texts, as in frames: exports write down what the gateway sent.
        """
        tag, members = msgspec.convert(value, tuple[str, dict[str, Any]])
        kind = _KINDS.get(tag)
        if kind is None:
            self.skipped += 1
            return None
        record = msgspec.convert(members, kind, strict=False).wire().read()
        self.records += 1
        return record


def _unpacker() -> tuple[_Unpacker, type[Exception]]:
    """Return a new unpacker, and what it may raise besides a `ValueError`."""
    try:
        import msgpack  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise ImportError("files of cores need the package msgpack: pip install 'tgproto[cores]'") from None
    package = cast("Any", msgpack)
    unpacker = package.Unpacker(raw=False, unicode_errors="surrogatepass", max_buffer_size=MAX_RECORD)
    return unpacker, package.UnpackException
