"""The flows of one workspace, and the global service `flow` that starts and stops them (gateway 2.11.1).

Its failures are invisible, as in every gateway since 2.10.6: what cannot be done is answered like what was
done, with an empty skeleton.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias, TypeVar, cast

from tgproto import lenient
from tgproto.gateway.services import SERVICES
from tgproto.session.events import Payload
from tgproto.types.wire import encode

MAX_FLOWS = 1000
"""Flows that a workspace may have, and blueprints; more are not started."""

MAX_TEXT = 2**16
"""Longest blueprint, and longest record of a flow, in characters."""

Members: TypeAlias = Mapping[str, object]
"""The members of a JSON object."""

T = TypeVar("T")

_SKELETON: Members = {
    "blueprint-names": [],
    "flow-ids": [],
    "blueprint-definition": "",
    "flow": "",
    "description": "",
    "parameters": {},
}


class Flows:
    """The flows and blueprints of one workspace.

    Args:
        workspace: Its name.
        flows: Flow id -> the services in it. Each has a blueprint of the same name.
    """

    def __init__(self, workspace: str, flows: Mapping[str, Collection[str]]) -> None:
        self._workspace = workspace
        self._blueprints: dict[str, str] = {}
        self._flows: dict[str, dict[str, object]] = {}
        for name, services in flows.items():
            self._blueprints[name] = _text(_blueprint(name, services))
            self._start(name, name, f"flow {name}", {})

    def services(self, flow: str) -> Collection[str] | None:
        """Return the services in a flow, or None if there is no such flow."""
        record = self._flows.get(flow)
        return None if record is None else cast("dict[str, object]", record["interfaces"]).keys()

    def manage(self, operation: str, body: Members) -> dict[str, object]:
        """Carry out a request to the global service `flow`.

        Args:
            operation: A key of `OPERATIONS`.
            body: The request.

        Returns:
            The response. Whether the operation succeeded cannot be seen in it.
        """
        answer = {**_SKELETON, **OPERATIONS[operation](self, body)}
        return {name: value for name, value in answer.items() if value is not None}

    # --- operations ---------------------------------------------------------------------------

    def list_blueprints(self, body: Members) -> Members:  # noqa: ARG002
        """Answer `list-blueprints`."""
        return {"blueprint-names": list(self._blueprints)}

    def get_blueprint(self, body: Members) -> Members:
        """Answer `get-blueprint`: without a definition if there is none."""
        return {"blueprint-definition": self._blueprints.get(_name(body, "blueprint-name"))}

    def put_blueprint(self, body: Members) -> Members:
        """Do `put-blueprint`."""
        name, definition = _name(body, "blueprint-name"), body.get("blueprint-definition")
        if name and isinstance(definition, str) and len(definition) <= MAX_TEXT:
            _put(self._blueprints, name, definition)
        return {}

    def delete_blueprint(self, body: Members) -> Members:
        """Do `delete-blueprint`."""
        self._blueprints.pop(_name(body, "blueprint-name"), None)
        return {}

    def list_flows(self, body: Members) -> Members:  # noqa: ARG002
        """Answer `list-flows`."""
        return {"flow-ids": list(self._flows)}

    def get_flow(self, body: Members) -> Members:
        """Answer `get-flow`."""
        record = self._flows.get(_name(body, "flow-id"))
        if record is None:
            return {}
        return {"flow": _text(record), **{name: record[name] for name in ("description", "parameters")}}

    def start_flow(self, body: Members) -> Members:
        """Do `start-flow`, unless something is missing, or the flow is there already."""
        flow, blueprint = _name(body, "flow-id"), _name(body, "blueprint-name")
        description, parameters = body.get("description"), _parameters(body)
        if isinstance(description, str) and parameters is not None and flow not in self._flows:
            self._start(flow, blueprint, description, parameters)
        return {}

    def stop_flow(self, body: Members) -> Members:
        """Do `stop-flow`."""
        self._flows.pop(_name(body, "flow-id"), None)
        return {}

    def _start(self, flow: str, blueprint: str, description: str, parameters: Mapping[str, str]) -> None:
        interfaces = _interfaces(self._blueprints.get(blueprint, ""))
        if not flow or interfaces is None:
            return
        record: dict[str, object] = {
            "description": description,
            "blueprint-name": blueprint,
            "interfaces": {
                kind: {way: f"{way}:tg:{kind}:{self._workspace}:{flow}" for way in ("request", "response")}
                for kind in interfaces
            },
            "parameters": parameters,
        }
        if len(_text(record)) <= MAX_TEXT:
            _put(self._flows, flow, record)


OPERATIONS: Mapping[str, Callable[[Flows, Members], Members]] = {
    "list-blueprints": Flows.list_blueprints,
    "get-blueprint": Flows.get_blueprint,
    "put-blueprint": Flows.put_blueprint,
    "delete-blueprint": Flows.delete_blueprint,
    "list-flows": Flows.list_flows,
    "get-flow": Flows.get_flow,
    "start-flow": Flows.start_flow,
    "stop-flow": Flows.stop_flow,
}
"""What the global service `flow` can do."""


def members_of(text: str | Payload) -> Members:
    """Return the members of a JSON object; none if it is something else."""
    try:
        value = lenient.loads(text)
    except lenient.JSONRefused:
        return {}
    return cast("Members", value) if isinstance(value, dict) else {}


def _blueprint(name: str, services: Collection[str]) -> dict[str, object]:
    queues = {
        kind: {way: f"{way}:tg:{kind}:{{workspace}}:{{id}}" for way in ("request", "response")}
        for kind in services
    }
    return {"description": f"flow {name}", "tags": [], "interfaces": queues, "blueprint": {}, "flow": {}}


def _interfaces(definition: str) -> list[str] | None:
    """Return the services of a blueprint, as far as this gateway has them; None if it is no blueprint."""
    interfaces = members_of(definition).get("interfaces")
    if not isinstance(interfaces, dict):
        return None
    return [kind for kind in cast("dict[str, object]", interfaces) if kind in SERVICES]


def _name(body: Members, member: str) -> str:
    """Return the name in a member; empty, which names nothing, if there is none."""
    name = body.get(member)
    return name if isinstance(name, str) else ""


def _parameters(body: Members) -> dict[str, str] | None:
    """Return the parameters of a flow as texts, or None if they are no such thing."""
    parameters: object = body.get("parameters") or {}
    if not isinstance(parameters, dict):
        return None
    values = cast("Members", parameters)
    if not all(isinstance(value, str | int | float) for value in values.values()):
        return None
    return {name: str(value) for name, value in values.items()}


def _text(value: object) -> str:
    return encode(value).decode()


def _put(store: dict[str, T], name: str, value: T) -> None:
    if name in store or len(store) < MAX_FLOWS:
        store[name] = value
