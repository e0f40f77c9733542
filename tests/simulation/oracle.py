"""What must be true of every request in the end, whatever went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.simulation.driver import Caller
from tests.simulation.gateway import frame
from tests.simulation.program import Ending, Form, Program
from tests.simulation.world import Violation
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectionFailed,
    ConnectionLost,
    LocalProtocolError,
    RequestTimeout,
    ServiceError,
    StreamStalled,
)
from tgproto.session.events import Completed


class Judge:
    """Compares what the callers got with what the gateway did.

    Args:
        program: What was to happen.
        runs: How often each request ran.
        closed: When the client was closed.
    """

    def __init__(self, program: Program, runs: Mapping[int, int], closed: float) -> None:
        self._program = program
        self._runs = runs
        self._closed = closed
        self._nap = sum(duration for _, duration in program.naps)

    def judge(self, caller: Caller) -> None:
        """Judge one request.

        Raises:
            Violation: A promise was broken.
        """
        try:
            self._judge_frames(caller)
            if caller.refused is not None:
                self._judge_refusal(caller)
            elif not caller.cancelled:
                self._judge_outcome(caller)
                self._judge_delay(caller)
        except AssertionError as error:
            got = f"{len(caller.frames)} frames, {caller.refused or caller.outcome!r}"
            raise Violation(f"request {caller.ask.number} ({got}): {error}") from error

    def _judge_frames(self, caller: Caller) -> None:
        """The frames are the first ones of one run, in order. An earlier run may overtake a later one."""
        if caller.frames:
            run = json.loads(caller.frames[0])["run"]
            sent = [frame(caller.ask, run, index) for index in range(len(caller.ask.frames))]
            assert caller.frames == sent[: len(caller.frames)], "the frames are not what the gateway sent"

    def _judge_refusal(self, caller: Caller) -> None:
        assert self._ran(caller) == 0, "it was refused, and ran"
        if isinstance(caller.refused, LocalProtocolError):
            assert caller.submitted >= self._closed, "it was refused by an open client"
        else:
            assert caller.ask.form is Form.IMPOSSIBLE, "it could have been encoded"

    def _judge_outcome(self, caller: Caller) -> None:
        ask = caller.ask
        whole = len(caller.frames) == len(ask.frames)
        if isinstance(caller.outcome, Completed):
            assert ask.ending is Ending.WHOLE, "the gateway never said so"
            assert whole, "frames are missing"
            return
        assert caller.outcome is not None, "it has no outcome"
        assert not (whole and ask.ending is Ending.WHOLE), "the whole answer came, and it failed all the same"
        error = caller.outcome.error
        if isinstance(error, ConnectionFailed | ConnectionLost):
            self._judge_loss(caller, error)
        elif isinstance(error, RequestTimeout):
            self._judge_timeout(caller, error)
        elif isinstance(error, StreamStalled):
            limit = self._program.options.session.stall_timeout
            assert ask.slow + self._nap >= limit, "its caller was not slow"
        elif isinstance(error, AuthenticationError | AccessDenied):
            refusals = any(attempt.status in (401, 403) for attempt in self._program.attempts)
            assert self._program.rotations or refusals, "its token was good"
            assert not caller.frames, "it was authenticated"
        elif isinstance(error, ServiceError):
            self._judge_error(caller, error, whole=whole)
        else:
            assert isinstance(error, TypeError), "an error of an unexpected kind"
            assert ask.form is Form.IMPOSSIBLE, "it could have been encoded"

    def _judge_error(self, caller: Caller, error: ServiceError, *, whole: bool) -> None:
        ask = caller.ask
        if error.type == "gateway-error":
            assert ask.ending is Ending.NEVER or self._program.freezes, "the gateway did not wait in vain"
        else:
            assert whole, "frames before the error are missing"
            assert ask.ending not in (Ending.WHOLE, Ending.NEVER), "the gateway sent no error"
            assert error.message == f"request {ask.number} failed", "this is another one's error"

    def _judge_loss(self, caller: Caller, error: ConnectionFailed | ConnectionLost) -> None:
        if caller.ended < self._closed:
            assert not self._program.calm, "nothing went wrong"
        delivered = error.delivered if isinstance(error, ConnectionLost) else 0
        assert delivered == len(caller.frames), f"the error speaks of {delivered} frames"
        if isinstance(error, ConnectionFailed) or not error.sent:
            assert self._ran(caller) == 0, "it is said not to have been sent, and ran"

    def _judge_timeout(self, caller: Caller, error: RequestTimeout) -> None:
        ask = caller.ask
        limit = ask.timeout if error.option == "timeout" else ask.total_timeout
        assert error.seconds == limit, "the limit was another one"
        assert caller.ended >= caller.submitted + error.seconds, "it came too early"

    def _judge_delay(self, caller: Caller) -> None:
        """A request with a total limit is over by then."""
        limit = caller.ask.total_timeout
        if limit is not None:
            slack = self._nap + caller.ask.slow + self._program.lateness + 0.001
            late = caller.ended - caller.submitted - limit - slack
            assert late <= 0, f"it took {late:.3f} s longer than total_timeout"

    def _ran(self, caller: Caller) -> int:
        return self._runs.get(caller.ask.number, 0)
