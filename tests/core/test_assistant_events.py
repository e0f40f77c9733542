"""Events of a chat as Python values."""

from __future__ import annotations

from tgproto.assistant.events import ChatAnswer, ChatEnd, ChatEvent, ChatStart, ChatToken


def test_an_event_is_the_dict_that_was_sent() -> None:
    token = ChatToken(type="token", content=" a ", more=1)
    assert token == {"type": "token", "content": " a ", "more": 1}
    assert (token.type, token.content, str(token)) == ("token", " a ", " a ")
    assert ChatToken(type="token", content=None).content == ""


def test_events_without_a_text() -> None:
    for event in (ChatEvent(), ChatEvent(type=3), ChatStart(type="start"), ChatEnd(type="end")):
        assert str(event) == event.content == ""
    assert [ChatEvent().type, ChatEvent(type=3).type, ChatEvent(type="x").type] == ["", "", "x"]
    assert [ChatStart(message_id="m").message_id, ChatEnd(message_id="m").message_id] == ["m", "m"]
    assert [ChatStart().message_id, ChatEnd(message_id=3).message_id] == [None, None]


def test_an_answer_is_its_text() -> None:
    answer = ChatAnswer("a", message_id="m", body={"response": "a"}, headers={"x": "y"}, oddities={"o": 1})
    assert answer == "a"
    assert (answer.message_id, answer.body, answer.headers) == ("m", {"response": "a"}, {"x": "y"})
    assert answer.oddities == {"o": 1}
    bare = ChatAnswer()
    assert (bare, bare.message_id, bare.body, bare.headers, bare.oddities) == ("", None, {}, {}, {})
