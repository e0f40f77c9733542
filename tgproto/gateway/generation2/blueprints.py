"""The global service `flow`: flows and the blueprints they are made from (gateway 2.11.1).

Its failures are invisible, as in every gateway since 2.10.6: what cannot be done is answered like what was
done, with an empty skeleton.
"""

from __future__ import annotations

from typing import cast

from tgproto.gateway.flows import FlowError, Flows, Members, Spelling, operations

BLUEPRINTS = Spelling(
    template="blueprint",
    plural="blueprints",
    queue="{way}:tg:{kind}:{workspace}:{flow}",
    rest={"tags": [], "blueprint": {}, "flow": {}},
)
OPERATIONS = operations(BLUEPRINTS)

SKELETON: Members = {
    "blueprint-names": [],
    "flow-ids": [],
    "blueprint-definition": "",
    "flow": "",
    "description": "",
    "parameters": {},
}
"""What is answered, whatever was asked; operations fill some of it."""


def manage(flows: Flows, body: Members) -> Members:
    """Carry out a request.

    Args:
        flows: The flows of a workspace.
        body: The request; its `operation` is a key of `OPERATIONS`.

    Returns:
        The response.
    """
    operation = cast("str", body["operation"])
    try:
        answer = {**SKELETON, **OPERATIONS[operation](flows, body)}
    except FlowError:
        return SKELETON
    return {name: value for name, value in answer.items() if value is not None}
