"""One call as data: what to ask, and how to read the answer. No I/O, no gateway, no colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Generic

import msgspec

from tgproto.catalog.body import encode_body
from tgproto.catalog.reader import C_co, Reader, Start, T_co
from tgproto.catalog.spelling import Wording
from tgproto.dialect import Dialect, Tenancy
from tgproto.errors import CallContext, LocalProtocolError, NotOffered
from tgproto.offers import OFFERS, Offer, unknown_members
from tgproto.session.request import Form, Request

_context = lru_cache(maxsize=256)(CallContext)  # the same few again and again


class Call(msgspec.Struct, Generic[T_co], frozen=True, kw_only=True):
    """A call that ends in one result. It is a `Submission`: a session encodes it once it knows the dialect.

    Attributes:
        service: Service name on the wire, for instance `graph-rag`.
        arguments: Members of the request by wire name: JSON values, terms, triples, graph names, and
            secrets, which `repr` does not show; None for a member that is left out.
        usual: Values of members that mean nothing to gateways that do not know the member.
        start: Makes the reader of the answer.
        spellings: More members, which depend on the gateway.
        flow: Flow id for a flow service; None for a global service.
        workspace: Workspace to address, or None for the caller's default.
        user: Whose data to use, on gateways that keep data apart by user. Other gateways are not told; see
            `ignored`.
        default_user: Whose data such gateways are told to use if `user` is None; None for what they choose.
        operation: Which operation of the service it is, if there are several; or returns what a gateway
            calls it, if not all call it the same.
        named: Returns what a gateway calls the service, if not all call it `service`.
        form: Returns how it looks over HTTP, for what is no call of a service; it has no arguments then.
        leads_to: What a procedure will ask with the answer, as `service` or `service operation`: a gateway
            without it is not asked for the first half either. Empty for none.
        anybody: Whether anybody may ask any gateway alike, so that neither token nor dialect matters; for
            calls with a form.
        repeatable: Whether the caller declared that running it twice does no harm.
        total_timeout: Longest duration in seconds, if the caller allows no less; None for no limit.
        on_ignored: Called, when the call is encoded, with what the gateway is not told; see `ignored`.
    """

    service: str
    arguments: Mapping[str, object]
    start: Start[object, T_co]
    usual: Mapping[str, object] = {}
    spellings: tuple[Wording, ...] = ()
    flow: str | None = None
    workspace: str | None = None
    user: str | None = None
    default_user: str | None = None
    operation: str | Callable[[Dialect], str] = ""
    named: Callable[[Dialect], str] | None = None
    form: Callable[[Dialect], Form] | None = None
    leads_to: str = ""
    anybody: bool = False
    repeatable: bool = False
    total_timeout: float | None = None
    on_ignored: Callable[[tuple[str, ...]], object] | None = None

    @property
    def context(self) -> CallContext:
        """What errors say about this call."""
        return _context(self.service, self.flow, self.workspace)

    @property
    def public(self) -> bool:
        """Whether anybody may ask; see `Submission.public`."""
        return self.anybody

    def request(self, dialect: Dialect) -> Request:
        """Encode for a gateway.

        Args:
            dialect: The gateway's habits.

        Returns:
            The request to send.

        Raises:
            NotOffered: The gateway certainly does not have the operation, or does not know an argument.
            LocalProtocolError: The gateway's dialect cannot express an argument, or has no workspaces.
            TypeError: An argument is nothing that JSON can carry.
            ValueError: A number is infinite or NaN.
        """
        if self.on_ignored is not None and (names := self.ignored(dialect)):
            self.on_ignored(names)
        service = self.service if self.named is None else self.named(dialect)
        operation = self.operation if isinstance(self.operation, str) else self.operation(dialect)
        if dialect.lacks:
            for entry in filter(None, (self.leads_to, f"{service} {operation}".rstrip())):
                _check_offer(entry, dialect)
        if self.workspace is not None and dialect.tenancy is Tenancy.USER:
            raise LocalProtocolError(
                f"{self.service}: this gateway ({dialect.name}) has users, not workspaces; pass user="
            )
        if self.form is not None:
            return Request(service, b"{}", None, self.workspace, self.repeatable, form=self.form(dialect))
        arguments = self.arguments
        if operation:
            arguments = {"operation": operation, **arguments}
        for spelling in self.spellings:
            arguments = {**arguments, **spelling(dialect)}
        if unknown := unknown_members(service, dialect.lacks):
            arguments = self._known(arguments, unknown, service, dialect)
        if dialect.tenancy is Tenancy.USER:
            arguments = {**arguments, "user": self.default_user if self.user is None else self.user}
        try:
            body = encode_body(arguments, dialect)
        except LocalProtocolError as error:
            raise LocalProtocolError(f"{self.service}: {error}") from None
        return Request(service, body, self.flow, self.workspace, self.repeatable)

    def _known(
        self,
        arguments: Mapping[str, object],
        unknown: Mapping[str, Offer],
        service: str,
        dialect: Dialect,
    ) -> Mapping[str, object]:
        """Return the members that a gateway knows, if the others would change nothing."""
        for name, offer in unknown.items():
            value = arguments.get(name)
            if value is not None and value != self.usual.get(name):
                member = name.replace("-", "_")
                raise NotOffered(f"{service}: this gateway ({dialect.name}) does not know {member}; {offer}")
        return {name: value for name, value in arguments.items() if name not in unknown}

    def ignored(self, dialect: Dialect) -> tuple[str, ...]:
        """Return the names of the arguments that a gateway is not told, so that callers can be warned.

        Args:
            dialect: The gateway's habits.
        """
        told = self.user is None or dialect.tenancy is Tenancy.USER
        return () if told else ("user",)

    def reader(self) -> Reader[object, T_co]:
        """Return a new reader for the answer, of whatever dialect; feed it every frame."""
        return self.start(self.context)


def leading_to(entry: str, call: Call[T_co]) -> Call[T_co]:
    """Return a call as the first half of what a procedure does.

    Args:
        entry: What the procedure is for, as `service` or `service operation`; errors about older gateways
            name this.
        call: The call.
    """
    return msgspec.structs.replace(call, leads_to=entry)


def _check_offer(entry: str, dialect: Dialect) -> None:
    """Refuse what the gateway does not have."""
    service = entry.partition(" ")[0]
    for name in (service, service.partition("/")[0], entry):
        if name in dialect.lacks:
            raise NotOffered(f"{entry}: this gateway ({dialect.name}) does not have it; {OFFERS[name]}")


class StreamCall(Call[T_co], Generic[C_co, T_co], frozen=True, kw_only=True):
    """A call whose answer can also be taken chunk by chunk.

    Attributes:
        start: Makes the reader of the answer.
        streaming: Whether the gateway is asked to send it in pieces; then it is a stream for the caller.
    """

    start: Start[C_co, T_co]
    streaming: bool

    def reader(self) -> Reader[C_co, T_co]:
        """Return a new reader for the answer; see `Call.reader`."""
        return self.start(self.context)
