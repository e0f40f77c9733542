"""The global service `flow`: flows and the classes they are made from (gateway 1.7.1).

An answer has no more members than the operation fills, so that an acknowledgement has none; errors are said.
"""

from __future__ import annotations

from collections.abc import Iterator

from tgproto.gateway.flows import FlowError, Flows, Members, Spelling, operations
from tgproto.gateway.generation1.bodies import Body, reading
from tgproto.gateway.generation1.tellers import failed
from tgproto.gateway.steps import Step
from tgproto.gateway.telling import last

CLASSES = Spelling(
    template="class",
    plural="classes",
    queue="non-persistent://tg/{way}/{kind}:{flow}",
    rest={"class": {}, "flow": {}},
)
OPERATIONS = operations(CLASSES)

_TEXTS = ("class-name", "class-definition", "description", "flow-id")


def _flow(body: Body, flows: Flows) -> Iterator[Step]:
    operation = body.text("operation")
    texts = {member: body.optional_text(member) for member in _TEXTS}
    return _managed(flows, operation, {**texts, "parameters": body.named_texts("parameters")})


def _managed(flows: Flows, operation: str, members: Members) -> Iterator[Step]:
    if operation not in OPERATIONS:
        yield failed("bad-operation", "Bad operation")
        return
    try:
        filled = OPERATIONS[operation](flows, members)
    except FlowError as error:
        yield failed("flow-error", str(error))
        return
    yield last({name: value for name, value in filled.items() if value is not None})


manage = reading(_flow)
"""Carries out a request to the service `flow`."""
