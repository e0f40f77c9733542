"""A flow's agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from tgproto.catalog import arguments as check
from tgproto.catalog.agent import AgentPiece, AgentReader
from tgproto.catalog.bind import dual_operation, stream_operation
from tgproto.catalog.call import StreamCall
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.provenance import with_provenance
from tgproto.catalog.scopes import PureScope
from tgproto.catalog.streaming import Either, Streamed
from tgproto.types.chunks import ProvenanceEvent
from tgproto.types.results import AgentReply


@dataclass(frozen=True)
class AgentOps(FlowScope):
    """The agent of a flow."""

    entries: ClassVar = {"agent": "agent"}

    @dual_operation(Streamed.agent, Either.agent)
    def agent(
        self,
        question: str,
        state: str | None = None,
        group: str | Sequence[str] | None = None,
        history: Sequence[Mapping[str, object]] | None = None,
        *,
        streaming: Literal[False] = False,
        collection: str | None = None,
        session_id: str | None = None,
        conversation_id: str | None = None,
        pattern: str | None = None,
        task_type: str | None = None,
        framing: str | None = None,
        user: str | None = None,
    ) -> StreamCall[AgentPiece, AgentReply]:
        """Ask the flow's agent, which thinks and uses tools before it answers.

        Args:
            question: What to ask.
            state: Label that selects among the agent's tools.
            group: Tool group, or groups, to which it is confined.
            history: Earlier steps: `thought`, `action`, `arguments` and `observation` of each.
            streaming: Whether to return a stream of `AgentThought`, `AgentObservation`, `AgentAnswer` and
                `AgentMessage` instead of the whole answer.
            collection: Collection to search; 2.x.
            session_id: Session to continue; the gateway makes one up if there is none; 2.x.
            conversation_id: Conversation it belongs to; 2.x.
            pattern: `react`, `plan-then-execute` or `supervisor`; the agent chooses if not given; 2.x.
            task_type: Kind of task, for that choice; 2.x.
            framing: What the task is about, for that choice; 2.x.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            The answer.

        Raises:
            AgentError: The agent failed. Gateways from 2.10.6 on report a `GatewayError` instead.
            SilentFailure: There was no answer.
            TypeError: An argument is of the wrong type.
        """
        return self._stream_call(
            "agent",
            {
                "question": check.text("question", question),
                "state": check.optional(check.text, "state", state),
                "group": check.optional(check.text_or_texts, "group", group),
                "history": check.optional(check.mappings, "history", history),
                "collection": check.optional(check.text, "collection", collection),
                "session_id": check.optional(check.text, "session_id", session_id),
                "conversation_id": check.optional(check.text, "conversation_id", conversation_id),
                "pattern": check.optional(check.text, "pattern", pattern),
                "task_type": check.optional(check.text, "task_type", task_type),
                "framing": check.optional(check.text, "framing", framing),
            },
            AgentReader,
            streaming=streaming,
            user=user,
        )

    @stream_operation
    def agent_explain(
        self,
        question: str,
        collection: str | None = None,
        state: str | None = None,
        group: str | Sequence[str] | None = None,
        history: Sequence[Mapping[str, object]] | None = None,
        *,
        session_id: str | None = None,
        conversation_id: str | None = None,
        pattern: str | None = None,
        task_type: str | None = None,
        framing: str | None = None,
        user: str | None = None,
    ) -> StreamCall[AgentPiece | ProvenanceEvent, AgentReply]:
        """Ask the flow's agent, and see how it comes to its answer: a stream of text and provenance.

        Args:
            question: What to ask. For this and the other arguments see `agent`.
            collection: Collection to search.
            state: Label that selects among the agent's tools.
            group: Tool group, or groups, to which it is confined.
            history: Earlier steps.
            session_id: Session to continue.
            conversation_id: Conversation it belongs to.
            pattern: How the agent works.
            task_type: Kind of task.
            framing: What the task is about.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            A stream of what `agent` streams and, from 2.x gateways, `ProvenanceEvent`.

        Raises:
            AgentError: The agent failed.
            SilentFailure: There was no answer.
            TypeError: An argument is of the wrong type.
        """
        calls = _AgentCalls(self.flow, options=self.options)
        call = calls.agent(
            question, state, group, history, collection=collection, session_id=session_id,
            conversation_id=conversation_id, pattern=pattern, task_type=task_type, framing=framing, user=user,
        )  # fmt: skip
        return self._stream_call(
            call.service, call.arguments, with_provenance(AgentReader), streaming=True, user=call.user
        )


@dataclass(frozen=True)
class _AgentCalls(PureScope, AgentOps):
    """The same as data."""
