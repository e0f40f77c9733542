"""The event stream, rule by rule: as given, in one chunk, byte by byte and at random cuts."""

import itertools
import random
from dataclasses import dataclass

import pytest

from tgproto.errors import LocalProtocolError, ProtocolException
from tgproto.link.sse import (
    DEFAULT_LIMIT,
    SSEComment,
    SSEDecoder,
    SSEEvent,
    SSEItem,
    SSELimitError,
    encode_comment,
    encode_event,
)

BOM = b"\xef\xbb\xbf"


def ev(data: str, type: str = "message", id: str = "", retry: int | None = None) -> SSEEvent:  # noqa: A002
    return SSEEvent(type, data, id, retry)


@dataclass(frozen=True)
class Vector:
    name: str
    chunks: list[bytes]
    events: list[SSEEvent]
    id: str = ""
    retry: int | None = None
    start: str = ""
    due: list[int] | None = None
    """Number of events that each chunk must give, where the case is about that."""
    dropped: int = 0
    comments: int = 0


LINE_VECTORS = [
    Vector("one-event", [b"data: a\n\n"], [ev("a")]),
    Vector("empty-stream", [], []),
    Vector("empty-chunks", [b"", b"data: a", b"", b"\n", b"", b"\n"], [ev("a")], due=[0, 0, 0, 0, 0, 1]),
    Vector("bom", [BOM + b"data: a\n\n"], [ev("a")]),
    Vector("bom-cut", [b"\xef", b"\xbb", b"\xbf", b"data: a\n\n"], [ev("a")], due=[0, 0, 0, 1]),
    Vector("bom-after-empty-chunk", [b"", BOM[:2], b"", BOM[2:] + b"data: a\n\n"], [ev("a")]),
    Vector("bom-twice-spoils-one-line", [BOM + BOM + b"data: a\ndata: b\n\n"], [ev("b")]),
    Vector("bom-late-spoils-one-line", [b"data: a\n" + BOM + b"data: b\n\n"], [ev("a")]),
    Vector("bom-in-data-stays", [b"data: " + BOM + b"a\n\n"], [ev("\ufeffa")]),
    Vector("bom-before-comment", [BOM + b": x\ndata: a\n\n"], [ev("a")], comments=1),
    Vector("bom-after-first-line-end", [b"\n" + BOM + b"data: a\ndata: b\n\n"], [ev("b")]),
    Vector("half-bom-is-a-line", [b"\xef\xbb\ndata: a\n\n"], [ev("a")]),
    Vector("half-bom-then-field", [b"\xefdata: x\ndata: a\n\n"], [ev("a")]),
    Vector("half-bom-at-the-end", [b"\xef\xbb"], [], dropped=2),
    Vector("bom-only", [BOM], []),
    Vector("utf-8", ["data: é€😀\n\n".encode()], [ev("é€😀")]),
    Vector("utf-8-cut", [b"data: \xf0\x9f", b"\x98\x80\n\n"], [ev("😀")]),
    Vector("invalid-byte", [b"data: a\xffb\n\n"], [ev("a\ufffdb")]),
    Vector("latin-1", [b"data: caf\xe9\n\n"], [ev("caf\ufffd")]),
    Vector("maximal-subpart", [b"data: \xf0\x9f\x98x\xe2\x82\n\n"], [ev("\ufffdx\ufffd")]),
    Vector("surrogate-bytes", [b"data: \xed\xa0\x80\n\n"], [ev("\ufffd\ufffd\ufffd")]),
    Vector("overlong", [b"data: \xc0\x80\n\n"], [ev("\ufffd\ufffd")]),
    Vector("cut-character-before-line-end", [b"data: \xe2\x82\ndata: \xac\n\n"], [ev("\ufffd\n\ufffd")]),
    Vector("invalid-in-name", [b"\xffdata: a\ndat\xffa: b\ndata: c\n\n"], [ev("c")]),
    Vector("stream-goes-on", [b"data: \xff\n\ndata: ok\n\n"], [ev("\ufffd"), ev("ok")]),
    Vector("crlf", [b"data: a\r\n\r\ndata: b\r\n\r\n"], [ev("a"), ev("b")]),
    Vector("cr", [b"data: a\r\rdata: b\r\r"], [ev("a"), ev("b")]),
    Vector("mixed-line-ends", [b"data: a\r\ndata: b\ndata: c\r\n\rdata: d\n\r\n"], [ev("a\nb\nc"), ev("d")]),
    Vector("lf-cr-are-two-ends", [b"data: a\n\rdata: b\n\n"], [ev("a"), ev("b")]),
    Vector("cr-crlf-are-two-ends", [b"data: a\r\r\ndata: b\r\n\n"], [ev("a"), ev("b")]),
    Vector("cr-ends-at-once", [b"data: a\r\r", b"data: b\r", b"\r"], [ev("a"), ev("b")], due=[1, 0, 1]),
    Vector(
        "crlf-cut", [b"data: a\r", b"\n\r", b"\ndata: b\r\n\r", b"\n"], [ev("a"), ev("b")], due=[0, 1, 1, 0]
    ),
    Vector("crlf-cut-with-empty-chunk", [b"data: a\r", b"", b"\ndata: b\n\n"], [ev("a\nb")], due=[0, 0, 1]),
    Vector("one-lf-swallowed", [b"data: a\r", b"\n\ndata: b\n\n"], [ev("a"), ev("b")], due=[0, 2]),
    Vector("cr-then-other", [b"data: a\r", b"data: b\r\r"], [ev("a\nb")]),
    Vector("cr-first", [b"\r", b"\ndata: a\n\n"], [ev("a")]),
    Vector(
        "only-cr-and-lf-end-lines",
        ["data: a\x85b\u2028c\u2029d\x0be\x0cf\x1cg\x1dh\x1ei\n\n".encode()],
        [ev("a\x85b\u2028c\u2029d\x0be\x0cf\x1cg\x1dh\x1ei")],
    ),
]

FIELD_VECTORS = [
    Vector("comment", [b":\n: a\n:data: x\n:\0\ndata: b\n\n"], [ev("b")], comments=4),
    Vector("comment-between-data", [b"data: a\n: x\ndata: b\n\n"], [ev("a\nb")], comments=1),
    Vector("comment-ends-no-block", [b"data: a\n:\n"], [], comments=1, dropped=2),
    Vector("comment-long", [b":" + b"x" * 2050 + b"\ndata: a\n\n"], [ev("a")], comments=1),
    Vector("blank-is-optional", [b"data:a\n\n"], [ev("a")]),
    Vector("one-blank-only", [b"data:  a \n\n"], [ev(" a ")]),
    Vector("tab-stays", [b"data:\ta\n\n"], [ev("\ta")]),
    Vector("blank-only", [b"data: \n\ndata:  \n\n"], [ev(""), ev(" ")]),
    Vector("no-break-space-stays", ["data:\u00a0a\n\n".encode()], [ev("\u00a0a")]),
    Vector("first-colon", [b"data:a:b\ndata: :c\ndata:: d\n\n"], [ev("a:b\n:c\n: d")]),
    Vector("data-no-colon", [b"data\n\n"], [ev("")]),
    Vector("data-empty", [b"data:\n\n"], [ev("")]),
    Vector("data-twice", [b"data\ndata\n\n"], [ev("\n")]),
    Vector("data-empty-first-and-last", [b"data\ndata: a\ndata:\n\n"], [ev("\na\n")]),
    Vector("nul-in-data", [b"data: a\0b\n\n"], [ev("a\0b")]),
    Vector(
        "names-are-exact",
        [b"Data: 1\n data: 2\ndata : 3\ndatax: 4\nDATA: 5\n\0data: 6\ndata\0: 7\ndat: 8\ntada\ndata: ok\n\n"],
        [ev("ok")],
    ),
    Vector("unknown-only", [b"foo: 1\nbar\n\n"], []),
    Vector("event", [b"event: a\ndata: x\n\ndata: y\n\n"], [ev("x", "a"), ev("y")]),
    Vector("event-last-wins", [b"event: a\ndata: x\nevent: b\n\n"], [ev("x", "b")]),
    Vector("event-empty", [b"event: a\nevent:\ndata: x\n\n"], [ev("x")]),
    Vector("event-no-colon", [b"event\ndata: x\n\n"], [ev("x")]),
    Vector("event-keeps-blanks", [b"event:  a \ndata: x\n\n"], [ev("x", " a ")]),
    Vector("event-nul", [b"event: a\0b\ndata: x\n\n"], [ev("x", "a\0b")]),
    Vector("event-invalid-bytes", [b"event: \xff\ndata: x\n\n"], [ev("x", "\ufffd")]),
    Vector("event-name-case", [b"Event: a\ndata: x\n\n"], [ev("x")]),
    Vector("id", [b"id: 1\ndata: x\n\ndata: y\n\n"], [ev("x", id="1"), ev("y", id="1")], "1"),
    Vector("id-after-data", [b"data: x\nid: 1\n\n"], [ev("x", id="1")], "1"),
    Vector("id-last-wins", [b"id: 1\nid: 2\ndata: x\n\n"], [ev("x", id="2")], "2"),
    Vector("id-reset", [b"id: 1\ndata: x\n\nid\ndata: y\n\n"], [ev("x", id="1"), ev("y")]),
    Vector("id-reset-colon", [b"id:\ndata: y\n\n"], [ev("y")], start="7"),
    Vector("id-nul-ignored", [b"id: 1\nid: 2\0\ndata: x\n\n"], [ev("x", id="1")], "1"),
    Vector(
        "id-overlong-nul-is-no-nul",
        [b"id: \xc0\x80\ndata: x\n\n"],
        [ev("x", id="\ufffd\ufffd")],
        "\ufffd\ufffd",
    ),
    Vector("id-start-value", [b"data: x\n\n"], [ev("x", id="7")], "7", start="7"),
    Vector("id-utf-8", ["id: …\ndata: x\n\n".encode()], [ev("x", id="…")], "…"),
    Vector("retry", [b"retry: 03000\ndata: x\n\n"], [ev("x", retry=3000)], retry=3000),
    Vector("retry-zero", [b"retry:0\n"], [], retry=0),
    Vector(
        "retry-stays", [b"retry:5\ndata: x\n\ndata: y\n\n"], [ev("x", retry=5), ev("y", retry=5)], retry=5
    ),
    Vector("retry-not-before", [b"data: x\n\nretry: 5\n"], [ev("x")], retry=5),
    Vector("retry-at-once", [b"data: x\nretry: 5\n\n"], [ev("x", retry=5)], retry=5),
    Vector("retry-empty", [b"retry: 5\nretry:\nretry\nretry: \n"], [], retry=5),
    Vector(
        "retry-bogus",
        [b"retry: 5\nretry: 1000x\nretry: +1\nretry: -1\nretry: 1_0\nretry:  1\nretry: 1 \nretry: 1.0\n"],
        [],
        retry=5,
    ),
    Vector("retry-foreign-digits", ["retry: ٣\nretry: ²\nretry: \uff11\n".encode()], []),
    Vector("retry-nul", [b"retry: 1\0\n"], []),
    Vector("retry-18-digits", [b"retry: 000" + b"9" * 18 + b"\n"], [], retry=10**18 - 1),
    Vector("retry-19-digits", [b"retry: 1" + b"0" * 17 + b"7\n"], [], retry=10**18),
    Vector("retry-5000-digits", [b"retry: " + b"7" * 5000 + b"\n"], [], retry=10**18),
    Vector("retry-5000-zeros", [b"retry: " + b"0" * 5000 + b"12\n"], [], retry=12),
]

BLOCK_VECTORS = [
    Vector("id-only", [b"id: 1\n\n"], [], "1"),
    Vector("id-only-then-data", [b"id: 1\n\ndata: x\n\n"], [ev("x", id="1")], "1"),
    Vector("retry-only", [b"retry: 1\n\n"], [], retry=1),
    Vector("event-only", [b"event: a\n\ndata: x\n\n"], [ev("x")]),
    Vector("empty-lines", [b"\n\n\n\ndata: x\n\n\n\n"], [ev("x")]),
    Vector("three-lines", [b"data: YHOO\ndata: +2\ndata: 10\n\n"], [ev("YHOO\n+2\n10")]),
    Vector("each-due-at-once", [b"data: a\n\n", b"data: b\n\ndata: c\n\nda", b"ta: d\n", b"\n"],
           [ev("a"), ev("b"), ev("c"), ev("d")], due=[1, 2, 0, 1]),
    Vector("end-drops-line", [b"data: a\n\ndata: bc"], [ev("a")], dropped=8),
    Vector("end-drops-block", [b"data: a\n\ndata: bc\n"], [ev("a")], dropped=3),
    Vector("end-drops-empty-data", [b"data\n"], [], dropped=1),
    Vector("end-drops-event", [b"event: a\n"], [], dropped=2),
    Vector("end-drops-id", [b"id: 1\n\nid: 23\n"], [], "1", dropped=3),
    Vector("end-drops-empty-id", [b"id: 1\n\nid\n"], [], "1", dropped=1),
    Vector("end-drops-all", [b"event: ab\nid: 23\ndata: x\n: y\nda"], [], dropped=3 + 3 + 2 + 2, comments=1),
    Vector("end-keeps-retry", [b"retry: 9\ndata: x\n"], [], retry=9, dropped=2),
    Vector("end-drops-retry-line", [b"retry: 9"], [], dropped=8),
    Vector("end-drops-comment", [b":a"], [], dropped=2),
    Vector("end-after-comment", [b":a\n"], [], comments=1),
    Vector("end-after-unknown", [b"foo: a\n"], []),
    Vector("end-after-cr", [b"data: x\r\n\r"], [ev("x")]),
]  # fmt: skip

VECTORS = LINE_VECTORS + FIELD_VECTORS + BLOCK_VECTORS


def bytewise(stream: bytes) -> list[bytes]:
    return [stream[at : at + 1] for at in range(len(stream))]


def random_cuts(stream: bytes, seed: str) -> list[bytes]:
    rng = random.Random(seed)
    cuts = sorted(rng.randint(0, len(stream)) for _ in range(rng.randint(1, 8)))
    edges = [0, *cuts, len(stream)]
    return [stream[a:b] for a, b in itertools.pairwise(edges)]


def four_ways(chunks: list[bytes], seed: str) -> list[list[bytes]]:
    stream = b"".join(chunks)
    return [chunks, [stream], bytewise(stream), random_cuts(stream, seed)]


def drain(decoder: SSEDecoder, chunks: list[bytes]) -> list[SSEItem]:
    items: list[SSEItem] = []
    for chunk in chunks:
        items += decoder.feed(chunk)
    return items


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector_in_four_ways(vector: Vector) -> None:
    size = len(b"".join(vector.chunks))
    for chunks in four_ways(vector.chunks, vector.name):
        decoder = SSEDecoder(last_event_id=vector.start)
        assert drain(decoder, chunks) == vector.events
        assert (decoder.last_event_id, decoder.retry) == (vector.id, vector.retry)
        assert (decoder.comments_seen, decoder.bytes_seen) == (vector.comments, size)
        assert (decoder.pending_bytes, decoder.dropped_bytes) == (vector.dropped, 0)
        assert decoder.close() == []
        assert (decoder.pending_bytes, decoder.dropped_bytes) == (0, vector.dropped)
        assert (decoder.last_event_id, decoder.retry, decoder.error) == (vector.id, vector.retry, None)


@pytest.mark.parametrize("vector", [v for v in VECTORS if v.due], ids=lambda vector: vector.name)
def test_events_come_with_the_chunk_that_completes_them(vector: Vector) -> None:
    decoder = SSEDecoder()
    assert [len(decoder.feed(chunk)) for chunk in vector.chunks] == vector.due


def test_vector_names_are_unique() -> None:
    assert len({vector.name for vector in VECTORS}) == len(VECTORS)


def test_retry_is_in_force_before_the_block_ends() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"id: 4\nretry: 5\r")
    assert (decoder.retry, decoder.last_event_id) == (5, "")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_every_kind_of_bytes_is_taken(kind: type) -> None:
    assert SSEDecoder().feed(kind(b"data: a\n\n")) == [ev("a")]


def test_a_chunk_may_be_overwritten_after_feed() -> None:
    decoder = SSEDecoder()
    buffer = bytearray(b"data: ab")
    decoder.feed(memoryview(buffer)[:7])
    buffer[:] = b"\n\nxxxxxx"
    assert decoder.feed(memoryview(buffer)[:2]) == [ev("a")]


@pytest.mark.parametrize("chunk", ["data: a\n\n", 5, None, [1]])
def test_what_is_not_bytes_is_refused(chunk: object) -> None:
    decoder = SSEDecoder()
    with pytest.raises(TypeError, match="bytes-like object is required"):
        decoder.feed(chunk)  # type: ignore[arg-type]
    assert decoder.bytes_seen == 0


# Comments


def test_comments_are_returned_in_order_when_asked_for() -> None:
    chunks = [b": one\n:two\n:  three\ndata: a\n:\xff\n\n:\n: cut"]
    expected = [
        SSEComment("one"),
        SSEComment("two"),
        SSEComment(" three"),
        SSEComment("\ufffd"),
        ev("a"),
        SSEComment(""),
    ]
    for way in four_ways(chunks, "comments"):
        decoder = SSEDecoder(comments=True)
        assert drain(decoder, way) == expected
        assert decoder.close() == []
        assert decoder.comments_seen == 5


# End of the stream


@pytest.mark.parametrize(
    ("stream", "items", "last_id"),
    [
        (b"data: a\n\ndata: b\n", [ev("a"), ev("b")], ""),
        (b"data: a\n\nid: 2\nevent: e\ndata: b", [ev("a"), ev("b", "e", "2")], "2"),
        (b"data: a\n\n", [ev("a")], ""),
        (b"data: a\n\n: b", [ev("a"), SSEComment("b")], ""),
        (b"id: 3", [], "3"),
        (b"\xef\xbb", [], ""),
        (b"", [], ""),
    ],
)
def test_flush_partial_completes_the_rest(stream: bytes, items: list[SSEItem], last_id: str) -> None:
    for chunks in four_ways([stream], "flush"):
        decoder = SSEDecoder(flush_partial=True, comments=True)
        assert drain(decoder, chunks) + decoder.close() == items
        assert decoder.close() == []
        assert (decoder.last_event_id, decoder.pending_bytes, decoder.dropped_bytes) == (last_id, 0, 0)


def test_flush_partial_respects_the_limits() -> None:
    decoder = SSEDecoder(flush_partial=True, max_event_bytes=2)
    assert decoder.feed(b"id: 1\ndata: ab\ndata") == []
    assert decoder.error is None
    assert decoder.close() == []
    assert decoder.error is not None
    assert decoder.last_event_id == ""


def test_closing_again_changes_nothing() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"data: abc")
    assert (decoder.close(), decoder.dropped_bytes) == ([], 9)
    assert (decoder.close(), decoder.dropped_bytes) == ([], 9)


def test_feeding_after_close_is_refused() -> None:
    decoder = SSEDecoder()
    decoder.close()
    with pytest.raises(LocalProtocolError, match="closed"):
        decoder.feed(b"")


# Limits


@dataclass(frozen=True)
class LimitCase:
    name: str
    stream: bytes
    option: str | None
    at: int = 0
    """The offending byte, counted from 1."""
    events: tuple[str, ...] = ()
    line: int | None = None
    event: int | None = None


LIMIT_CASES = [
    LimitCase("line-exact", b"data: a\r\n\r\n", None, events=("a",), line=7),
    LimitCase("line-over", b"data: ab\n\n", "max_line_bytes", 8, line=7),
    LimitCase("line-endless", b"data: a\n\ndata: " + b"x" * 50, "max_line_bytes", 29, ("a",), line=19),
    LimitCase("line-comment", b"data: a\n\n:" + b"x" * 9 + b"\n", "max_line_bytes", 18, ("a",), line=8),
    LimitCase("line-unknown", b"foo: 12345\n\ndata: a\n\n", "max_line_bytes", 9, line=8),
    LimitCase("line-id", b"id: 123456789\n", "max_line_bytes", 9, line=8),
    LimitCase("line-event-name", b"event: abc\n", "max_line_bytes", 9, line=8),
    LimitCase("line-zero", b"\r\n\nx", "max_line_bytes", 4, line=0),
    LimitCase("line-zero-empty-lines", b"\r\n\n\r", None, line=0),
    LimitCase("line-bytes-not-characters", "data: é\n\n".encode(), "max_line_bytes", 8, line=7),
    LimitCase("line-invalid-byte-counts-once", b"data: \xff\xff\n\n", None, events=("\ufffd\ufffd",), line=8),
    LimitCase("line-bom-not-counted", BOM + b"data: a\n\n", None, events=("a",), line=7),
    LimitCase("line-second-bom-counted", BOM * 2 + b"xx", "max_line_bytes", 8, line=4),
    LimitCase("line-half-bom-may-still-be-a-bom", BOM[:2], None, line=1),
    LimitCase("line-half-bom-counted", BOM[:2] + b"\n", "max_line_bytes", 3, line=1),
    LimitCase("line-ends-not-counted", b"data: a\rdata: b\r\ndata: c\n\n", None, events=("a\nb\nc",), line=7),
    LimitCase("line-events-before", b"data: a\n\ndata: b\n\n:12345678\ndata: c\n\n", "max_line_bytes", 26,
              ("a", "b"), line=7),
    LimitCase("event-exact", b"data: abc\n\ndata: def\n\n", None, events=("abc", "def"), event=3),
    LimitCase("event-over", b"data: abc\n\ndata: abcd\n\n", "max_event_bytes", 21, ("abc",), event=3),
    LimitCase("event-no-blank", b"data:abcd\n\n", "max_event_bytes", 9, event=3),
    LimitCase("event-endless", b"data:" + b"x" * 40, "max_event_bytes", 9, event=3),
    LimitCase("event-joined-exact", b"data: a\ndata: b\n\n", None, events=("a\nb",), event=3),
    LimitCase("event-joined-over", b"data: a\ndata: bc\n\n", "max_event_bytes", 16, event=3),
    LimitCase("event-joining-lf-counts", b"data: abc\ndata:\n\n", "max_event_bytes", 15, event=3),
    LimitCase("event-joining-lf-counts-bare", b"data: abc\ndata\n\n", "max_event_bytes", 15, event=3),
    LimitCase("event-other-fields-free", b"id: 12345\nevent: 12345\n: 12345\ndatax: 12345\ndata: abc\n\n",
              None, events=("abc",), event=3),
    LimitCase("event-zero", b"data\n\ndata: \n\ndata: x\n\n", "max_event_bytes", 21, ("", ""), event=0),
    LimitCase("event-invalid-counts-once", b"data: \xff\xff\n\n", None, events=("\ufffd\ufffd",), event=2),
    LimitCase("event-bytes-not-characters", "data: éé\n\n".encode(), "max_event_bytes", 10, event=3),
    LimitCase("both-line-first", b"data: " + b"x" * 40 + b"\n\n", "max_line_bytes", 9, line=8, event=20),
    LimitCase("both-event-first", b"data: " + b"x" * 40 + b"\n\n", "max_event_bytes", 10, line=12, event=3),
    LimitCase("both-event-first-at-colon", b"data:x\ndata: yyyy\n\n", "max_event_bytes", 12, line=6, event=1),
    LimitCase("both-colon-before-blank", b"data\ndata: yyyy\n\n", "max_event_bytes", 10, line=5, event=0),
    LimitCase("both-at-the-same-byte", b"data\ndata: yyyy\n\n", "max_line_bytes", 10, line=4, event=0),
]  # fmt: skip


@pytest.mark.parametrize("case", LIMIT_CASES, ids=lambda case: case.name)
def test_limit_in_every_chunking(case: LimitCase) -> None:
    for chunks in four_ways([case.stream], case.name):
        decoder = SSEDecoder(max_line_bytes=case.line, max_event_bytes=case.event)
        items = drain(decoder, chunks)
        assert [item.data for item in items if isinstance(item, SSEEvent)] == list(case.events)
        assert decoder.bytes_seen == len(case.stream)
        assert (decoder.error.option if decoder.error else None) == case.option


@pytest.mark.parametrize("case", [c for c in LIMIT_CASES if c.option], ids=lambda case: case.name)
def test_limit_strikes_at_the_offending_byte(case: LimitCase) -> None:
    decoder = SSEDecoder(max_line_bytes=case.line, max_event_bytes=case.event)
    drain(decoder, bytewise(case.stream[: case.at - 1]))
    assert decoder.error is None
    decoder.feed(case.stream[case.at - 1 : case.at])
    assert decoder.error is not None
    assert decoder.pending_bytes == 0


def test_nothing_follows_a_broken_limit() -> None:
    decoder = SSEDecoder(max_line_bytes=8, flush_partial=True)
    assert decoder.feed(b"id: 1\ndata: a\n\nid: 2\nretry: 7\ndata: abc\n\ndata: b\n\n") == [ev("a", id="1")]
    error = decoder.error
    assert decoder.feed(b"\n\nid: 3\nretry: 8\ndata: c\n\n") == []
    assert decoder.close() == []
    assert decoder.error is error
    assert (decoder.last_event_id, decoder.retry, decoder.dropped_bytes) == ("1", 7, 0)


@pytest.mark.parametrize(
    ("limits", "option", "limit"),
    [({"max_line_bytes": 9}, "max_line_bytes", 9), ({"max_event_bytes": 5}, "max_event_bytes", 5)],
)
def test_the_error_names_the_limit_and_never_the_content(
    limits: dict[str, int], option: str, limit: int
) -> None:
    decoder = SSEDecoder(**limits)  # type: ignore[arg-type]
    decoder.feed(b"data: content")
    assert isinstance(decoder.error, SSELimitError)
    assert isinstance(decoder.error, ProtocolException)
    assert (decoder.error.option, decoder.error.limit) == (option, limit)
    text = str(decoder.error)
    assert f"{limit} bytes" in text
    assert f"Raise {option}" in text
    assert "content" not in text


def test_the_default_limits() -> None:
    assert DEFAULT_LIMIT == 16 * 1024 * 1024
    value = b"x" * (DEFAULT_LIMIT - 6)
    decoder = SSEDecoder()
    decoder.feed(b"data: " + value)
    assert decoder.error is None
    decoder.feed(b"x")
    assert decoder.error is not None
    assert decoder.error.option == "max_line_bytes"
    decoder = SSEDecoder()
    decoder.feed(b"data: " + value + b"\ndata: 12345")
    assert decoder.error is None
    decoder.feed(b"6")
    assert decoder.error is not None
    assert decoder.error.option == "max_event_bytes"


@pytest.mark.parametrize("option", ["max_line_bytes", "max_event_bytes"])
def test_a_negative_limit_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match=f"{option} must be None or at least 0, not -1"):
        SSEDecoder(**{option: -1})  # type: ignore[arg-type]


# Encoder


def test_encoded_bytes() -> None:
    assert encode_event("a") == b"data: a\n\n"
    assert encode_event("", type="message") == b"data: \n\n"
    full = encode_event(" é\n", type="x", id="7", retry=30)
    assert full == b"event: x\nid: 7\nretry: 30\ndata:  \xc3\xa9\ndata: \n\n"
    assert encode_event("a", id="") == b"id: \ndata: a\n\n"
    assert encode_comment("") == b": \n"
    assert encode_comment("a\nb") == b": a\n: b\n"


def test_encoded_stream_is_decoded() -> None:
    stream = (
        encode_event("a\n\nb", type="t", id="1", retry=10**18)
        + encode_comment("alive")
        + encode_event(" c", retry=0)
    )
    decoder = SSEDecoder(comments=True)
    assert decoder.feed(stream) == [
        ev("a\n\nb", "t", "1", 10**18),
        SSEComment("alive"),
        ev(" c", id="1", retry=0),
    ]
    assert decoder.pending_bytes == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"data": "a\rb"}, "data field with CR"),
        ({"data": "a\r\nb"}, "data field with CR"),
        ({"data": "\ud800"}, "data field with a lone surrogate"),
        ({"data": "", "type": "a\nb"}, "event field with LF"),
        ({"data": "", "type": "a\rb"}, "event field with CR"),
        ({"data": "", "type": ""}, "empty type"),
        ({"data": "", "type": "\udfff"}, "event field with a lone surrogate"),
        ({"data": "", "id": "a\nb"}, "id field with LF"),
        ({"data": "", "id": "a\rb"}, "id field with CR"),
        ({"data": "", "id": "a\0b"}, "id field with NUL"),
        ({"data": "", "id": "\udc80"}, "id field with a lone surrogate"),
        ({"data": "", "retry": -1}, "retry"),
        ({"data": "", "retry": 10**18 + 1}, "retry"),
    ],
)
def test_what_the_format_cannot_carry_is_refused(arguments: dict[str, object], complaint: str) -> None:
    with pytest.raises(LocalProtocolError, match=complaint):
        encode_event(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["a\rb", "\ud800"])
def test_a_comment_that_cannot_be_carried_is_refused(text: str) -> None:
    with pytest.raises(LocalProtocolError, match="a comment with"):
        encode_comment(text)
