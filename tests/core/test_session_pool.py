"""Where a request goes: against all ways to choose."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.session.pool import Place, place


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 17), max_size=6), st.integers(1, 6))
@settings(max_examples=200)
def test_the_fullest_connection_with_room_takes_it(rooms: dict[str, int], limit: int) -> None:
    chosen = place(rooms, limit)
    if isinstance(chosen, Place):
        assert not any(rooms.values())
        assert chosen is (Place.OPEN if len(rooms) < limit else Place.WAIT)
    else:
        assert rooms[chosen] == min(room for room in rooms.values() if room)


def test_the_first_of_equals_takes_it() -> None:
    assert place({"a": 0, "b": 3, "c": 5, "d": 3}, 4) == "b"


def test_a_new_connection_is_opened_only_if_no_other_has_room() -> None:
    assert place({}, 1) is Place.OPEN
    assert place({"a": 0}, 2) is Place.OPEN
    assert place({"a": 0}, 1) is Place.WAIT
    assert place({"a": 1}, 2) == "a"
