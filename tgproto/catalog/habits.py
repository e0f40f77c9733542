"""Which dialect the gateway speaks, for procedures that go different ways, before anything is sent."""

from __future__ import annotations

from typing import NoReturn, cast

from tgproto.catalog.administration import NOTHING
from tgproto.catalog.call import Call
from tgproto.catalog.options import CallOptions
from tgproto.catalog.steps import Steps
from tgproto.dialect import Dialect
from tgproto.errors import LocalProtocolError


class _Found(LocalProtocolError):
    """How the dialect comes back.

    Args:
        dialect: The gateway's habits.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        super().__init__(dialect.name)


def dialect_of_gateway(name: str, flow: str | None, options: CallOptions) -> Steps[Dialect]:
    """Find out which dialect the gateway speaks. No request is sent but those that it takes to find out.

    A call is submitted that cannot be encoded, as the dialect is known where calls are.

    Args:
        name: What is being done, for errors.
        flow: Id of the flow that it is done in; None for none.
        options: How calls are made.

    Returns:
        The gateway's habits.

    Raises:
        CallError: It cannot be found out: no connection, no access, or no gateway.
        LocalProtocolError: No call is taken now, for instance as the client is closed.
    """

    def tell(dialect: Dialect) -> NoReturn:
        raise _Found(dialect)

    home = options.workspace
    probe = Call(service=name, arguments={}, start=NOTHING, flow=flow, workspace=home, named=tell)
    try:
        return cast("Dialect", (yield probe))
    except _Found as found:
        return found.dialect
