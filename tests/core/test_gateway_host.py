"""One connection of the gateway, message by message and on a clock that is a number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_2
from tgproto.gateway import AnyGateway, Gateway, Gateway1
from tgproto.gateway.answers import ENVELOPE
from tgproto.gateway.callers import Caller
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.host import Host
from tgproto.secrets import Secret
from tgproto.session.config import KeepaliveConfig, ServerConfig

PLENTY = 2**20
CONFIG = ServerConfig(GENERATION_2, slots=2, answer_timeout=60.0, keepalive=KeepaliveConfig(interval=None))
GATEWAY = Gateway(
    demo_graphs(), keys={"tg_a": "default", "tg_b": "other"}, flows={"f": ["text-completion"]}, session=CONFIG
)
AUTH = {"type": "auth", "token": "tg_a"}
AUTH_OK = {"type": "auth-ok", "default_workspace": "default"}
AUTH_FAILED = {"type": "auth-failed", "error": "auth failure"}

Frame = dict[str, object]


class Line:
    """A host and the client's end of its connection."""

    def __init__(self, *first: object, gateway: AnyGateway = GATEWAY, caller: Caller | None = None) -> None:
        self.host = Host(gateway, caller)
        self.host.session.carrier_opened(now=0.0)
        self.send(*first)

    def send(self, *messages: object, now: float = 0.0) -> None:
        self.host.session.receive_messages(
            [m if isinstance(m, str | bytes) else json.dumps(m) for m in messages], now=now
        )

    def texts(self) -> list[bytes]:
        outputs = iter(self.host.session.next_output, None)
        return [output for output in outputs if isinstance(output, bytes)]

    def pull(self, now: float = 0.0, room: int = PLENTY) -> list[Frame]:
        self.host.session.handle_timeout(now=now)
        self.host.pull(now=now, room=room)
        return [json.loads(text) for text in self.texts()]


def ask(
    name: str, prompt: str, *, streaming: bool = True, flow: str = "f", service: str = "text-completion"
) -> Frame:
    body = {"prompt": prompt, "streaming": streaming}
    return {"id": name, "service": service, "flow": flow, "request": body}


def told(frames: Iterable[Frame]) -> list[object]:
    """Return the texts of the answers in the frames."""
    return [frame["response"]["response"] for frame in frames]  # type: ignore[index]


# --- who comes in -----------------------------------------------------------------------------


def test_a_key_lets_in_and_what_was_sent_behind_it_is_answered() -> None:
    line = Line(AUTH, ask("1", "n=1"))
    frames = line.pull()
    assert frames[0] == AUTH_OK
    assert told(frames[1:]) == ["chunk-0 ", ""]


def test_a_wrong_key_does_not_and_another_try_does() -> None:
    line = Line({"type": "auth", "token": "tg_x"}, ask("1", "n=1"))
    refused, required = line.pull()
    assert refused == AUTH_FAILED
    assert required["error"] == {"message": "auth failure", "type": "auth-required"}
    line.send(AUTH)
    assert line.pull() == [AUTH_OK]


def test_callers_without_a_key() -> None:
    assert Line({"type": "auth"}).pull() == [AUTH_FAILED]
    line = Line({"type": "auth"}, gateway=Gateway(demo_graphs(), anonymous="default"))
    assert line.pull() == [AUTH_OK]


def test_a_second_key_changes_who_one_is_and_a_wrong_one_does_not() -> None:
    line = Line(AUTH, {"type": "auth", "token": "tg_b"}, {"type": "auth", "token": "tg_x"})
    assert line.pull() == [AUTH_OK, {"type": "auth-ok", "default_workspace": "other"}, AUTH_FAILED]
    line.send(ask("1", "n=1", flow="nope"))
    [frame] = line.pull()
    assert frame["error"] == {"message": "Invalid flow other/nope", "type": "error"}


# --- what is refused --------------------------------------------------------------------------


def test_a_refusal_frees_its_slot() -> None:
    line = Line(AUTH, *(ask(str(number), "n=1", service="rows") for number in range(40)))
    frames = line.pull(room=0)[1:]
    assert [frame["id"] for frame in frames] == [str(number) for number in range(40)]
    assert all(frame["complete"] for frame in frames)
    assert frames[0]["error"] == {"message": "This kind not supported by flow", "type": "error"}


def test_a_malformed_message_is_answered_and_harms_nobody() -> None:
    line = Line(AUTH, "{", {"id": "1"}, ask("2", "n=0"))
    _, bad, incomplete, *frames = line.pull()
    assert "id" not in bad
    assert incomplete == {"id": "1", "error": {"message": "Bad message", "type": "error"}, "complete": True}
    assert told(frames) == [""]


def test_a_body_that_cannot_be_read_is_answered_in_the_response() -> None:
    line = Line(AUTH, {"id": "1", "service": "text-completion", "flow": "f", "request": {"prompt": 5}})
    _, frame = line.pull()
    assert frame["complete"] is True
    assert frame["response"]["error"]["type"] == "gateway-error"  # type: ignore[index]


# --- generation 1 -----------------------------------------------------------------------------


def first_generation(*messages: object) -> Line:
    gateway = Gateway1(demo_graphs("trustgraph"), secret="s3cret", flows={"f": ["graph-rag"]})
    caller = gateway.identify(Secret("s3cret"))
    return Line(*messages, gateway=gateway, caller=caller)


def test_who_opened_the_socket_need_not_say_who_it_is() -> None:
    line = first_generation(ask("1", "", service="graph-rag") | {"request": {"query": "n=1"}})
    assert line.pull() == [{"id": "1", "response": {"response": "chunk-0 "}, "complete": True}]


def test_an_empty_piece_ends_a_request_of_1_x_and_frees_its_slot() -> None:
    body = {"query": "n=1000 empty=1", "streaming": True}
    line = first_generation(*(ask(str(n), "", service="graph-rag") | {"request": body} for n in range(40)))
    frames = line.pull()
    assert [frame["response"] for frame in frames if frame["complete"]] == [{}] * 40
    assert len(frames) == 80
    assert line.host.session.in_flight == 0
    assert line.host.next_deadline() is None


def test_refusals_of_1_x_name_nobody() -> None:
    line = first_generation(AUTH, ask("1", "", flow="nope"), ask("2", "", service="nope"), {"id": "3"})
    assert line.pull() == [
        {"error": "Bad message"},
        {"error": "Bad message"},
        {"error": "Invalid flow"},
        {"error": "This kind not supported by flow"},
    ]


def test_errors_of_1_x_have_nothing_beside_them() -> None:
    line = first_generation(ask("1", "", service="graph-rag") | {"request": {}})
    error = {"type": "gateway-error", "message": "'query'"}
    assert line.pull() == [{"id": "1", "response": {"error": error}, "complete": True}]


def test_the_patience_of_1_x() -> None:
    line = first_generation(ask("1", "", service="graph-rag") | {"request": {"query": "hang=1"}})
    assert line.pull(119.0) == []
    error = {"type": "gateway-error", "message": "Timeout"}
    assert line.pull(120.0) == [{"id": "1", "response": {"error": error}, "complete": True}]


# --- in time ----------------------------------------------------------------------------------


def test_pieces_come_when_their_time_has_come() -> None:
    line = Line(AUTH, ask("1", "n=2 first=1 delay=0.5"))
    assert line.pull(0.0) == [AUTH_OK]
    assert line.host.next_deadline() == 1.0
    assert line.pull(0.9) == []
    assert line.pull(1.0) == []
    assert line.host.next_deadline() == 1.5
    assert told(line.pull(1.5)) == ["chunk-0 "]
    assert told(line.pull(2.0)) == ["chunk-1 ", ""]
    assert line.host.next_deadline() is None


def test_answers_under_way_take_turns() -> None:
    line = Line(AUTH, ask("1", "n=2"), ask("2", "n=2"))
    frames = line.pull()[1:]
    assert [frame["id"] for frame in frames] == ["1", "2", "1", "2", "1", "2"]


def test_a_request_beyond_the_slots_waits_for_one() -> None:
    line = Line(AUTH, *(ask(str(number), "n=0 first=1", streaming=False) for number in range(3)))
    assert line.pull(0.0) == [AUTH_OK]
    assert [frame["id"] for frame in line.pull(1.0)] == ["0", "1"]
    assert [frame["id"] for frame in line.pull(2.0)] == ["2"]


def test_a_service_that_falls_silent_ends_with_the_sessions_patience() -> None:
    line = Line(AUTH, ask("1", "hang=1"), ask("2", "n=3 drop=1"))
    assert told(line.pull(0.0)[1:]) == ["chunk-0 "]
    assert line.host.next_deadline() is None
    assert line.host.session.in_flight == 2
    frames = line.pull(60.0)
    assert [frame["response"] for frame in frames] == [
        {"error": {"type": "gateway-error", "message": ""}}
    ] * 2
    assert line.host.session.in_flight == 0


def test_an_answer_that_comes_too_late_is_dropped() -> None:
    line = Line(AUTH, ask("1", "n=1 first=61"))
    line.pull(0.0)
    [frame] = line.pull(60.0)
    assert "error" in frame["response"]  # type: ignore[operator]
    assert line.pull(61.0) == []
    assert line.host.next_deadline() is None
    line.send(ask("2", "n=0"), now=61.0)
    assert told(line.pull(61.0)) == [""]


def test_errors_that_are_not_marked_as_the_end() -> None:
    gateway = Gateway(demo_graphs(), keys={"tg_a": "default"}, session=CONFIG)
    request = {"id": "1", "service": "document-rag", "flow": "default", "request": {"query": "fail=0"}}
    line = Line(AUTH, request, gateway=gateway)
    last = line.pull()[-1]
    assert last["complete"] is False
    assert last["response"]["error"]["type"] == "document-rag-error"  # type: ignore[index]
    assert line.host.session.in_flight == 0
    assert line.host.next_deadline() is None


# --- within bounds ----------------------------------------------------------------------------


def test_without_room_nothing_is_produced() -> None:
    line = Line(AUTH, ask("1", "n=2"))
    assert line.pull(room=0) == [AUTH_OK]
    assert line.host.next_deadline() == 0.0
    assert told(line.pull(5.0, room=1)) == ["chunk-0 "]
    assert told(line.pull(5.0, room=1)) == ["chunk-1 "]
    assert told(line.pull(5.0, room=1)) == [""]


def test_an_answer_without_end_costs_what_there_is_room_for() -> None:
    line = Line(AUTH, ask("1", "n=1000000 size=1000"), ask("2", "n=1000000 size=1000"))
    line.host.pull(now=0.0, room=10_000)
    size = sum(map(len, line.texts()))
    assert 9_000 <= size <= 12_500
    line.host.pull(now=0.0, room=0)
    assert line.texts() == []


def test_an_error_needs_room_too() -> None:
    line = Line(AUTH, *(ask(str(number), "n=1", service="text-completion") for number in range(2)))
    line.send({"id": "3", "service": "text-completion", "flow": "f", "request": 5})
    line.pull(room=0)
    assert len(line.pull(room=ENVELOPE)) == 1


@given(
    st.lists(st.integers(-1, 400), max_size=12), st.sampled_from(["n=5", "n=5 fail=3", "n=5 drop=3", "n=0"])
)
@settings(max_examples=80)
def test_the_frames_do_not_depend_on_the_room(rooms: Sequence[int], prompt: str) -> None:
    requests = [AUTH, ask("1", prompt), ask("2", prompt, streaming=False), ask("3", "n=2")]
    at_once, bit_by_bit = Line(*requests), Line(*requests)
    frames: list[Frame] = []
    for room in (*rooms, PLENTY):
        frames += bit_by_bit.pull(room=room)
    expected = at_once.pull()
    for name in ("1", "2", "3"):
        assert [f for f in frames if f.get("id") == name] == [f for f in expected if f.get("id") == name]


# --- the end ----------------------------------------------------------------------------------


def test_closing_forgets_the_answers() -> None:
    line = Line(AUTH, ask("1", "n=3 delay=1"))
    line.pull(0.0)
    line.host.session.close(now=0.5)
    assert line.pull(0.5) == []
    assert line.host.next_deadline() is None


@pytest.mark.parametrize(
    "last", [AUTH, {"type": "auth", "token": "tg_x"}, ask("1", "n=1"), ask("1", "", flow="x")]
)
def test_what_was_asked_before_the_end_is_not_answered(last: Frame) -> None:
    line = Line(AUTH)
    line.pull()
    line.send(last)
    line.host.session.carrier_closed(CloseCause(CloseKind.LOST), now=0.0)
    assert line.pull() == []
    assert line.host.session.closed
    assert line.host.next_deadline() is None


messages = st.one_of(
    st.binary(),
    st.sampled_from(
        [
            AUTH,
            {"type": "auth", "token": "tg_x"},
            ask("a", "n=2"),
            ask("a", "n=2 delay=30"),
            ask("b", "n=1 fail=1", streaming=False),
            ask("c", "hang=1"),
            ask("d", "", service="nope"),
            {"id": None, "request": {}},
            [],
        ]
    ),
)


@given(st.lists(st.tuples(st.lists(messages, max_size=5), st.floats(0, 40), st.integers(0, 300))))
@settings(max_examples=80)
def test_nothing_a_client_sends_raises(turns: list[tuple[list[object], float, int]]) -> None:
    line = Line()
    now = 0.0
    for sent, passed, room in turns:
        now += passed
        line.send(*sent, now=now)
        line.pull(now, room)
    for _ in range(50):
        now += 60.0
        line.pull(now)
    assert line.host.next_deadline() is None
