"""What tests plan for a service."""

from __future__ import annotations

from itertools import islice

import pytest

from tgproto.serving.kept import KEPT
from tgproto.serving.messages import TEXT, Cut, Pause, Piece, WebAnswer, WebRequest
from tgproto.serving.plans import ALIVE, CUT, STALL, TOO_DEEP, Fault, Planned, Refusal, json_body
from tgproto.serving.streams import stream


class Echo(Planned):
    """Answers `/stream` with three events, and anything else at once; refuses to be deleted from."""

    def answer(self, request: WebRequest) -> WebAnswer:
        if request.path == "/deep":
            raise RecursionError
        if request.method == "DELETE":
            raise Refusal(WebAnswer(405))
        if request.path == "/stream":
            return stream([b"1", b"2", b"3"])
        return WebAnswer(200, request.target.encode(), TEXT)


def asked(of: Planned, target: str = "/x", method: str = "GET") -> WebAnswer:
    reply = of.respond(WebRequest(method, target), now=0.0)
    assert isinstance(reply, WebAnswer)
    return reply


def steps(answer: WebAnswer, most: int = 100) -> list[Piece]:
    assert answer.pieces is not None
    assert answer.body == b""
    return list(islice(answer.pieces, most))


def test_without_a_plan() -> None:
    of = Echo()
    assert asked(of, "/x?a") == WebAnswer(200, b"/x?a", TEXT)
    assert steps(asked(of, "/stream")) == [b"1", b"2", b"3"]
    assert asked(of, "/stream", "DELETE") == WebAnswer(405)
    assert [(one.method, one.target) for one in of.requests] == [
        ("GET", "/x?a"), ("GET", "/stream"), ("DELETE", "/stream"),
    ]  # fmt: skip


def test_what_is_nested_too_deeply() -> None:
    assert asked(Echo(), "/deep") == TOO_DEEP


def test_plans_are_for_one_request_each() -> None:
    of = Echo()
    of.plan("/x", WebAnswer(429), Cut(1.0))
    of.plan("/x", Fault(delay=2.0))
    assert asked(of, "/y").status == 200
    assert asked(of, "/x?a").status == 429
    assert of.respond(WebRequest("GET", "/x"), now=0.0) == Cut(1.0)
    assert asked(of) == WebAnswer(200, b"/x", TEXT, delay=2.0)
    assert asked(of) == WebAnswer(200, b"/x", TEXT)
    of.plan("/x", Fault(delay=2.0))
    assert asked(of, method="DELETE") == WebAnswer(405, delay=2.0)


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (Fault(after=2), [b"1", b"2"]),
        (Fault(after=9), [b"1", b"2", b"3"]),
        (Fault(after=0, then=CUT), [Cut()]),
        (Fault(after=1, then=STALL), [b"1", *STALL]),
        (Fault(then=(b"late",)), [b"1", b"2", b"3", b"late"]),
        (Fault(after=2, before=(Pause(1.0),)), [Pause(1.0), b"1", Pause(1.0), b"2"]),
        (Fault(after=1, then=ALIVE, again=True), [b"1", *ALIVE, *ALIVE, *ALIVE]),
        (Fault(delay=3.0, after=0, again=True), []),
    ],
)
def test_faults_of_a_stream(fault: Fault, found: list[Piece]) -> None:
    of = Echo()
    of.plan("/stream", fault)
    answer = asked(of, "/stream")
    assert steps(answer, 7) == found
    assert answer.delay == fault.delay
    assert ALIVE[1] == b": keep-alive\n\n"


def test_faults_of_a_whole_body() -> None:
    of = Echo()
    of.plan("/x", Fault(then=CUT), Fault(after=0, then=(b"{", *CUT)))
    assert steps(asked(of)) == [b"/x", Cut()]
    assert steps(asked(of)) == [b"{", Cut()]


def test_answers() -> None:
    of = Echo({"q": ("a", " b"), "nothing": (), "text": "a b"})
    assert of.tokens("q") == ("a", " b")
    assert of.tokens("nothing") == ()
    assert of.tokens("text") == ["a", " b"]
    assert of.tokens("Is it so?") == ["You", " asked:", " Is", " it", " so?"]


def test_requests_that_are_remembered() -> None:
    of = Echo()
    for number in range(KEPT + 1):
        asked(of, f"/{number}")
    assert len(of.requests) == KEPT
    assert of.requests[0].target == "/1"


@pytest.mark.parametrize("path", ["x", "", "/x?a"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="path must begin"):
        Echo().plan(path, Cut())


def test_what_is_no_plan() -> None:
    with pytest.raises(TypeError, match="not str"):
        Echo().plan("/x", "cut")  # type: ignore[arg-type]


def test_what_is_no_fault() -> None:
    with pytest.raises(ValueError, match="delay"):
        Fault(delay=float("nan"))
    with pytest.raises(ValueError, match="after"):
        Fault(after=-1)


@pytest.mark.parametrize(
    ("body", "value"), [(b'{"a":1}', {"a": 1}), (b"[]", None), (b"{", None), (b"", None), (None, None)]
)
def test_bodies(body: bytes | None, value: object) -> None:
    assert json_body(WebRequest("POST", "/", (), body)) == value
