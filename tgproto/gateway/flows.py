"""The flows of a gateway, or of one of its workspaces, and what starts and stops them.

A flow is made from a template: a class in gateway 1.x, a blueprint in 2.x. What cannot be done is an error,
in the words of the real service; whether anybody sees it depends on the generation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from tgproto import lenient
from tgproto.gateway.plans import Plan, PlanError
from tgproto.gateway.stores.failures import ServiceFailure
from tgproto.session.events import Payload

MAX_FLOWS = 1000
"""Flows that a workspace may have, and templates; more are not started."""

MAX_TEXT = 2**16
"""Longest template, and longest record of a flow, in characters."""

Members: TypeAlias = Mapping[str, object]
"""The members of a JSON object."""


class FlowError(ServiceFailure):
    """An operation cannot be done; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__("flow-error", message)


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a generation calls things.

    Attributes:
        template: What a flow is made from, `class` or `blueprint`.
        plural: The same in the names of operations.
        queue: Name of a queue, with places for `way`, `kind`, `workspace` and `flow`.
        rest: Further members of a template.
    """

    template: str
    plural: str
    queue: str
    rest: Members

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
            self._flows[name] = self._planned(name, name, f"flow {name}", {})

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
        return {self._spelling.definition: self._template(body)}

    def put_template(self, body: Members) -> Members:
        """Keep a template."""
        name = _named(body, self._spelling.name, f"No {self._spelling.template} name")
        text = body.get(self._spelling.definition)
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise FlowError(f"No {self._spelling.template} definition of at most {MAX_TEXT} characters")
        _require_room(self._templates, name)
        self._templates[name] = text
        return {}

    def delete_template(self, body: Members) -> Members:
        """Forget a template, if there is one."""
        if (name := _name(body, self._spelling.name)) is not None:
            self._templates.pop(name, None)
        return {}

    def list_flows(self, body: Members) -> Members:  # noqa: ARG002
        """Name the flows."""
        return {"flow-ids": list(self._flows)}

    def get_flow(self, body: Members) -> Members:
        """Describe a flow."""
        flow = _name(body, "flow-id")
        record = None if flow is None else self._flows.get(flow)
        if record is None:  # the real service reads JSON that is not there
            raise FlowError("the JSON object must be str, bytes or bytearray, not NoneType")
        return {"flow": _text(record), **{name: record[name] for name in ("description", "parameters")}}

    def start_flow(self, body: Members) -> Members:
        """Start a flow from a template."""
        template = _named(body, self._spelling.name, f"No {self._spelling.template} name")
        flow = _named(body, "flow-id", "No flow ID")
        if flow in self._flows:
            raise FlowError("Flow already exists")
        description = body.get("description")
        if not isinstance(description, str):
            raise FlowError("No description")
        if template not in self._templates:
            raise FlowError(f"{self._spelling.template.capitalize()} does not exist")
        record = self._planned(flow, template, description, _parameters(body))
        if len(_text(record)) > MAX_TEXT:
            raise FlowError("The flow would take more room than this gateway has for one")
        _require_room(self._flows, flow)
        self._flows[flow] = record
        return {}

    def stop_flow(self, body: Members) -> Members:
        """Stop a flow."""
        flow = _named(body, "flow-id", "No flow ID")
        if flow not in self._flows:
            raise FlowError("Flow ID invalid")
        template = cast("str", self._flows[flow][self._spelling.name])
        try:
            Plan(self._templates.get(template), MAX_TEXT).check("flow")
        except PlanError as error:
            raise FlowError(str(error)) from None
        del self._flows[flow]
        return {}

    def _template(self, body: Members) -> str | None:
        name = _name(body, self._spelling.name)
        return None if name is None else self._templates.get(name)

    def _planned(
        self, flow: str, template: str, description: str, given: Mapping[str, str]
    ) -> dict[str, object]:
        spelling = self._spelling
        names = {"workspace": self._workspace} if self._workspace else {}
        try:
            plan = Plan(self._templates[template], MAX_TEXT)
            parameters = plan.parameters(given)
            plan.check(spelling.template, "flow")
            interfaces = plan.interfaces({**names, spelling.template: template, "id": flow, **parameters})
        except PlanError as error:
            raise FlowError(str(error)) from None
        return {
            "description": description,
            spelling.name: template,
            "interfaces": interfaces,
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


def _name(body: Members, member: str) -> str | None:
    """Return the name in a member; None if there is none."""
    name = body.get(member)
    return name if isinstance(name, str) else None


def _named(body: Members, member: str, otherwise: str) -> str:
    name = _name(body, member)
    if name is None:
        raise FlowError(otherwise)
    return name


def _parameters(body: Members) -> dict[str, str]:
    """Return the parameters of a flow as texts."""
    parameters: object = body.get("parameters") or {}
    if isinstance(parameters, dict):
        values = cast("Members", parameters)
        if all(isinstance(value, str | int | float) for value in values.values()):
            return {name: str(value) for name, value in values.items()}
    raise FlowError("The parameters are no texts by name")


def _text(value: object) -> str:
    return json.dumps(value)


def _require_room(store: Mapping[str, object], name: str) -> None:
    if name not in store and len(store) >= MAX_FLOWS:
        raise FlowError(f"This gateway has room for {MAX_FLOWS} of them")
