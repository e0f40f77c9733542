"""Answers of `agent`."""

from __future__ import annotations

from typing import Final, TypeAlias

from tgproto.catalog.answer import AnswerFrame, AnswerReader
from tgproto.errors import CallContext, SilentFailure
from tgproto.types.chunks import AgentAnswer, AgentMessage, AgentObservation, AgentThought
from tgproto.types.results import AgentReply
from tgproto.types.wire import Shape

AgentPiece: TypeAlias = AgentThought | AgentObservation | AgentAnswer | AgentMessage
"""What a stream of the agent yields."""


class AgentFrame(AnswerFrame, gc=False):
    """A frame of any release.

    The kind is in `message_type` (2.3.1 and later) or `chunk_type` and the text in `content`; outside of
    streams, 1.x names a member after the kind instead.
    """

    message_type: str | None = None
    chunk_type: str | None = None
    content: str | None = None
    end_of_message: bool | None = None
    end_of_dialog: bool | None = None
    message_id: str | None = None
    thought: str | None = None
    observation: str | None = None
    answer: str | None = None


_SHAPE: Final = Shape(AgentFrame)


class AgentReader(AnswerReader[AgentFrame, AgentPiece]):
    """Joins the pieces of the answer. Frames of provenance are passed over."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _SHAPE)
        self._answered = False

    def _take(self, frame: AgentFrame) -> AgentPiece | None:
        kind = frame.message_type or frame.chunk_type
        if not kind:
            return self._whole(frame)
        content, ends, message = frame.content or "", bool(frame.end_of_message), frame.message_id or ""
        match kind:
            case "thought":
                return AgentThought(content, ends, message)
            case "observation":
                return AgentObservation(content, ends, message)
            case "answer":
                return self._answer(frame, content, ends, bool(frame.end_of_dialog))
            case "explain":
                return None
            case _:
                return AgentMessage(content, ends, message, kind, bytes(self._last))

    def _whole(self, frame: AgentFrame) -> AgentPiece | None:
        """Take a frame of 1.x outside of streams: one whole message."""
        if frame.answer is not None:
            return self._answer(frame, frame.answer, True, True)
        if frame.observation is not None:
            return AgentObservation(frame.observation, True)
        if frame.thought is not None:
            return AgentThought(frame.thought, True)
        return None

    def _answer(self, frame: AgentFrame, content: str, ends: bool, last: bool) -> AgentAnswer:
        self._answered = True
        self._collect(content, frame)
        return AgentAnswer(
            content, ends, frame.message_id or "", last, frame.in_token, frame.out_token, frame.model
        )

    def check(self) -> None:
        """See that there was an answer; see `Reader.check`."""
        if not self._answered:
            raise self._failed(
                SilentFailure("the agent stopped without an answer, and the gateway lost the error")
            )

    def result(self) -> AgentReply:
        """Return the whole answer; see `Reader.result`."""
        self.check()
        return AgentReply(
            self._text(),
            in_token=self.in_token,
            out_token=self.out_token,
            model=self.model,
            payload=bytes(self._last),
        )
