"""The global service `flow`: flows and the classes they are made from (gateway 1.7.1).

An answer has no more members than the operation fills, so that an acknowledgement has none; errors are said.
"""

from __future__ import annotations

from tgproto.gateway.flows import Flows, Members, Spelling, operations
from tgproto.gateway.generation1.bodies import Body

CLASSES = Spelling(
    template="class",
    plural="classes",
    queue="non-persistent://tg/{way}/{kind}:{flow}",
    rest={"class": {}, "flow": {}},
)
OPERATIONS = operations(CLASSES)

_TEXTS = ("class-name", "class-definition", "description", "flow-id")


def carry_out(operation: str, flows: Flows, body: Body) -> Members:
    """Carry out a request to the service `flow`.

    Args:
        operation: A key of `OPERATIONS`.
        flows: The flows of the gateway.
        body: The request.

    Returns:
        The response.

    Raises:
        ServiceFailure: It cannot be done, or not be read.
    """
    texts = {member: body.optional_text(member) for member in _TEXTS}
    filled = OPERATIONS[operation](flows, {**texts, "parameters": body.named_texts("parameters")})
    return {name: value for name, value in filled.items() if value is not None}
