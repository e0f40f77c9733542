"""Streamed chat completions, as OpenAI's API has them and most servers of language models imitate it.

Events are JSON objects, as Server-Sent Events or as lines (NDJSON), with `[DONE]` behind the last one.
Servers differ in what they leave out, so that nothing but the object is required of an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, cast

from tgproto import lenient
from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.reader import Several
from tgproto.errors import CallContext, CallError, DecodeError, LocalProtocolError
from tgproto.link.http_types import ResponseHead
from tgproto.link.sse import DEFAULT_LIMIT
from tgproto.rest.events import framing, opening
from tgproto.web.errors import StreamError
from tgproto.web.events import EventReader, decode_object
from tgproto.web.refusals import read_error

_DONE: Final = b"[DONE]"
_NAMED: Final = frozenset({"choices", "id", "model", "usage", "object"})
"""Members of an event that are told elsewhere."""
_SHOWN: Final = 200  # characters of an event that cannot be read, in its error


class ChatChunk(dict[str, Any]):
    """One event, as it was sent, with its parts named; with one choice at most.

    An event that is about several choices is told as several chunks. `str(chunk)` is its text.
    """

    @property
    def choice(self) -> dict[str, Any]:
        """What is told of the one choice; empty if the event is about none, as one with the usage alone."""
        try:
            return _object(self["choices"][0])
        except (KeyError, IndexError, TypeError):
            return {}

    @property
    def delta(self) -> dict[str, Any]:
        """What is added to the message of the choice; of an answer that came whole, the message."""
        return _delta(self.choice)

    @property
    def index(self) -> int:
        """Which choice it is about; 0 if that is not said."""
        return _index(self.choice)

    @property
    def content(self) -> str:
        """The piece of text, possibly empty."""
        try:
            content = self["choices"][0]["delta"]["content"]
            if isinstance(content, str) and content:
                return content
        except (KeyError, IndexError, TypeError):
            pass  # it is told in another way, or not at all
        choice = self.choice
        return _content(choice, _delta(choice))

    @property
    def reasoning_content(self) -> str:
        """The piece of what the model thinks, possibly empty; some servers call it `reasoning`."""
        return _reasoning(self.delta)

    @property
    def role(self) -> str | None:
        """Who speaks, if that is said: usually with the first piece."""
        return _text(self.delta.get("role")) or None

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """Pieces of calls of tools; `ChatMessage.tool_calls` has them whole."""
        return _calls(self.delta)

    @property
    def finish_reason(self) -> str | None:
        """Why the choice is complete, for instance `stop` or `length`; None while it is not."""
        return _text(self.choice.get("finish_reason")) or None

    @property
    def usage(self) -> dict[str, Any] | None:
        """Numbers of tokens, if they are told."""
        return _object(self.get("usage")) or None

    def __str__(self) -> str:
        """Return the text."""
        return self.content


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """The whole message of one choice.

    Attributes:
        index: Which choice it is.
        content: Its text.
        role: Who speaks.
        reasoning_content: What the model thought, if it tells.
        tool_calls: Calls of tools, whole: `id`, `type`, and `function` with `name` and `arguments`, which is
            JSON text.
        finish_reason: Why it ended; None if that was not said.
    """

    index: int = 0
    content: str = ""
    role: str = "assistant"
    reasoning_content: str = ""
    tool_calls: tuple[dict[str, Any], ...] = ()
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChatCompletion:
    """A whole answer. `str(completion)` is the text of its first message.

    Attributes:
        messages: One for each choice, by index.
        id: The server's name for the answer, possibly empty.
        model: Which model answered, possibly empty.
        usage: Numbers of tokens; None if they were not told.
        more: What else was said of the answer as a whole, such as `created`, or `conversation_id`: in its
            first chunk, in those that say why it ended, and in those about no choice.
    """

    messages: tuple[ChatMessage, ...] = ()
    id: str = ""
    model: str = ""
    usage: dict[str, Any] | None = None
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def content(self) -> str:
        """The text of the first message; empty if there is none."""
        return self.messages[0].content if self.messages else ""

    def __str__(self) -> str:
        """Return the text of the first message."""
        return self.content


@dataclass(slots=True)
class _Draft:
    """A message as it grows."""

    content: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    calls: dict[object, dict[str, Any]] = field(default_factory=dict[object, dict[str, Any]])
    role: str = ""
    finish_reason: str | None = None

    def message(self, index: int) -> ChatMessage:
        return ChatMessage(
            index,
            "".join(self.content),
            self.role or "assistant",
            "".join(self.reasoning),
            tuple({**call, "function": dict(call["function"])} for call in self.calls.values()),
            self.finish_reason,
        )

    def forget(self) -> None:
        """Let go of what may be long."""
        self.content, self.reasoning, self.calls = [], [], {}

    def add_more(self, delta: dict[str, Any], *, kept: bool) -> int:
        """Add what of a message is not its text, unless it is not kept; return how long that is."""
        self.role = self.role or _text(delta.get("role"))
        if not kept:
            return 0
        reasoning = _reasoning(delta)
        self.reasoning.append(reasoning)
        return len(reasoning) + sum(map(self.add_call, _calls(delta)))

    def add_call(self, piece: dict[str, Any]) -> int:
        """Add a piece of a call, and return how long it is.

        Servers that do not number calls send an id with the first piece of each.
        """
        name = piece.get("index")
        if not isinstance(name, int):
            name = _text(piece.get("id")) or next(reversed(self.calls), "")
        blank = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
        call = self.calls.setdefault(name, blank)
        said, function = _object(piece.get("function")), call["function"]
        call["id"] = call["id"] or _text(piece.get("id"))
        call["type"] = _text(piece.get("type")) or call["type"]
        function["name"] = function["name"] or _text(said.get("name"))
        arguments = said.get("arguments")
        decoded = _object(arguments)  # as some servers send them
        text = lenient.dumps(decoded).decode() if decoded else _text(arguments)
        function["arguments"] += text
        return len(text)


class ChatFold:
    """Joins chunks into whole messages, those of each choice for itself. It takes any chunks in any order.

    Attributes:
        finished: Whether there are choices, and a reason to finish was given for each.
        size: Characters of text so far.
    """

    def __init__(self) -> None:
        self.finished = False
        self.size = 0
        self._drafts: dict[int, _Draft] = {}
        self._about: dict[str, str] = {}
        self._usage: dict[str, Any] | None = None
        self._more: dict[str, Any] = {}
        self._kept = True

    def add(self, chunk: ChatChunk) -> None:
        """Take the next chunk."""
        if not self.add_text(chunk):
            self._add_any(chunk)

    def add_text(self, chunk: ChatChunk) -> bool:
        """Take the next chunk if it is a piece of text of one choice and nothing else, as most are.

        Returns:
            Whether it is; if so, nothing has changed but the text.
        """
        try:
            (choice,) = chunk["choices"]
            delta = choice["delta"]
            content = delta["content"]
            draft = self._drafts[choice["index"]]
            if len(delta) > 1 or choice.get("finish_reason") or chunk.get("usage"):
                return False
        except (KeyError, TypeError, ValueError):
            return False
        if not isinstance(content, str):
            return False
        if self._kept:
            draft.content.append(content)
            self.size += len(content)
        return True

    def _add_any(self, chunk: ChatChunk) -> None:
        choice = chunk.choice
        if not self._about or not choice or "usage" in chunk or choice.get("finish_reason"):
            self._add_about(chunk)
        if not choice:
            return
        index = choice.get("index")
        draft = self._drafts.get(index) if isinstance(index, int) else None
        if draft is None:
            draft = self._drafts.setdefault(_index(choice), _Draft())
            self._judge()
        delta = _delta(choice)
        content = _content(choice, delta)
        if content and self._kept:
            draft.content.append(content)
            self.size += len(content)
        if len(delta) > 1 or not content:  # most have nothing but text
            self.size += draft.add_more(delta, kept=self._kept)
        if choice.get("finish_reason"):
            draft.finish_reason = _text(choice["finish_reason"]) or draft.finish_reason
            self._judge()

    def _add_about(self, chunk: ChatChunk) -> None:
        """Note what is told of the answer as a whole."""
        if not self._about:
            self._about = {name: text for name in ("id", "model") if (text := _text(chunk.get(name)))}
        self._usage = chunk.usage or self._usage
        self._more.update((name, chunk[name]) for name in chunk.keys() - _NAMED)

    def _judge(self) -> None:
        self.finished = all(draft.finish_reason is not None for draft in self._drafts.values())

    @property
    def kept(self) -> bool:
        """Whether all that came is still here."""
        return self._kept

    def let_go(self) -> None:
        """Forget all texts, and keep none that come."""
        self._kept = False
        for draft in self._drafts.values():
            draft.forget()

    @property
    def content(self) -> str:
        """The text of the first choice so far."""
        return "".join(self._drafts[min(self._drafts)].content) if self._drafts else ""

    def completion(self) -> ChatCompletion:
        """Return what has come so far."""
        messages = tuple(draft.message(index) for index, draft in sorted(self._drafts.items()))
        return ChatCompletion(messages, usage=self._usage, more=dict(self._more), **self._about)


class ChatReader(EventReader[ChatChunk, ChatCompletion]):
    """Reads one answer, streamed or whole, for a `StreamCall` whose form has `Answer.EVENTS`.

    It is complete behind `[DONE]`, and where it ends after a reason to finish was given for each choice.

    Args:
        context: Which call it is, for errors.
    """

    def __init__(self, context: CallContext) -> None:
        super().__init__(context)
        self._fold = ChatFold()
        self._done = False

    @property
    def partial(self) -> str | None:
        """The text of the first choice so far; None if there is none, or if it was not kept."""
        return self._fold.content or None

    def release(self) -> None:
        """Let a long answer go; see `Reader.release`."""
        if self._fold.size > MAX_KEPT:
            self._fold.let_go()

    def result(self) -> ChatCompletion:
        """Return the whole answer; see `Reader.result`."""
        if not self._fold.kept:
            raise LocalProtocolError(
                f"{self._context}: an answer of more than {MAX_KEPT} characters is not kept once its chunks "
                "are read; join them with ChatFold, or call result() instead of reading"
            )
        return self._fold.completion()

    def _event(self, name: bytes, data: bytes) -> ChatChunk | Several[ChatChunk] | None:
        """Take an event; see `EventReader`."""
        if self._done:
            return None
        members = decode_object(data)
        if members is None:
            self._take_no_object(data.strip())
            return None
        if "error" in members or "type" in members or members.get("object") == "error" or name == b"error":
            self._heed(name, members)
        chunk = ChatChunk(members)
        if self._fold.add_text(chunk):
            return chunk
        choices = members.get("choices")
        if isinstance(choices, list) and len(choices) > 1:  # pyright: ignore[reportUnknownArgumentType]
            return self._take_apart(members)
        self._fold.add(chunk)
        self.ended = self._fold.finished or self._done
        return chunk

    def _heed(self, name: bytes, members: dict[str, Any]) -> None:
        """Look whether an event says that the answer failed, or is complete.

        Raises:
            StreamError: It failed.
        """
        if name == b"error" or _is_error(members):
            _refuse(members)
        self._done = members.get("type") == "done"
        self.ended = self.ended or self._done

    def _take_no_object(self, data: bytes) -> None:
        """Take an event that is no JSON object.

        Raises:
            DecodeError: It is not one of those either that mean something.
        """
        if data == _DONE:
            self._done = self.ended = True
        elif data:
            raise DecodeError(f"an event is no JSON object: {_shown(data)}")

    def _whole(self, data: bytes) -> ChatChunk | Several[ChatChunk] | None:
        """Take an answer that is no stream; see `EventReader`."""
        members = decode_object(data)
        if members is None:
            return super()._whole(data)
        if not isinstance(members.get("choices"), list) and not _is_error(members):
            raise DecodeError(f"the answer is no chat completion: {_shown(data)}")
        return self._event(b"message", data)

    def _take_apart(self, members: dict[str, Any]) -> Several[ChatChunk]:
        """Take an event that is about several choices."""
        chunks = Several(_apart(members))
        for chunk in chunks:
            self._fold.add(chunk)
        self.ended = self._fold.finished or self._done
        return chunks


class ChatDecoder:
    """Reads the body of one answer that somebody else fetched. No I/O.

    Nothing that a server sends makes `feed` or `close` raise: what is wrong becomes `error`, behind the
    chunks that came before it.

    Args:
        content_type: Value of that header of the answer; what is neither Server-Sent Events nor lines of JSON
            is read as an answer that is whole.

    Attributes:
        error: Why nothing more will be read; None while there is no reason. Look at it behind each call.
    """

    def __init__(self, content_type: str = "text/event-stream") -> None:
        head = ResponseHead(200, ((b"content-type", content_type.encode("utf-8", "replace")),))
        self.error: CallError | None = None
        self._framing = framing(head)
        self._reader = ChatReader(CallContext("chat completion"))
        self._reader.read(opening(head, events=self._framing is not None))
        self._body = bytearray()
        self._closed = False

    @property
    def ended(self) -> bool:
        """Whether the server has said that the answer is complete; what comes behind that is ignored."""
        return self._reader.ended

    def feed(self, data: bytes) -> list[ChatChunk]:
        """Take bytes of the body, and return the chunks that they complete.

        Raises:
            LocalProtocolError: The decoder was closed.
        """
        if self._closed:
            raise LocalProtocolError("the decoder was closed; make a new one for another answer")
        if self._framing is not None:
            return self._read(self._framing.feed(data))
        if len(self._body) <= DEFAULT_LIMIT:
            self._body += data
        return []

    def close(self) -> list[ChatChunk]:
        """Note the end of the body, and return what that completes. Then `error` says whether it is whole."""
        if self._closed:
            return []
        self._closed = True
        chunks = self._read([bytes(self._body)] if self._framing is None else self._framing.close())
        if self.error is None:
            try:
                self._reader.check()
            except CallError as error:
                self.error = error
        return chunks

    def result(self) -> ChatCompletion:
        """Return the whole answer, once it is closed.

        Raises:
            StreamError: The server said that it failed. As with all of them, `partial` is the text so far.
            IncompleteStreamError: The body ended before the answer did.
            DecodeError: Something in it cannot be read.
            LocalProtocolError: The decoder was not closed.
        """
        if not self._closed:
            raise LocalProtocolError("the answer may go on; close the decoder where its body ends")
        if self.error is not None:
            raise self.error
        return self._reader.result()

    def _read(self, payloads: Iterable[Any]) -> list[ChatChunk]:
        chunks: list[ChatChunk] = []
        try:
            for payload in payloads if self.error is None else ():
                chunk = self._reader.read(payload)
                if isinstance(chunk, Several):
                    chunks.extend(chunk)
                elif chunk is not None:
                    chunks.append(chunk)
        except CallError as error:
            self.error = error
        if self.error is None and self._framing is not None and (fault := self._framing.error) is not None:
            self.error = DecodeError(fault.summary, CallContext("chat completion"), fault.hint)
            self.error.partial = self._reader.partial
        return chunks


def chunks_of(members: dict[str, Any]) -> list[ChatChunk]:
    """Return an event as chunks, one for each choice, and one at least.

    Args:
        members: The event.
    """
    choices = members.get("choices")
    several = isinstance(choices, list) and len(cast("list[object]", choices)) > 1
    return list(_apart(members)) if several else [ChatChunk(members)]


def _apart(members: dict[str, Any]) -> Iterator[ChatChunk]:
    """Return a chunk for each choice of an event. What the whole cost is told with the last one alone."""
    *others, last = cast("list[object]", members["choices"])
    for choice in others:
        yield ChatChunk({name: members[name] for name in members if name != "usage"}, choices=[choice])
    yield ChatChunk(members, choices=[last])


def _index(choice: dict[str, Any]) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def _delta(choice: dict[str, Any]) -> dict[str, Any]:
    return _object(choice.get("delta") or choice.get("message"))


def _content(choice: dict[str, Any], delta: dict[str, Any]) -> str:
    content = delta.get("content")
    return content if content and isinstance(content, str) else _text(choice.get("text"))


def _reasoning(delta: dict[str, Any]) -> str:
    return _text(delta.get("reasoning_content")) or _text(delta.get("reasoning"))


def _calls(delta: dict[str, Any]) -> list[dict[str, Any]]:
    calls = delta.get("tool_calls")
    return [_object(call) for call in cast("list[object]", calls)] if isinstance(calls, list) else []


def _is_error(members: dict[str, Any]) -> bool:
    return members.get("error") is not None or "error" in (members.get("type"), members.get("object"))


def _refuse(members: dict[str, Any]) -> NoReturn:
    """Raise the error that an event is.

    Raises:
        StreamError: Always.
    """
    message, code, details = read_error(members)
    number = _object(members.get("error") or members).get("code")
    status = number if isinstance(number, int) and 100 <= number <= 999 else None
    raise StreamError(message, status, "" if status is not None else code, details=details)


def _shown(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    return (
        repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r} and {len(text) - _SHOWN} characters more"
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
