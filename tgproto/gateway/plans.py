"""What becomes of a template when a flow is started from it.

It is tried as it is: what is wrong with it is said in the words of Python, as by a real gateway.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast


class PlanError(Exception):
    """A template cannot be used; the message says why."""


class Plan:
    """A template as an object.

    Args:
        text: What was kept as a template; None if it is there no more.
        room: Characters that the interfaces of the flow may have.

    Raises:
        PlanError: It is not JSON.
    """

    def __init__(self, text: str | None, room: int) -> None:
        self._room = room
        with _in_pythons_words():
            self._value: Any = json.loads(cast("str", text))

    def check(self, *sections: str) -> None:
        """Look at the names of the processors.

        Args:
            sections: The members that list them.

        Raises:
            PlanError: A section is missing, or has a name without a colon.
        """
        with _in_pythons_words():
            for section in sections:
                for entry in self._value[section].items():
                    _processor, _variant = entry[0].split(":", 1)

    def parameters(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the parameters of a flow: those that are given, and those that follow another one.

        Args:
            given: What whoever starts the flow wants.

        Raises:
            PlanError: The template says something about parameters that cannot be read.
        """
        with _in_pythons_words():
            if "parameters" not in self._value:
                return dict(given)
            known = dict(self._value["parameters"].items())
            found = {name: given[name] for name in known if name in given}
            for name, about in known.items():
                if name not in found and about.get("controlled-by") in found:
                    found[name] = found[about["controlled-by"]]
            return {**found, **{name: value for name, value in given.items() if name not in found}}

    def interfaces(self, names: Mapping[str, str]) -> dict[str, object]:
        """Return the interfaces of a flow, with names in their places.

        Args:
            names: What to put where a name in braces is, in this order.

        Raises:
            PlanError: They cannot be read, or are too long with the names in their places.
        """
        with _in_pythons_words():
            listed = self._value.get("interfaces", {})
            return {kind: self._placed(queues, names) for kind, queues in listed.items()}

    def _placed(self, queues: Any, names: Mapping[str, str]) -> object:
        if not isinstance(queues, str):
            return {way: self._replaced(queue, names) for way, queue in queues.items()}
        return self._replaced(queues, names)

    def _replaced(self, text: Any, names: Mapping[str, str]) -> str:
        for name, value in names.items():
            replace, place = text.replace, f"{{{name}}}"
            if len(text) + text.count(place) * len(value) > self._room:
                raise PlanError("The flow would take more room than this gateway has for one")
            text = replace(place, value)
        self._room -= len(text)
        return cast("str", text)


@contextmanager
def _in_pythons_words() -> Generator[None]:
    try:
        yield
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise PlanError(str(error)) from None
