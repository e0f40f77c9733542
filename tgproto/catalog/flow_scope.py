"""What all groups of a flow's services share: the id of the flow, and how their calls are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from tgproto.catalog import arguments as check
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.reader import Start
from tgproto.catalog.scopes import Scope
from tgproto.catalog.spelling import Wording
from tgproto.dialect import Dialect

C = TypeVar("C")
T = TypeVar("T")


@dataclass(frozen=True)
class FlowScope(Scope):
    """A flow.

    Attributes:
        flow: Id of the flow.

    Raises:
        TypeError: It is no string.
        ValueError: It is empty, which would address a global service.
    """

    flow: str

    def __post_init__(self) -> None:
        check.name_of("flow", self.flow)

    def _call(
        self,
        service: str,
        arguments: Mapping[str, object],
        start: Start[object, T],
        *spellings: Wording,
        operation: str = "",
        named: Callable[[Dialect], str] | None = None,
        user: str | None = None,
    ) -> Call[T]:
        return Call(
            service=service,
            operation=operation,
            named=named,
            arguments=arguments,
            start=start,
            spellings=spellings,
            flow=self.flow,
            workspace=self.options.workspace,
            user=check.optional(check.text, "user", user),
            repeatable=self.options.retry,
            on_ignored=self.options.on_ignored,
        )

    def _stream_call(
        self,
        service: str,
        arguments: Mapping[str, object],
        start: Start[C, T],
        *,
        streaming: bool,
        usual: Mapping[str, object] | None = None,
        user: str | None = None,
    ) -> StreamCall[C, T]:
        streaming = check.flag("streaming", streaming)
        arguments = {**arguments, "streaming": True} if streaming else arguments
        return self._streamed(service, arguments, start, streaming=streaming, usual=usual, user=user)

    def _streamed(
        self,
        service: str,
        arguments: Mapping[str, object],
        start: Start[C, T],
        *,
        streaming: bool = True,
        usual: Mapping[str, object] | None = None,
        user: str | None = None,
    ) -> StreamCall[C, T]:
        """Make a call whose answer may come in pieces, without a word about that in the request."""
        return StreamCall(
            service=service,
            arguments=arguments,
            usual=usual or {},
            start=start,
            flow=self.flow,
            workspace=self.options.workspace,
            user=check.optional(check.text, "user", user),
            repeatable=self.options.retry,
            on_ignored=self.options.on_ignored,
            streaming=streaming,
        )
