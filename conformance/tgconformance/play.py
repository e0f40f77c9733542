"""Plays a message case on a session of our core, in virtual time.

The player is strict: whatever a step causes must be listed behind it, before the next step that does
something and before time goes on. Messages and requests to the carrier come in order, and so do events;
between the two there is no order.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable

from tgconformance.match import Captures, Mismatch, match, render, show
from tgconformance.members import JSON, CaseError, JSONObject, Members, from_hex
from tgconformance.model import Case, Layer, Step, StepKind, Verdict
from tgconformance.operations.play import play_operation
from tgconformance.options import client_config, seconds, server_config
from tgconformance.sse_play import play_sse
from tgconformance.subject import Client, Server, Subject
from tgconformance.words import decode, describe_event, describe_output, describe_state, perform, report
from tgproto.errors import LocalProtocolError
from tgproto.role import Role


def play(case: Case) -> list[Verdict]:
    """Play a case in every way it can be played: each role, or each way of cutting its bytes.

    Args:
        case: The case.

    Returns:
        A verdict for each way.

    Raises:
        CaseError: The case itself is wrong.
    """
    if case.layer is Layer.SSE:
        return play_sse(case)
    if case.layer is Layer.OPERATION:
        return play_operation(case)
    return [Verdict(case.id, role.value, _play_message(case, role)) for role in case.roles]


def _play_message(case: Case, role: Role) -> str | None:
    """Play a case in one role and say what was wrong, or None."""
    config = case.config
    subject = Client(client_config(config)) if role is Role.CLIENT else Server(server_config(config))
    playback = _Playback(subject, mirrored=role is not case.roles[0])
    for step in case.steps:
        if step.role not in (None, role):
            continue
        try:
            playback.play(step)
        except Mismatch as mismatch:
            return f"{step}: {mismatch}"
        except CaseError as error:
            raise CaseError(f"{case.id}: {step}: {error}") from None
        except Exception as error:  # noqa: BLE001  # whatever a subject raises is its failure
            return f"{step}: the subject raised {type(error).__name__}: {error}"
    return playback.unlisted()


class _Playback:
    """One playing of a case.

    Args:
        subject: What is under test.
        mirrored: Whether the case is written from the other side.
    """

    def __init__(self, subject: Subject, *, mirrored: bool) -> None:
        self._subject = subject
        self._captures: Captures = {}
        self._outputs: deque[JSONObject] = deque()
        self._events: deque[JSONObject] = deque()
        self._at = 0
        self._now = 0.0  # the same in seconds; where a timer says a little more, as much as it says
        incoming, outgoing = (self._send, self._receive) if not mirrored else (self._receive, self._send)
        self._play: dict[StepKind, Callable[[Step], None]] = {
            StepKind.LOCAL: self._want,
            StepKind.IN: incoming,
            StepKind.CARRIER: self._report,
            StepKind.OUT: outgoing,
            StepKind.ASK: self._ask,
            StepKind.EVENT: self._event,
            StepKind.STATE: self._look,
            StepKind.QUIET: self._quiet,
        }

    def play(self, step: Step) -> None:
        """Play one step.

        Raises:
            Mismatch: The subject did something else.
            CaseError: The step is wrong.
        """
        if step.kind is StepKind.TICK:
            self._wake(step.at)
        else:
            self._advance(step.at)
            self._play[step.kind](step)

    def unlisted(self) -> str | None:
        """Say what happened without being listed, or None."""
        for what, happened in (("output", self._outputs), ("event", self._events)):
            if happened:
                return f"unlisted {what} at t={self._at}: {show(happened[0])}"
        return None

    # --- steps that do something ----------------------------------------------------------------

    def _want(self, step: Step) -> None:
        self._require_all_listed()
        members = Members(step.arguments, "the intent")
        refused = members.flag("refused")
        try:
            perform(self._subject, _word(step), members, self._now)
        except LocalProtocolError as error:
            if not refused:
                raise Mismatch(f"the subject refuses: {error}") from None
        else:
            if refused:
                raise Mismatch("the subject does not refuse")
        self._collect()

    def _send(self, step: Step) -> None:
        self._require_all_listed()
        self._subject.session.receive_message(_message(step.value, self._captures), now=self._now)
        self._collect()

    def _report(self, step: Step) -> None:
        self._require_all_listed()
        report(self._subject, _word(step), Members(step.arguments, "the report"), self._now)
        self._collect()

    # --- steps that look ------------------------------------------------------------------------

    def _receive(self, step: Step) -> None:
        output = self._next(self._outputs, step)
        if "ask" in output:
            raise Mismatch(f"expected a message, got {show(output)}")
        match(step.value, output["message"], self._captures, open_=step.arguments.get("open") is True)

    def _ask(self, step: Step) -> None:
        match({"ask": step.value, **step.arguments}, self._next(self._outputs, step), self._captures)

    def _event(self, step: Step) -> None:
        match(step.value, self._next(self._events, step), self._captures)
        if "as" in step.arguments:
            self._subject.name_request(Members(step.arguments, "the event").text("as"))

    def _look(self, step: Step) -> None:
        match(step.value, describe_state(self._subject), self._captures, open_=True)

    def _quiet(self, step: Step) -> None:  # noqa: ARG002
        self._require_all_listed()

    def _next(self, happened: deque[JSONObject], step: Step) -> JSONObject:
        if not happened:
            raise Mismatch(f"nothing happened, expected {show(step.value)}; {self.unlisted() or 'all quiet'}")
        return happened.popleft()

    def _require_all_listed(self) -> None:
        if (unlisted := self.unlisted()) is not None:
            raise Mismatch(unlisted)

    # --- time -----------------------------------------------------------------------------------

    def _advance(self, at: int) -> None:
        """Let time pass until `at`, waking the subject exactly when it wants to be woken."""
        while (due := self._due()) is not None and due <= at:
            self._move(due)
            self._now = max(self._now, self._subject.session.next_deadline() or 0.0)
            self._call_timeout()
        self._move(at)

    def _wake(self, at: int) -> None:
        """Let time pass until `at` without waking the subject before."""
        self._move(at)
        self._call_timeout()

    def _move(self, at: int) -> None:
        if at > self._at:
            self._require_all_listed()
            self._at = at
            self._now = max(self._now, seconds(at))

    def _call_timeout(self) -> None:
        self._subject.session.handle_timeout(now=self._now)
        self._collect()
        if (due := self._due()) is not None and due <= self._at:
            raise Mismatch(f"after a wake-up at t={self._at} the subject wants to be woken at t={due}")

    def _due(self) -> int | None:
        """Return when the subject wants to be woken, in milliseconds."""
        deadline = self._subject.session.next_deadline()
        return None if deadline is None else round(deadline * 1000)

    def _collect(self) -> None:
        """Take what the subject has done. Reading an answer can let it do more."""
        while True:
            while (output := self._subject.next_output()) is not None:
                self._outputs.append(
                    {"message": decode(output)} if isinstance(output, bytes) else describe_output(output)
                )
            event = self._subject.next_event(self._now)
            if event is None:
                return
            self._events.append(describe_event(event))


def _word(step: Step) -> str:
    if not isinstance(step.value, str):
        raise CaseError(f"{step.kind.value} must be a word")
    return step.value


def _message(value: JSON, captures: Captures) -> bytes | str:
    """Make the message that a step sends.

    An object `{"$text": parts}` is a text message, put together of literal parts and the JSON text of
    captured values; `{"$hex": digits}` is a binary message; anything else is a JSON value.
    """
    if isinstance(value, dict) and len(value) == 1:
        if "$hex" in value:
            return from_hex(value["$hex"])
        if "$text" in value:
            parts = value["$text"]
            if not isinstance(parts, list):
                raise CaseError("$text must be an array")
            return "".join(
                part if isinstance(part, str) else json.dumps(render(part, captures)) for part in parts
            )
    return json.dumps(render(value, captures))
