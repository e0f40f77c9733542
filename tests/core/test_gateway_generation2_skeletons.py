"""What is around an answer of 2.11.1, and where its errors go."""

from __future__ import annotations

from tgproto.gateway.generation2.skeletons import CONFIG, around, hidden, shown, unfinished
from tgproto.gateway.steps import Failure, Frame
from tgproto.session.envelope import WireError

ERROR = WireError("x-error", "no")


def test_what_is_around_an_answer() -> None:
    assert around(CONFIG)({"version": 3}) == {"version": 3, "values": [], "directory": [], "config": {}}


def test_where_errors_go() -> None:
    assert hidden({"a": []})(ERROR) == Frame(b'{"a":[]}', final=True)
    assert shown({"a": []})(ERROR) == Failure(ERROR, beside={"a": []})
    assert unfinished(ERROR) == Failure(ERROR, final=False)
