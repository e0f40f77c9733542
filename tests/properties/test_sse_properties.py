"""Properties of the event stream codec: chunking, truncation, garbage, limits, round trip, work per byte."""

import re
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tgproto.errors import LocalProtocolError
from tgproto.link.sse import SSEComment, SSEDecoder, SSEEvent, SSEItem, encode_comment, encode_event

FEW = settings(max_examples=150)

PIECES = [
    b"data", b"event", b"id", b"retry", b"foo", b"data: ", b"data:", b"event:", b"id:", b"retry:", b":", b" ",
    b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\n\r", b"\0", b"12", b"007", b"x", b"yz", b"\xef\xbb\xbf",
    b"\xef", b"\xbb", b"\xe2\x82\xac", b"\xe2\x82", b"\xff", b"\xc2\x85", b"\xe2\x80\xa8", b"9" * 20,
]  # fmt: skip
LIKELY = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
STREAMS = st.one_of(LIKELY, st.binary(max_size=60))
LIMITS = st.none() | st.integers(0, 12)
CUTS = st.lists(st.integers(0, 120), max_size=10)


def cut(stream: bytes, cuts: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(min(at, len(stream)) for at in cuts), len(stream)]
    return [stream[edges[i] : edges[i + 1]] for i in range(len(edges) - 1)]


def bytewise(stream: bytes) -> list[bytes]:
    return cut(stream, range(len(stream)))


def run(decoder: SSEDecoder, chunks: Iterable[bytes]) -> list[SSEItem]:
    return [item for chunk in chunks for item in decoder.feed(chunk)]


def state(decoder: SSEDecoder) -> tuple[object, ...]:
    return (
        decoder.last_event_id,
        decoder.retry,
        decoder.error and decoder.error.option,
        decoder.comments_seen,
        decoder.bytes_seen,
        decoder.pending_bytes,
        decoder.dropped_bytes,
    )


def model(stream: bytes) -> tuple[list[SSEItem], str, int | None]:
    """Decode a whole stream the way the standard words it: text first, then lines, then fields."""
    items: list[SSEItem] = []
    values: list[str] = []
    kind, pending_id, last_id, retry = "", "", "", None
    lines = re.split("\r\n|\r|\n", stream.decode("utf-8", "replace").removeprefix("\ufeff"))
    for line in lines[:-1]:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            last_id = pending_id
            if values:
                items.append(SSEEvent(kind or "message", "\n".join(values), last_id, retry))
            values, kind = [], ""
        elif name == "":
            items.append(SSEComment(value))
        elif name == "data":
            values.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            pending_id = value
        elif name == "retry" and re.fullmatch("[0-9]+", value):
            retry = min(int(value), 10**18)
    return items, last_id, retry


@FEW
@given(STREAMS, CUTS)
def test_equals_the_model_in_any_chunking(stream: bytes, cuts: list[int]) -> None:
    decoder = SSEDecoder(comments=True, max_line_bytes=None, max_event_bytes=None)
    items = run(decoder, cut(stream, cuts))
    assert (items, decoder.last_event_id, decoder.retry) == model(stream)


@FEW
@given(STREAMS, CUTS, LIMITS, LIMITS, st.booleans())
def test_chunking_changes_nothing(
    stream: bytes, cuts: list[int], max_line: int | None, max_event: int | None, flush: bool
) -> None:
    results: list[object] = []
    for chunks in (cut(stream, cuts), [stream], bytewise(stream)):
        decoder = SSEDecoder(
            last_event_id="0",
            max_line_bytes=max_line,
            max_event_bytes=max_event,
            comments=True,
            flush_partial=flush,
        )
        items = run(decoder, chunks)
        before = state(decoder)
        results.append((items, before, decoder.close(), state(decoder)))
    assert results[0] == results[1] == results[2]


@FEW
@given(STREAMS, st.integers(0, 120), LIMITS)
def test_a_cut_stream_gives_a_prefix(stream: bytes, at: int, max_line: int | None) -> None:
    whole, part = (SSEDecoder(max_line_bytes=max_line) for _ in range(2))
    items = run(whole, [stream])
    first = run(part, [stream[:at]]) + part.close()
    assert items[: len(first)] == first


@FEW
@given(STREAMS, STREAMS)
def test_a_block_end_leaves_nothing_behind(first: bytes, second: bytes) -> None:
    # One decoder over two streams equals two decoders that hand over id and retry, as in a reconnect.
    assume(not second.startswith((b"\xef", b"\n")))
    joined, left = SSEDecoder(), SSEDecoder()
    items = run(joined, [first + b"\r\r", second])
    before = run(left, [first + b"\r\r"])
    assert left.pending_bytes == 0
    right = SSEDecoder(last_event_id=left.last_event_id)
    after = run(right, [second])
    assert [(i.type, i.data, i.id) for i in items if isinstance(i, SSEEvent)] == [
        (i.type, i.data, i.id) for i in before + after if isinstance(i, SSEEvent)
    ]


@FEW
@given(st.lists(st.binary(max_size=200), max_size=10))
def test_garbage_never_raises_and_never_piles_up(chunks: list[bytes]) -> None:
    decoder = SSEDecoder(max_line_bytes=None, max_event_bytes=None)
    for chunk in chunks:
        decoder.feed(chunk)
        assert 0 <= decoder.pending_bytes <= decoder.bytes_seen
    decoder.close()
    assert decoder.error is None


@FEW
@given(st.lists(STREAMS, max_size=10), st.integers(0, 30), st.integers(0, 30))
def test_what_is_held_stays_within_the_limits(chunks: list[bytes], max_line: int, max_event: int) -> None:
    decoder = SSEDecoder(max_line_bytes=max_line, max_event_bytes=max_event)
    for chunk in chunks:
        for item in decoder.feed(chunk):
            assert isinstance(item, SSEEvent)
            assert len(item.data) <= max_event
            assert len(item.id) <= max_line
        # An unfinished line, the joined data, an id and an event name; the last three with a line end.
        assert decoder.pending_bytes <= max(max_line, 2) + max_event + 2 * max_line + 3


CHARACTERS = st.characters(exclude_categories=["Cs"])
DATA = st.text(CHARACTERS.filter(lambda c: c != "\r"), max_size=30)
NAMES = st.text(CHARACTERS.filter(lambda c: c not in "\r\n"), min_size=1, max_size=8)
IDS = st.none() | st.text(CHARACTERS.filter(lambda c: c not in "\r\n\0"), max_size=8)
RETRIES = st.none() | st.integers(0, 10**18)


@FEW
@given(st.lists(st.tuples(DATA, NAMES | st.just("message"), IDS, RETRIES) | DATA, max_size=8), CUTS)
def test_what_is_encoded_is_decoded(
    sent: list[tuple[str, str, str | None, int | None] | str], cuts: list[int]
) -> None:
    stream = b""
    expected: list[SSEItem] = []
    last_id, retry = "", None
    for item in sent:
        if isinstance(item, str):
            stream += encode_comment(item)
            expected += [SSEComment(line) for line in item.split("\n")]
        else:
            data, kind, new_id, new_retry = item
            stream += encode_event(data, type=kind, id=new_id, retry=new_retry)
            last_id = last_id if new_id is None else new_id
            retry = retry if new_retry is None else new_retry
            expected.append(SSEEvent(kind, data, last_id, retry))
    decoder = SSEDecoder(comments=True)
    assert run(decoder, cut(stream, cuts)) == expected
    assert decoder.pending_bytes == 0


ANY_TEXT = st.text(st.sampled_from("a\r\n\0\ud800é "), max_size=6)


@FEW
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_the_encoder_refuses_or_tells_the_truth(data: str, kind: str, new_id: str) -> None:
    try:
        stream = encode_event(data, type=kind, id=new_id)
    except LocalProtocolError:
        fine = kind and not any(set(text) & set(bad) for text, bad in (
            (data, "\r\ud800"), (kind, "\r\n\ud800"), (new_id, "\r\n\0\ud800")
        ))  # fmt: skip
        assert not fine
    else:
        assert SSEDecoder().feed(stream) == [SSEEvent(kind, data, new_id, None)]


# Work, counted as bytes of memory taken by each call: copying what is already held would show.


def allocated(chunks: list[bytes]) -> int:
    """Return the sum over all chunks of the memory that feeding one needed at most."""
    decoder = SSEDecoder()
    total = 0
    tracemalloc.start()
    try:
        for chunk in chunks:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            decoder.feed(chunk)
            total += tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    return total


@pytest.mark.parametrize(
    ("chunk", "count"),
    [(b"x", 10_000), (b"x" * 1024, 2000), (b"data: x\n", 10_000), (b"data: x\n\n", 10_000)],
    ids=["line-byte-by-byte", "line-in-1-KiB-chunks", "lines-of-one-event", "events"],
)
def test_work_grows_with_the_input_only(chunk: bytes, count: int) -> None:
    once, twice = (allocated([b"data: ", *[chunk] * n]) for n in (count, 2 * count))
    assert twice <= 3 * once


def test_memory_held_is_no_more_than_the_input() -> None:
    decoder = SSEDecoder()
    chunk = b"data:xy\ndata\nid:abc\nevent:e\n" * 1000
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(40):
            decoder.feed(chunk)
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert decoder.pending_bytes < held < decoder.bytes_seen
