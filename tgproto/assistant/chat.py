"""Reads the answer to a chat, streamed or whole. What may follow what is a table, at the end."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, cast

from tgproto.assistant.events import ChatAnswer, ChatEnd, ChatEvent, ChatStart, ChatToken, text_or_none
from tgproto.catalog.reader import Several
from tgproto.errors import CallContext, CallError, DecodeError
from tgproto.web.errors import CLASSES, StreamError
from tgproto.web.events import EventReader, decode_object
from tgproto.web.openai import ChatChunk
from tgproto.web.refusals import read_error


class State(enum.Enum):
    """Where a stream is."""

    WAITING = "waiting"
    """Nothing has come."""
    RUNNING = "running"
    """The answer has begun."""
    FINISHED = "finished"
    """The service said that it is complete."""
    FAILED = "failed"
    """The service said that it failed, or broke the protocol."""


class Input(enum.Enum):
    """What an event is, seen from where the stream is."""

    START = "start"
    OTHER_START = "start with another id"
    TOKEN = "token"
    BLANK = "token without a text"
    ERROR = "error"
    END = "end, or [DONE]"
    OTHER_END = "end with another id"
    UNKNOWN = "unknown type, or none"
    JUNK = "no JSON object"


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of an event.

    Attributes:
        state: Where the stream is then.
        shown: Whether the event is handed on.
        oddity: What is noted; empty for nothing.
        strict: Whether a strict reader takes that for an error.
    """

    state: State
    shown: bool = True
    oddity: str = ""
    strict: bool = False


class ChatReader(EventReader[ChatEvent, ChatAnswer]):
    """Reads a chat. An answer that comes whole is a start, one token and an end.

    Args:
        context: Which call it is, for errors.
        strict: Whether what is not as documented is an error; else it is noted, and read as well as it goes.

    Attributes:
        state: Where the stream is.
        oddities: What was noted -> how often.
    """

    def __init__(self, context: CallContext, *, strict: bool = False) -> None:
        super().__init__(context)
        self._strict = strict
        self.state = State.WAITING
        self.oddities: Counter[str] = Counter()
        self._message_id: str | None = None
        self._body: dict[str, Any] = {}

    def result(self) -> ChatAnswer:
        """Return the whole answer; see `Reader.result`."""
        self.check()
        return ChatAnswer(
            self._joined(),
            message_id=self._message_id,
            body=self._body,
            headers=None if self.head is None else self.head.headers,
            oddities=dict(self.oddities),
        )

    def _event(self, name: bytes, data: bytes) -> ChatEvent | None:  # noqa: ARG002
        """Take an event; its name says nothing, as all are the same."""
        found, event = self._look(data)
        rule = RULES[self.state][found]
        if (rule.strict and self._strict) or rule.state is State.FAILED:
            self.state = State.FAILED
            raise _failure(event) if found is Input.ERROR else DecodeError(rule.oddity)
        if rule.oddity:
            self.oddities[rule.oddity] += 1
        self.state = rule.state
        self.ended = self.state is State.FINISHED
        if isinstance(event, (ChatStart, ChatEnd)):
            self._message_id = self._message_id or event.message_id
        if not rule.shown:
            return None
        self._keep(event.content)
        return event

    def _look(self, data: bytes) -> tuple[Input, ChatEvent]:
        """Return what an event is."""
        if data.strip() == b"[DONE]":
            return Input.END, ChatEnd(type="end")
        members = decode_object(data)
        if members is None:
            return Input.JUNK, ChatEvent(data=data.decode("utf-8", "replace"))
        match members.get("type"):
            case "start":
                start = ChatStart(members)
                return Input.OTHER_START if self._differs(start) else Input.START, start
            case "token":
                known = isinstance(members.get("content"), str)
                return Input.TOKEN if known else Input.BLANK, ChatToken(members)
            case "end":
                end = ChatEnd(members)
                return Input.OTHER_END if self._differs(end) else Input.END, end
            case "error":
                return Input.ERROR, ChatEvent(members)
            case _:
                return Input.UNKNOWN, ChatEvent(members)

    def _differs(self, event: ChatStart | ChatEnd) -> bool:
        """Whether an event names another answer than the one that began."""
        return None not in (self._message_id, event.message_id) and self._message_id != event.message_id

    def _whole(self, data: bytes) -> Several[ChatEvent]:
        """Take an answer that came whole."""
        self._body = decode_object(data) or {}
        text = answer_text(self._body)
        self._message_id = text_or_none(self._body.get("message_id"))
        self._keep(text)
        self.state, self.ended = State.FINISHED, True
        named = {} if self._message_id is None else {"message_id": self._message_id}
        token = ChatToken(type="token", content=text)
        return Several((ChatStart(type="start", **named), token, ChatEnd(type="end", **named)))


def answer_text(body: dict[str, Any]) -> str:
    """Return the text of a plain answer, whatever it is called.

    Raises:
        StreamError: It is an error, though the status says success.
        DecodeError: There is no text.
    """
    response = body.get("response")
    if not isinstance(response, str) and body.get("error"):
        raise _failure({**body, "code": None})
    for name in ("response", "content", "message", "result"):
        if isinstance(body.get(name), str):
            return cast("str", body[name])
    text = ChatChunk(body).delta.get("content")
    if isinstance(text, str):
        return text
    raise DecodeError("the answer has no text: neither response nor content, message or result")


def _failure(members: dict[str, Any]) -> CallError:
    """Return the error that an event is; its number has the meaning of an HTTP status."""
    message, code, details = read_error(members)
    number = members.get("code")
    status = number if type(number) is int and 400 <= number <= 599 else None
    kind = StreamError if status is None else CLASSES.get(status, StreamError)
    return kind(message, status, code, details=details)


_LATE: Final = "something came behind the end"

RULES: Final[dict[State, dict[Input, Rule]]] = {
    State.WAITING: {
        Input.START: Rule(State.RUNNING),
        Input.TOKEN: Rule(State.RUNNING, oddity="there was no start"),
        Input.BLANK: Rule(State.RUNNING, False, "a token had no text", strict=True),
        Input.ERROR: Rule(State.FAILED),
        Input.END: Rule(State.FINISHED, oddity="there was no start"),
        Input.UNKNOWN: Rule(State.WAITING),
        Input.JUNK: Rule(State.WAITING, oddity="an event was no JSON object", strict=True),
    },
    State.RUNNING: {
        Input.START: Rule(State.RUNNING, False, "there was a second start"),
        Input.OTHER_START: Rule(State.FAILED, oddity="another answer began in the middle of this one"),
        Input.TOKEN: Rule(State.RUNNING),
        Input.BLANK: Rule(State.RUNNING, False, "a token had no text", strict=True),
        Input.ERROR: Rule(State.FAILED),
        Input.END: Rule(State.FINISHED),
        Input.OTHER_END: Rule(State.FINISHED, oddity="the end was that of another answer", strict=True),
        Input.UNKNOWN: Rule(State.RUNNING),
        Input.JUNK: Rule(State.RUNNING, oddity="an event was no JSON object", strict=True),
    },
    State.FINISHED: {found: Rule(State.FINISHED, False, _LATE) for found in Input},
}
"""Where the stream is -> what comes -> what becomes of it.

While it waits, no event can differ from the one that began; once it failed, nothing is read any more.
"""
