"""The flows of a gateway, or of one of its workspaces, and what starts and stops them.

A flow is made from a template: a class in gateway 1.x, a blueprint in 2.x. What cannot be done is an error,
in the words of the real service; whether anybody sees it depends on the generation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from tgproto import lenient
from tgproto.session.events import Payload
from tgproto.types.wire import encode

MAX_FLOWS = 1000
"""Flows that a workspace may have, and templates; more are not started."""

MAX_TEXT = 2**16
"""Longest template, and longest record of a flow, in characters."""

Members: TypeAlias = Mapping[str, object]
"""The members of a JSON object."""


class FlowError(Exception):
    """An operation cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a generation calls things.

    Attributes:
        template: What a flow is made from, `class` or `blueprint`.
        plural: The same in the names of operations.
        queue: Name of a queue, with places for `way`, `kind`, `workspace` and `flow`.
        rest: Further members of a template.
        kinds: The services that a flow can have.
    """

    template: str
    plural: str
    queue: str
    rest: Members
    kinds: Collection[str]

    @property
    def name(self) -> str:
        """The member with the name of a template."""
        return f"{self.template}-name"

    @property
    def names(self) -> str:
        """The member with the names of all templates."""
        return f"{self.template}-names"

    @property
    def definition(self) -> str:
        """The member with the text of a template."""
        return f"{self.template}-definition"

    def interfaces(self, kinds: Collection[str], workspace: str, flow: str) -> dict[str, object]:
        """Return the queues of services."""
        return {
            kind: {
                way: self.queue.format(way=way, kind=kind, workspace=workspace, flow=flow)
                for way in ("request", "response")
            }
            for kind in kinds
        }

    def kinds_in(self, definition: str) -> list[str]:
        """Return the services that the text of a template lists, as far as this gateway has them.

        Raises:
            FlowError: It lists none, not even an empty list.
        """
        listed = members_of(definition).get("interfaces")
        if not isinstance(listed, dict):
            raise FlowError(f"The {self.template} has no interfaces")
        return [kind for kind in cast("dict[str, object]", listed) if kind in self.kinds]


class Flows:
    """The flows and templates of one workspace.

    Args:
        spelling: How the generation calls things.
        workspace: Its name.
        flows: Flow id -> the services in it. Each has a template of the same name.
    """

    def __init__(self, spelling: Spelling, workspace: str, flows: Mapping[str, Collection[str]]) -> None:
        self._spelling = spelling
        self._workspace = workspace
        self._templates: dict[str, str] = {}
        self._flows: dict[str, dict[str, object]] = {}
        for name, services in flows.items():
            queues = spelling.interfaces(services, "{workspace}", "{id}")
            template = {"description": f"flow {name}", **spelling.rest, "interfaces": queues}
            self._templates[name] = _text(template)
            self._flows[name] = self._record(name, name, services, f"flow {name}", {})

    def services(self, flow: str) -> Collection[str] | None:
        """Return the services in a flow, or None if there is no such flow."""
        record = self._flows.get(flow)
        return None if record is None else cast("dict[str, object]", record["interfaces"]).keys()

    # --- operations ---------------------------------------------------------------------------

    def list_templates(self, body: Members) -> Members:  # noqa: ARG002
        """Name the templates."""
        return {self._spelling.names: list(self._templates)}

    def get_template(self, body: Members) -> Members:
        """Return the text of a template; None if there is none."""
        return {self._spelling.definition: self._templates.get(_name(body, self._spelling.name))}

    def put_template(self, body: Members) -> Members:
        """Keep a template."""
        name, text = _name(body, self._spelling.name), body.get(self._spelling.definition)
        _require(name, f"No {self._spelling.template} name")
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise FlowError(f"No {self._spelling.template} definition of at most {MAX_TEXT} characters")
        _require_room(self._templates, name)
        self._templates[name] = text
        return {}

    def delete_template(self, body: Members) -> Members:
        """Forget a template, if there is one."""
        self._templates.pop(_name(body, self._spelling.name), None)
        return {}

    def list_flows(self, body: Members) -> Members:  # noqa: ARG002
        """Name the flows."""
        return {"flow-ids": list(self._flows)}

    def get_flow(self, body: Members) -> Members:
        """Describe a flow."""
        record = self._flows.get(_name(body, "flow-id"))
        if record is None:  # the real service reads JSON that is not there
            raise FlowError("the JSON object must be str, bytes or bytearray, not NoneType")
        return {"flow": _text(record), **{name: record[name] for name in ("description", "parameters")}}

    def start_flow(self, body: Members) -> Members:
        """Start a flow from a template."""
        template, flow = _name(body, self._spelling.name), _name(body, "flow-id")
        _require(template, f"No {self._spelling.template} name")
        _require(flow, "No flow ID")
        if flow in self._flows:
            raise FlowError("Flow already exists")
        description = body.get("description")
        if not isinstance(description, str):
            raise FlowError("No description")
        if template not in self._templates:
            raise FlowError(f"{self._spelling.template.capitalize()} does not exist")
        kinds = self._spelling.kinds_in(self._templates[template])
        record = self._record(flow, template, kinds, description, _parameters(body))
        if len(_text(record)) > MAX_TEXT:
            raise FlowError("The flow would take more room than this gateway has for one")
        _require_room(self._flows, flow)
        self._flows[flow] = record
        return {}

    def stop_flow(self, body: Members) -> Members:
        """Stop a flow."""
        flow = _name(body, "flow-id")
        _require(flow, "No flow ID")
        if self._flows.pop(flow, None) is None:
            raise FlowError("Flow ID invalid")
        return {}

    def _record(
        self,
        flow: str,
        template: str,
        kinds: Collection[str],
        description: str,
        parameters: Mapping[str, str],
    ) -> dict[str, object]:
        return {
            "description": description,
            self._spelling.name: template,
            "interfaces": self._spelling.interfaces(kinds, self._workspace, flow),
            "parameters": parameters,
        }


Operation: TypeAlias = Callable[[Flows, Members], Members]
"""Takes a request, and returns the members that it fills, None for nothing; raises `FlowError`."""


def operations(spelling: Spelling) -> Mapping[str, Operation]:
    """Return what can be done with flows and templates, by the names of a generation."""
    return {
        f"list-{spelling.plural}": Flows.list_templates,
        f"get-{spelling.template}": Flows.get_template,
        f"put-{spelling.template}": Flows.put_template,
        f"delete-{spelling.template}": Flows.delete_template,
        "list-flows": Flows.list_flows,
        "get-flow": Flows.get_flow,
        "start-flow": Flows.start_flow,
        "stop-flow": Flows.stop_flow,
    }


def members_of(text: str | Payload) -> Members:
    """Return the members of a JSON object; none if it is something else."""
    try:
        value = lenient.loads(text)
    except lenient.JSONRefused:
        return {}
    return cast("Members", value) if isinstance(value, dict) else {}


def _name(body: Members, member: str) -> str:
    """Return the name in a member; empty, which names nothing, if there is none."""
    name = body.get(member)
    return name if isinstance(name, str) else ""


def _require(name: str, otherwise: str) -> None:
    if not name:
        raise FlowError(otherwise)


def _parameters(body: Members) -> dict[str, str]:
    """Return the parameters of a flow as texts."""
    parameters: object = body.get("parameters") or {}
    if isinstance(parameters, dict):
        values = cast("Members", parameters)
        if all(isinstance(value, str | int | float) for value in values.values()):
            return {name: str(value) for name, value in values.items()}
    raise FlowError("The parameters are no texts by name")


def _text(value: object) -> str:
    return encode(value).decode()


def _require_room(store: Mapping[str, object], name: str) -> None:
    if name not in store and len(store) >= MAX_FLOWS:
        raise FlowError(f"This gateway has room for {MAX_FLOWS} of them")
