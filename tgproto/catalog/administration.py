"""Answers of the global service `flow`, and acknowledgements of any."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from tgproto.catalog.reader import Start
from tgproto.catalog.single import single
from tgproto.errors import DecodeError, SilentFailure
from tgproto.types.records import FlowRecord
from tgproto.types.wire import Json, Shape

Definition: TypeAlias = dict[str, Json]
"""What a blueprint says."""


class Acknowledgement(msgspec.Struct, gc=False):
    """An answer that says nothing: 2.x sends a skeleton of empty members, whether it worked or not."""


class FlowIdsFrame(msgspec.Struct, gc=False, rename="kebab"):
    """The flows there are."""

    flow_ids: list[str]


class FlowFrame(msgspec.Struct, gc=False):
    """A flow, as JSON text within JSON; empty if there is none and the gateway lost the error."""

    flow: str | None = None


class WireFlow(msgspec.Struct, gc=False, rename="kebab"):
    """What that text says. 1.x has `class-name`."""

    blueprint_name: str | None = None
    class_name: str | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    interfaces: dict[str, Any] | None = None
    status: str | None = None


class BlueprintsFrame(msgspec.Struct, gc=False, rename="kebab"):
    """The blueprints there are. Gateways before 1.8.13 call them classes."""

    blueprint_names: list[str] | None = None
    class_names: list[str] | None = None


class BlueprintFrame(msgspec.Struct, gc=False, rename="kebab"):
    """A blueprint, as JSON text within JSON; empty or missing if there is none."""

    blueprint_definition: str | None = None
    class_definition: str | None = None


_ACKNOWLEDGEMENT: Final = Shape(Acknowledgement)
_FLOW_IDS: Final = Shape(FlowIdsFrame)
_FLOW: Final = Shape(FlowFrame)
_WIRE_FLOW: Final = Shape(WireFlow)
_BLUEPRINTS: Final = Shape(BlueprintsFrame)
_BLUEPRINT: Final = Shape(BlueprintFrame)
_DEFINITION: Final = Shape(dict[str, Any])


def _nothing(frame: Acknowledgement) -> None:  # noqa: ARG001
    return None


def _flow_ids(frame: FlowIdsFrame) -> list[str]:
    return frame.flow_ids


def _blueprint_names(frame: BlueprintsFrame) -> list[str]:
    names = frame.class_names if frame.blueprint_names is None else frame.blueprint_names
    if names is None:
        raise DecodeError("the answer has no member `blueprint-names`")
    return names


NOTHING: Final = single(_ACKNOWLEDGEMENT, _nothing)
"""Makes the readers of acknowledgements."""

FLOW_IDS: Final = single(_FLOW_IDS, _flow_ids)
"""Makes the readers of answers of `list-flows`."""

BLUEPRINT_NAMES: Final = single(_BLUEPRINTS, _blueprint_names)
"""Makes the readers of answers of `list-blueprints` and `list-classes`."""


def flow_record(flow_id: str) -> Start[FlowRecord, FlowRecord]:
    """Make the readers of answers of `get-flow` about one flow."""

    def convert(frame: FlowFrame) -> FlowRecord:
        if not frame.flow:
            raise SilentFailure(f"there is no flow {flow_id!r}, or the gateway lost the error")
        payload = frame.flow.encode("utf-8", "surrogatepass")
        wire = _WIRE_FLOW.decode(payload)
        return FlowRecord(
            flow_id,
            wire.blueprint_name or wire.class_name or "",
            wire.description or "",
            wire.parameters or {},
            wire.interfaces or {},
            wire.status or "",
            payload,
        )

    return single(_FLOW, convert)


def blueprint(name: str) -> Start[Definition, Definition]:
    """Make the readers of answers about one blueprint or class."""

    def convert(frame: BlueprintFrame) -> Definition:
        text = frame.blueprint_definition or frame.class_definition
        if not text:
            raise SilentFailure(f"there is no blueprint {name!r}, or the gateway lost the error")
        return _DEFINITION.decode(text.encode("utf-8", "surrogatepass"))

    return single(_BLUEPRINT, convert)
