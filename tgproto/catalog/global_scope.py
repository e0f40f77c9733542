"""What all groups of global services share: how their calls are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from tgproto.catalog import arguments as check
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.reader import Start
from tgproto.catalog.scopes import Scope
from tgproto.catalog.spelling import Wording
from tgproto.dialect import Dialect

C = TypeVar("C")
T = TypeVar("T")

DEFAULT_USER = "trustgraph"
"""Whose data 1.x gateways are told to use where they insist on a user."""


@dataclass(frozen=True)
class GlobalScope(Scope):
    """A global service, or several."""

    service: ClassVar[str]
    """Its name on the wire."""
    of_workspaces: ClassVar[bool] = True
    """Whether its operations are about one workspace, and so told the one of the options."""
    needs_user: ClassVar[bool] = False
    """Whether 1.x gateways insist on a user with every operation."""

    def _call(
        self,
        operation: str | Callable[[Dialect], str],
        arguments: Mapping[str, object],
        start: Start[object, T],
        *spellings: Wording,
        user: str | None = None,
    ) -> Call[T]:
        return Call(
            service=self.service,
            operation=operation,
            arguments=arguments,
            start=start,
            spellings=spellings,
            workspace=self.options.workspace if self.of_workspaces else None,
            user=check.optional(check.text, "user", user),
            default_user=DEFAULT_USER if self.needs_user else None,
            repeatable=self.options.retry,
            on_ignored=self.options.on_ignored,
        )

    def _stream_call(
        self,
        operation: str,
        arguments: Mapping[str, object],
        start: Start[C, T],
        *spellings: Wording,
        user: str | None = None,
    ) -> StreamCall[C, T]:
        return StreamCall(
            service=self.service,
            operation=operation,
            arguments=arguments,
            start=start,
            spellings=spellings,
            workspace=self.options.workspace if self.of_workspaces else None,
            user=check.optional(check.text, "user", user),
            default_user=DEFAULT_USER if self.needs_user else None,
            repeatable=self.options.retry,
            on_ignored=self.options.on_ignored,
            streaming=True,
        )
