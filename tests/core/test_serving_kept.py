"""The oldest entry goes."""

from __future__ import annotations

from tgproto.serving.kept import KEPT, make_room


def test_there_is_room_for_one_more() -> None:
    entries: dict[int, str] = {}
    for number in range(KEPT + 2):
        make_room(entries)[number] = "x"
    assert list(entries) == list(range(2, KEPT + 2))
