"""Blueprints: what flows are started from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, cast

from tgproto import lenient
from tgproto.catalog import arguments as check
from tgproto.catalog.administration import BLUEPRINT_NAMES, NOTHING, Definition, blueprint
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.body import json_text
from tgproto.catalog.call import Call
from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.reader import Start, T
from tgproto.catalog.spelling import Spelling, has_blueprints
from tgproto.catalog.steps import Steps, step
from tgproto.dialect import Dialect
from tgproto.errors import SilentFailure

Names: TypeAlias = list[str]
"""Names of blueprints."""


@dataclass(frozen=True)
class BlueprintOps(GlobalScope):
    """Blueprints of one workspace. Gateways before 1.8.13 call them classes; so may callers."""

    service = "flow"
    entries: ClassVar = {
        "flow list-blueprints": "list_blueprints",
        "flow get-blueprint": "get_blueprint",
        "flow put-blueprint": "put_blueprint",
        "flow delete-blueprint": "delete_blueprint",
        "flow list-classes": "list_classes",
        "flow get-class": "get_class",
        "flow put-class": "put_class",
        "flow delete-class": "delete_class",
    }

    @operation
    def list_blueprints(self) -> Call[Names]:
        """List the blueprints.

        Returns:
            Their names. Gateways from 2.10.6 on also return none if the service failed.

        Raises:
            FlowError: The service failed.
        """
        return self._names()

    @operation
    def get_blueprint(
        self, blueprint_name: str | None = None, *, class_name: str | None = None
    ) -> Call[Definition]:
        """Read a blueprint.

        Args:
            blueprint_name: Its name. Needed.
            class_name: Older name of `blueprint_name`.

        Returns:
            Its definition, decoded.

        Raises:
            FlowError: The service failed.
            SilentFailure: There is no such blueprint; or the service failed, and the gateway (2.10.6 and
                later) lost the error.
            DecodeError: Its definition is no JSON object.
            TypeError: The name is no string, or missing.
            ValueError: The name is empty.
        """
        return self._definition(_name(blueprint_name, class_name))

    @procedure
    def put_blueprint(
        self,
        blueprint_name: str | None = None,
        definition: Mapping[str, object] | str | None = None,
        *,
        class_name: str | None = None,
    ) -> Steps[None]:
        """Write a blueprint, new or not, and see that it is there.

        Flows that were started from it before are not changed.

        Args:
            blueprint_name: Its name. Needed.
            definition: What it says, as a mapping of JSON values, or as JSON text of an object. Needed.
            class_name: Older name of `blueprint_name`.

        Raises:
            FlowError: The service failed.
            AccessDenied: The caller may not write.
            SilentFailure: The blueprint does not say that afterwards: the gateway lost the error, or somebody
                else wrote another one meanwhile.
            TypeError: An argument is of the wrong type, or missing.
            ValueError: The name is empty, or the text is no JSON object.
        """
        name = _name(blueprint_name, class_name)
        text, wanted = _text(definition)
        put = self._named(
            "put",
            name,
            NOTHING,
            Spelling(has_blueprints, {"blueprint-definition": text}, {"class-definition": text}),
        )
        yield from step(put)
        try:
            there = yield from step(self._definition(name))
        except SilentFailure:
            there = None
        if there != wanted:
            raise SilentFailure(
                f"the blueprint {name!r} is not what was put there: the gateway lost the error, or somebody "
                "else wrote another one",
                context=put.context,
            )

    @procedure
    def delete_blueprint(
        self, blueprint_name: str | None = None, *, class_name: str | None = None
    ) -> Steps[None]:
        """Delete a blueprint, and see that it is gone. One that is not there is passed over.

        Args:
            blueprint_name: Its name. Needed.
            class_name: Older name of `blueprint_name`.

        Raises:
            FlowError: The service failed.
            AccessDenied: The caller may not write.
            SilentFailure: The blueprint is still there, and the gateway lost the error.
            TypeError: The name is no string, or missing.
            ValueError: The name is empty.
        """
        name = _name(blueprint_name, class_name)
        delete = self._named("delete", name, NOTHING)
        yield from step(delete)
        if name in (yield from step(self._names())):
            raise SilentFailure(
                f"the blueprint {name!r} was not deleted, and the gateway lost the error",
                context=delete.context,
            )

    list_classes = list_blueprints
    get_class = get_blueprint
    put_class = put_blueprint
    delete_class = delete_blueprint

    def _names(self) -> Call[Names]:
        return self._call(_either("list-blueprints", "list-classes"), {}, BLUEPRINT_NAMES)

    def _definition(self, name: str) -> Call[Definition]:
        return self._named("get", name, blueprint(name))

    def _named(self, verb: str, name: str, start: Start[object, T], *more: Spelling) -> Call[T]:
        """Return a call about one blueprint."""
        told = Spelling(has_blueprints, {"blueprint-name": name}, {"class-name": name})
        return self._call(_either(f"{verb}-blueprint", f"{verb}-class"), {}, start, told, *more)


def _either(blueprint: str, otherwise: str) -> Callable[[Dialect], str]:
    """Return what an operation is called, as a function of the dialect."""
    return lambda dialect: blueprint if has_blueprints(dialect) else otherwise


def _name(blueprint_name: str | None, class_name: str | None) -> str:
    return check.renamed(check.name_of, "blueprint_name", blueprint_name, "class_name", class_name)


def _text(definition: object) -> tuple[str, object]:
    """Return a definition as JSON text, and what that says."""
    if isinstance(definition, str):
        text = check.text("definition", definition)
    else:
        text = json_text("definition", check.mapping("definition", definition))
    try:
        decoded = lenient.loads(text)
    except lenient.JSONRefused as error:
        raise ValueError(f"definition must be JSON text of an object, but {error}") from None
    if not isinstance(decoded, dict):
        raise ValueError("definition must be JSON text of an object, but it is another value")
    return text, cast("object", decoded)
