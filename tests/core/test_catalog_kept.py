"""What readers keep for the result."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.catalog.kept import Kept
from tgproto.errors import CallContext, LocalProtocolError

CALL = CallContext("a-service", "a-flow")
WORDS = "an answer of more than 3 bytes is not kept"
RELEASE = None


def kept() -> Kept[bytes]:
    return Kept(CALL, 3, WORDS)


def test_what_was_not_taken_is_kept_whatever_its_length() -> None:
    parts = kept()
    assert parts.partial == parts.whole() == []
    for part in (b"ab", b"", b"cdef"):
        parts.add(part, len(part))
    assert parts.partial == parts.whole() == [b"ab", b"", b"cdef"]
    assert parts.complete


def test_what_is_short_is_kept_though_it_was_taken() -> None:
    parts = kept()
    parts.add(b"abc", 3)
    parts.release()
    assert parts.whole() == [b"abc"]
    parts.add(b"d", 1)
    assert parts.whole() == [b"abc", b"d"]
    parts.release()
    assert not parts.complete


def test_of_what_was_let_go_nothing_more_is_kept() -> None:
    parts = kept()
    for part in range(4):
        parts.add(b"%d" % part)
    had = parts.partial
    parts.release()
    parts.add(b"more")
    parts.release()
    assert (parts.partial, parts.complete) == ([], False)
    assert had == [b"0", b"1", b"2", b"3"]  # as in the error that may have it
    with pytest.raises(LocalProtocolError, match=f"^a-service in flow 'a-flow': {WORDS}$"):
        parts.whole()


@given(st.lists(st.one_of(st.none(), st.binary(max_size=3))))
def test_all_or_nothing_is_kept(steps: list[bytes | None]) -> None:
    parts, fed, let_go = kept(), [], False
    for part in steps:
        if part is RELEASE:
            parts.release()
            let_go = let_go or sum(map(len, fed)) > 3
        else:
            parts.add(part, len(part))
            fed.append(part)
        assert parts.complete is not let_go
        assert parts.partial == ([] if let_go else fed)
