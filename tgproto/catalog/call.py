"""One call as data: what to ask, and how to read the answer. No I/O, no gateway, no colour."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from tgproto.catalog.body import encode_body
from tgproto.catalog.reader import C_co, Reader, Start, T_co
from tgproto.dialect import Dialect, Tenancy
from tgproto.errors import CallContext, CallError, DecodeError, LocalProtocolError
from tgproto.session.request import Request
from tgproto.types.wire import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T_co]):
    """A call that ends in one result. It is a `Submission`: a session encodes it once it knows the dialect.

    Attributes:
        service: Service name on the wire, for instance `graph-rag`.
        arguments: Members of the request by wire name: JSON values, terms, triples, graph names; None for
            a member that is left out.
        start: Makes the reader of the answer.
        flow: Flow id for a flow service; None for a global service.
        workspace: Workspace to address, or None for the caller's default.
        user: Whose data to use, on gateways that keep data apart by user. Other gateways are not told.
        repeatable: Whether the caller declared that running it twice does no harm.
    """

    service: str
    arguments: Mapping[str, object]
    start: Start[object, T_co]
    flow: str | None = None
    workspace: str | None = None
    user: str | None = None
    repeatable: bool = False

    @property
    def context(self) -> CallContext:
        """What errors say about this call."""
        return CallContext(self.service, self.flow, self.workspace)

    def request(self, dialect: Dialect) -> Request:
        """Encode for a gateway.

        Args:
            dialect: The gateway's habits.

        Returns:
            The request to send.

        Raises:
            LocalProtocolError: The gateway's dialect cannot express an argument, or has no workspaces.
            TypeError: An argument is nothing that JSON can carry.
            ValueError: A number is infinite or NaN.
        """
        arguments = self.arguments
        if dialect.tenancy is Tenancy.USER:
            if self.workspace is not None:
                raise LocalProtocolError(
                    f"{self.service}: this gateway ({dialect.name}) has users, not workspaces; pass user="
                )
            arguments = {**arguments, "user": self.user}
        try:
            body = encode_body(arguments, dialect)
        except LocalProtocolError as error:
            raise LocalProtocolError(f"{self.service}: {error}") from None
        return Request(self.service, body, self.flow, self.workspace, self.repeatable)

    def reader(self, dialect: Dialect) -> Reader[object, T_co]:  # noqa: ARG002
        """Return a new reader for the answer.

        Args:
            dialect: The gateway's habits. All readers so far understand every dialect.

        Returns:
            The reader; feed it every frame.
        """
        return self.start(self.context)

    def decode(self, dialect: Dialect, payloads: Sequence[Payload]) -> T_co:
        """Read a whole answer. Even an answer that is not streamed may have several frames.

        Args:
            dialect: The gateway's habits.
            payloads: The `response` of every frame in order; none has an `error`.

        Returns:
            The result.

        Raises:
            DecodeError: There is no frame, or one is not of the documented shape.
            SilentFailure: The frames are what gateways make of an error that they lost.
        """
        if not payloads:
            raise DecodeError("the answer has no frames", self.context)
        reader = self.reader(dialect)
        for payload in payloads:
            reader.read(payload)
        return reader.result()

    def partial(self, dialect: Dialect, payloads: Sequence[Payload]) -> object:
        """Read what came of an answer that failed, for `CallError.partial`.

        Args:
            dialect: The gateway's habits.
            payloads: The `response` of the frames before the failure, in order.

        Returns:
            Text, or a list; None if there is nothing.
        """
        reader = self.reader(dialect)
        with contextlib.suppress(CallError):
            for payload in payloads:
                reader.read(payload)
        return reader.partial


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCall(Call[T_co], Generic[C_co, T_co]):
    """A call whose answer can also be taken chunk by chunk.

    Attributes:
        start: Makes the reader of the answer.
        streaming: Whether the gateway is asked to send it in pieces; then it is a stream for the caller.
    """

    start: Start[C_co, T_co]
    streaming: bool

    def reader(self, dialect: Dialect) -> Reader[C_co, T_co]:  # noqa: ARG002
        """Return a new reader for the answer; see `Call.reader`."""
        return self.start(self.context)
