"""Answers of a service wait for their time."""

from __future__ import annotations

from tgproto.serving.messages import Cut, Reply, WebAnswer, WebRequest
from tgproto.serving.service import TOO_LONG, Replies


class Late:
    """A service whose answers come after as many seconds as their path has characters."""

    def respond(self, request: WebRequest, *, now: float) -> Reply:
        if request.method == "DELETE":
            return Cut(float(len(request.target)))
        return WebAnswer(200, str(now).encode(), delay=float(len(request.target)))


def test_an_answer_in_its_time() -> None:
    replies = Replies(Late())
    assert replies.next_deadline() is None
    assert replies.pull(now=0.0, room=9) is None
    replies.receive(WebRequest("GET", "/x"), now=1.0)
    assert replies.next_deadline() == 3.0
    assert replies.pull(now=2.0, room=9) is None
    assert replies.pull(now=3.0, room=0) is None
    assert replies.pull(now=3.0, room=1) == WebAnswer(200, b"1.0", delay=2.0)
    assert replies.pull(now=9.0, room=9) is None
    assert replies.next_deadline() is None


def test_a_request_is_forgotten() -> None:
    replies = Replies(Late())
    replies.receive(WebRequest("GET", "/"), now=0.0)
    replies.forget()
    replies.forget()
    assert replies.pull(now=9.0, room=9) is None
    replies.receive(WebRequest("GET", "/"), now=0.0)
    replies.receive(WebRequest("DELETE", "/"), now=1.0)
    assert replies.pull(now=9.0, room=9) == Cut(1.0)


def test_a_body_that_was_too_long() -> None:
    replies = Replies(Late())
    replies.receive(WebRequest("GET", "/", (), None), now=0.0)
    assert replies.pull(now=0.0, room=9) is TOO_LONG
