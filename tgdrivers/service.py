"""What clients of plain HTTP services have in common, in every colour: a house that is a scope, too."""

from __future__ import annotations

import random
from copy import copy
from functools import partial
from typing import Any, Literal, Self, TypeAlias

from tgdrivers.files import MACHINE
from tgdrivers.house import House, PumpT
from tgproto.catalog import CallOptions
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.catalog.scopes import Scope
from tgproto.driven import Driven
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions

Kind: TypeAlias = Literal["rest"]
"""What connections are for."""


class ServiceHouse(House[PumpT, Kind], Scope):
    """Keeps the connections of one service, and offers its operations.

    What `with_options` returns shares the connections; closing one closes both.
    """

    _rest_options: RestOptions
    """How the service is talked to. Set by subclasses, which call `_furnish` as well."""

    def _furnish(self, options: CallOptions, **fields: object) -> None:
        """Set the fields of the scope.

        Args:
            options: How calls are carried out.
            fields: Those that this service has beside these.
        """
        here: Any = partial(self._here, "rest")
        runner = BlockingRunner if self._blocking else AwaitedRunner
        self._set(runner=runner(here, streams=here, machine=MACHINE), options=options, **fields)

    def _client(self, kind: Kind) -> Driven:  # noqa: ARG002
        return RestClient(self._rest_options, uniform=random.random)

    def _optioned(self, options: CallOptions) -> Self:
        other = copy(self)
        other._set(options=options)
        return other

    def _set(self, **fields: object) -> None:
        for name, value in fields.items():  # those of a scope are frozen
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return super().__repr__()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)
