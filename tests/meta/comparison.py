"""Compares live modules with the recorded surface of others: names, signatures, attributes.

What is compared is what `conformance/upstream/surface.py` records. To have more than was recorded is no
difference, but for parameters, fields and `__all__`. Annotations are not compared. They are read where a
function stands for something else: for a coroutine function if it promises an awaitable, for a generator if
it promises an iterator.
"""

from __future__ import annotations

import builtins
import enum
import inspect
import types
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin

from conformance.upstream import surface

MISSING = object()
Members = dict[str, Any]

PROMISES: dict[str, Any] = {
    "coroutine": Awaitable,
    "generator": Iterator,
    "async generator": AsyncIterator,
}
"""What a call returns, by the kind of what is called."""

UNSAID = {"kind": "positional or keyword"}


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was recorded.

    Attributes:
        where: The recorded name of a module, class, function or method, or the expression for an instance.
        what: The aspect of it.
        text: What is otherwise.
    """

    where: str
    what: str
    text: str

    @property
    def key(self) -> str:
        """What it is called in a table of differences on purpose."""
        return f"{self.where}: {self.what}"

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


def judge(found: Sequence[Difference], on_purpose: Mapping[str, str]) -> list[str]:
    """Return what is wrong: differences that nobody wanted, and wanted ones that are none.

    Args:
        found: The differences.
        on_purpose: The reason for each that is wanted, by its key.
    """
    keys = {difference.key for difference in found}
    wrong = list(dict.fromkeys(str(each) for each in found if each.key not in on_purpose))
    return wrong + [f"{key}: there is no such difference any more" for key in on_purpose if key not in keys]


def compare(recorded: Members, modules: Mapping[str, types.ModuleType | None]) -> list[Difference]:
    """Return what differs.

    Args:
        recorded: What `surface.survey` returned.
        modules: What stands for each of the recorded modules; None if there is nothing.
    """
    return list(_Comparison(recorded, modules).differences())


class _Comparison:
    def __init__(self, recorded: Members, modules: Mapping[str, types.ModuleType | None]) -> None:
        self._recorded = recorded
        self._modules = modules
        self._labels = surface.Labels()
        self._things = {
            f"{place}.{name}": getattr(modules[place], name)
            for place, module in recorded["modules"].items()
            for name in module["names"]
            if hasattr(modules[place], name)
        }
        for label, thing in self._things.items():
            self._labels.see(thing, label)

    def differences(self) -> Iterator[Difference]:
        for place, module in self._recorded["modules"].items():
            if self._modules[place] is None:
                yield Difference(place, "missing", "there is no such module")
            else:
                yield from self._module(place, module)
        for label, entry in self._recorded["samples"].items():
            if callable(self._things.get(label)):
                yield from self._sample(label, entry)
        yield from self._instances()

    def _module(self, place: str, module: Members) -> Iterator[Difference]:
        exported = getattr(self._modules[place], "__all__", ())
        if module["all"] is not None and set(exported) != set(module["all"]):
            faults = [f"lacks {name!r}" for name in module["all"] if name not in exported]
            faults += [f"has {name!r}" for name in exported if name not in module["all"]]
            yield Difference(place, "__all__", "; ".join(faults))
        for name, entry in module["names"].items():
            yield from self._name(f"{place}.{name}", entry)

    def _name(self, where: str, entry: Members) -> Iterator[Difference]:
        thing = self._things.get(where, MISSING)
        if thing is MISSING:
            yield Difference(where, "missing", f"there is no such {entry['is'].replace('same', 'name')}")
        elif entry["is"] == "same":
            if thing is not self._things.get(entry["as"], MISSING):
                yield Difference(where, "same", f"is not {entry['as']}")
        elif entry["is"] == "class":
            yield from self._class(where, entry, thing)
        elif entry["is"] == "function":
            yield from _function(where, entry, thing, surface.parameters(thing) if callable(thing) else None)
        else:
            yield from self._value(where, "value", entry["value"], thing)

    def _class(self, where: str, entry: Members, cls: Any) -> Iterator[Difference]:
        if not isinstance(cls, type):
            yield Difference(where, "class", f"is no class but {cls!r}")
            return
        if cls.__name__ != entry["name"]:
            yield Difference(where, "name", f"calls itself {cls.__name__}")
        lost = [name for name in entry.get("ancestors", ()) if not self._descends(cls, name)]
        if lost:
            yield Difference(where, "ancestors", f"is no {' and no '.join(lost)}")
        if entry["constructor"] is not None:
            yield from _listed(where, "constructor", entry["constructor"], surface.constructor(cls))
        if "fields" in entry:
            yield from _listed(where, "fields", entry["fields"], surface.describe_fields(cls, self._labels))
        if surface.is_frozen(cls) and "frozen" not in entry:
            yield Difference(where, "frozen", "lets no attribute be set")
        for name, method in entry.get("methods", {}).items():
            yield from _method(f"{where}.{name}", method, cls)
        for name, shown in entry.get("constants", {}).items():
            value = getattr(cls, name, MISSING)
            value = value.value if isinstance(value, enum.Enum) else value
            yield from self._value(f"{where}.{name}", "value", shown, value)

    def _descends(self, cls: type, label: str) -> bool:
        ancestor = self._things.get(label, getattr(builtins, label, None))
        if isinstance(ancestor, type):
            return issubclass(cls, ancestor)
        return label in {surface.full_name(base) for base in cls.__mro__}

    def _value(self, where: str, what: str, shown: str, value: object) -> Iterator[Difference]:
        if value is MISSING:
            yield Difference(where, what, f"is missing, recorded is {shown}")
        elif not self._is_shown(shown, value):
            yield Difference(where, what, f"is {self._labels.show(value)}, recorded is {shown}")

    def _is_shown(self, shown: str, value: object) -> bool:
        kind = self._things.get(shown[1:-1]) if shown.startswith("<") else None
        return isinstance(value, kind) if isinstance(kind, type) else self._labels.show(value) == shown

    def _sample(self, where: str, entry: Members) -> Iterator[Difference]:
        try:
            instance = self._things[where](*entry["arguments"])
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a difference)
            yield Difference(where, "sample", f"with {entry['arguments']} raises {error!r}")
            return
        if "returns" in entry:
            yield from self._value(where, "returns", entry["returns"], instance)
        yield from self._attributes(where, entry.get("attributes", {}), instance)
        if "text" in entry and str(instance) != entry["text"]:
            yield Difference(where, "text", f"is {str(instance)!r}, recorded is {entry['text']!r}")

    def _attributes(self, where: str, entries: Mapping[str, str], instance: object) -> Iterator[Difference]:
        for name, shown in entries.items():
            yield from self._value(where, f"attribute {name}", shown, getattr(instance, name, MISSING))

    def _instances(self) -> Iterator[Difference]:
        root = self._recorded["instances"][0]["class"]
        for entry in self._recorded["instances"]:
            if not isinstance(self._things.get(root), type):
                return
            where = f"{root}()" + "".join(map(surface.written, entry["calls"]))
            try:
                made = self._things[root](**entry["arguments"])
            except Exception as error:  # noqa: BLE001  (whatever it is, it is a difference)
                yield Difference(where, "call", f"with {entry['arguments']} raises {error!r}")
                continue
            try:
                yield from self._instance(where, entry, made)
            finally:
                getattr(made, "close", lambda: None)()

    def _instance(self, where: str, entry: Members, made: Any) -> Iterator[Difference]:
        again = made
        for name, *arguments in entry["calls"]:
            try:
                made, again = getattr(made, name)(*arguments), getattr(made, name)(*arguments)
            except Exception as error:  # noqa: BLE001  (whatever it is, it is a difference)
                yield Difference(where, "call", f"raises {error!r}")
                return
        if entry["kept"] and made is not again:
            yield Difference(where, "kept", "is another object each time")
        label = entry["class"]
        if label in self._recorded["returned"] and label not in self._things:
            self._things[label] = type(made)
            yield from self._class(label, self._recorded["returned"][label], type(made))
        if label in self._things and not isinstance(made, self._things[label]):
            yield Difference(where, "class", f"is {self._labels.show(made)}, recorded is <{label}>")
        yield from self._attributes(where, entry["attributes"], made)


def _method(where: str, entry: Members, cls: type) -> Iterator[Difference]:
    name = where.rpartition(".")[2]
    value = inspect.getattr_static(cls, name, MISSING)
    if value is MISSING:
        yield Difference(where, "missing", "there is no such method or property")
    elif entry["kind"] == "property":
        if not isinstance(value, property):
            yield Difference(where, "kind", "is no property")
    elif not callable(function := getattr(cls, name)):
        yield Difference(where, "kind", "is no method")
    else:
        of_class = isinstance(value, (staticmethod, classmethod))
        if "binding" in entry and not of_class:
            yield Difference(where, "binding", "needs an instance")
        yield from _function(where, entry, function, surface.parameters(function)[0 if of_class else 1 :])


def _function(
    where: str, entry: Members, function: Any, parameters: list[Members] | None
) -> Iterator[Difference]:
    if parameters is None:
        yield Difference(where, "kind", f"is no function but {function!r}")
        return
    kind, recorded = surface.kind_of(function), entry["kind"]
    if kind != recorded:
        if kind != "function" or not _promises(function, recorded):
            yield Difference(where, "kind", f"is a {kind}, recorded is a {recorded}")
    elif kind == "function" and _promises(function, "coroutine"):
        yield Difference(where, "kind", "returns an awaitable, recorded is a function")
    yield from _listed(where, "parameters", entry["parameters"], parameters)


def _promises(function: Any, kind: str) -> bool:
    """Whether the annotation of a function says that it returns what one of this kind does."""
    try:
        hint = inspect.signature(function, eval_str=True).return_annotation
    except NameError:
        return False
    hints = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    origins = [get_origin(each) or each for each in hints]
    return all(isinstance(origin, type) and issubclass(origin, PROMISES[kind]) for origin in origins)


def _listed(
    where: str, what: str, recorded: list[Members], ours: list[Members] | None
) -> Iterator[Difference]:
    """Compare parameters or fields: names, order, and what is said of each."""
    before = {entry["name"]: entry for entry in recorded}
    now = {entry["name"]: entry for entry in ours or ()}
    faults = [f"lacks {name!r}" for name in before if name not in now]
    faults += [f"has {name!r}" for name in now if name not in before]
    if not faults and list(now) != list(before):
        faults.append(f"has the order {', '.join(now)}, recorded is {', '.join(before)}")
    for name in [name for name in before if name in now]:
        for key in sorted(before[name].keys() | now[name].keys()):
            then, given = (entry[name].get(key, UNSAID.get(key, "none")) for entry in (before, now))
            if given != then:
                faults.append(f"{key} of {name!r} is {given}, recorded is {then}")
    if faults:
        yield Difference(where, what, "; ".join(faults))
