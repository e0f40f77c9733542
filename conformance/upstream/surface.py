"""Print the surface of upstream's Python package, as it is installed where this runs, as JSON.

    .venv-gateway/bin/python conformance/upstream/surface.py > tests/data/surface-2.11.1.json

It is names, signatures and plain values, all found by looking: at the public names of MODULES, at the classes
behind them, and at what an `Api` returns without a network.
"""

import dataclasses
import enum
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from types import FunctionType, ModuleType, NoneType

DISTRIBUTION = "trustgraph-base"
MODULES = ("trustgraph.knowledge", "trustgraph.api", "trustgraph.api.types", "trustgraph.api.exceptions")
ROOT = ("trustgraph.api", "Api")
ARGUMENTS = (
    {},
    {"url": "https://gateway.example", "timeout": 7, "token": "sample-token", "workspace": "sample"},
    {"url": "ws://gateway.example/"},
)
"""What the root is made with; of these, whatever it has a parameter for."""

WIDTH = 110
SCALARS = (NoneType, bool, int, float, str, bytes)
BRACKETS = {list: "[]", tuple: "()", set: "{}", dict: "{}"}
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg")

Entry = dict[str, object]


class Labels:
    """What classes and functions are called: after the first place where each was seen."""

    def __init__(self) -> None:
        self._places: dict[int, tuple[str, object]] = {}

    def see(self, thing: object, place: str) -> str:
        """Return the first place of a thing, which is this one if it is new."""
        return self._places.setdefault(id(thing), (place, thing))[0]

    def of(self, kind: type) -> str:
        """Return what a class is called; one that was never seen keeps its own name."""
        return self._places.get(id(kind), (full_name(kind), kind))[0]

    def show(self, value: object) -> str:
        """Return a value as text: classes and instances of classes by their label."""
        if isinstance(value, type):
            return self.of(value)
        if type(value) in SCALARS:
            return repr(value)
        if type(value) not in BRACKETS:
            return f"<{self.of(type(value))}>"
        shown = [self.show(item) for item in value]
        if isinstance(value, dict):
            shown = [f"{key}: {self.show(item)}" for key, item in zip(shown, value.values(), strict=True)]
        return ", ".join(shown).join(BRACKETS[type(value)])


def full_name(kind: type) -> str:
    """Return the name of a class with its module, unless that is `builtins`."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def survey(modules: Mapping[str, ModuleType], root: tuple[str, str] = ROOT) -> Entry:
    """Return the surface of some modules.

    Args:
        modules: The modules by name; what an earlier one has, a later one just refers to.
        root: Module and name of the class whose instances are looked at, with all that they return.

    Returns:
        `modules`: for each its `__all__` and its public names; `instances`: what the root returns;
        `returned`: the classes of those that no module exports; `samples`: what other classes and functions
        make of plain arguments.
    """
    labels = Labels()
    things = {f"{place}.{name}": thing for place in modules for name, thing in _public(modules[place])}
    first = {here: here if _is_constant(thing) else labels.see(thing, here) for here, thing in things.items()}
    returned, instances = _walk(getattr(modules[root[0]], root[1]), labels)
    return {
        "modules": {
            place: {
                "all": getattr(module, "__all__", None),
                "names": {
                    name: _described(thing, f"{place}.{name}", first[f"{place}.{name}"], labels)
                    for name, thing in _public(module)
                },
            }
            for place, module in modules.items()
        },
        "returned": returned,
        "instances": instances,
        "samples": _samples(things, {str(instance["class"]) for instance in instances}, labels),
    }


def _public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield what a module has for its users, but not what it has from other distributions."""
    package = module.__name__.partition(".")[0]
    for name, thing in vars(module).items():
        if not name.startswith("_") and (_is_constant(thing) or _is_of(thing, package)):
            yield name, thing


def _is_constant(value: object) -> bool:
    return type(value) in (*SCALARS, *BRACKETS)


def _is_of(value: object, package: str) -> bool:
    return isinstance(value, (type, FunctionType)) and value.__module__.partition(".")[0] == package


def _described(thing: object, here: str, first: str, labels: Labels) -> Entry:
    if first != here:
        return {"is": "same", "as": first}
    if isinstance(thing, type):
        return {"is": "class", **describe_class(thing, labels)}
    if isinstance(thing, FunctionType):
        return {"is": "function", "kind": kind_of(thing), "parameters": parameters(thing)}
    return {"is": "constant", "value": labels.show(thing)}


def describe_class(cls: type, labels: Labels) -> Entry:
    """Return what there is to say of a class; what it has from bases of its package is its own, too."""
    methods: Entry = {}
    constants: Entry = {}
    owners = [owner for owner in reversed(cls.__mro__) if _is_of(owner, cls.__module__.partition(".")[0])]
    for name, value in (item for owner in owners for item in vars(owner).items()):
        if is_method(name, value):
            methods[name] = describe_method(cls, name)
        elif not name.startswith("_") and _is_constant(value):
            constants[name] = labels.show(value)
    if issubclass(cls, enum.Enum):
        constants |= {member.name: labels.show(member.value) for member in cls}
    own_fields = describe_fields(cls, labels)
    entry: Entry = {
        "name": cls.__name__,
        "ancestors": [labels.of(ancestor) for ancestor in cls.__mro__[1:-1]],
        "constructor": constructor(cls),
        "fields": own_fields,
        "frozen": is_frozen(cls),
        "methods": methods,
        "constants": constants if own_fields is None else {},
    }
    return {key: value for key, value in entry.items() if value or key == "constructor"}


def is_method(name: str, value: object) -> bool:
    """Whether a member of a class is a method or property for its users.

    Special methods are, if not every object has them: `__enter__` is one.
    """
    if name.startswith("_"):
        special = name.startswith("__") and name.endswith("__") and name != "__post_init__"
        return special and isinstance(value, FunctionType) and not hasattr(object, name)
    return isinstance(value, (FunctionType, staticmethod, classmethod, property))


def describe_method(cls: type, name: str) -> Entry:
    """Return kind and parameters of a method, without the one that is bound."""
    value = inspect.getattr_static(cls, name)
    if isinstance(value, property):
        return {"kind": "property"}
    of_class = isinstance(value, (staticmethod, classmethod))
    function = getattr(cls, name)
    entry: Entry = {"kind": kind_of(function), "parameters": parameters(function)[0 if of_class else 1 :]}
    return entry | ({"binding": "class"} if of_class else {})


def kind_of(function: Callable[..., object]) -> str:
    """Return what calling a function does, as far as its code says so."""
    if inspect.isasyncgenfunction(function):
        return "async generator"
    if inspect.iscoroutinefunction(function):
        return "coroutine"
    return "generator" if inspect.isgeneratorfunction(function) else "function"


def parameters(function: Callable[..., object]) -> list[Entry]:
    """Return the parameters of a function or class in their order; the usual kind goes without saying."""
    found: list[Entry] = []
    for parameter in inspect.signature(function).parameters.values():
        entry: Entry = {"name": parameter.name}
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            entry["kind"] = parameter.kind.description
        if parameter.default is not parameter.empty:
            entry["default"] = repr(parameter.default)
        found.append(entry)
    return found


def needed(function: Callable[..., object]) -> list[str]:
    """Return the names of the parameters that must be given, and can be by position."""
    return [str(entry["name"]) for entry in parameters(function) if entry.keys() == {"name"}]


def constructor(cls: type) -> list[Entry] | None:
    """Return the parameters of a class, or None if it leaves that to a builtin one."""
    own = isinstance(cls.__init__, FunctionType) or isinstance(cls.__new__, FunctionType)
    return parameters(cls) if own else None


def describe_fields(cls: type, labels: Labels) -> list[Entry] | None:
    """Return the fields of a dataclass in their order, or None if it is none."""
    if not dataclasses.is_dataclass(cls):
        return None
    described: list[Entry] = []
    for field in dataclasses.fields(cls):
        entry: Entry = {"name": field.name}
        if field.default is not dataclasses.MISSING:
            entry["default"] = labels.show(field.default)
        if field.default_factory is not dataclasses.MISSING:
            entry["factory"] = labels.show(field.default_factory)
        described.append(entry)
    return described


def is_frozen(cls: type) -> bool:
    """Whether the attributes of a dataclass cannot be set."""
    return dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen


def _samples(things: Mapping[str, object], seen: set[str], labels: Labels) -> Entry:
    """Return what classes and functions make of the names of their parameters, as far as they take them.

    Classes that were seen already are left out.
    """
    made: Entry = {}
    for here, thing in things.items():
        if isinstance(thing, type) and (label := labels.of(thing)) not in seen | made.keys():
            for arguments in [["value"], []] if constructor(thing) is None else [needed(thing)]:
                with suppress(Exception):
                    instance = thing(*arguments)
                    own = {"attributes": attributes(instance, labels), **text(instance)}
                    made[label] = {"arguments": arguments, **own}
                    break
        elif isinstance(thing, FunctionType) and labels.see(thing, here) == here:
            with suppress(Exception):
                made[here] = {"arguments": needed(thing), "returns": labels.show(thing(*needed(thing)))}
    return made


def attributes(instance: object, labels: Labels) -> dict[str, str]:
    """Return the public attributes of an instance."""
    own = getattr(instance, "__dict__", {})
    return {name: labels.show(value) for name, value in own.items() if not name.startswith("_")}


def text(instance: object) -> dict[str, str]:
    """Return what `str` makes of an instance, if its class says so."""
    return {} if type(instance).__str__ is object.__str__ else {"text": str(instance)}


def _walk(root: type, labels: Labels) -> tuple[Entry, list[Entry]]:
    """Make instances of a class, and go on to what their methods return, as long as no network is needed."""
    returned: Entry = {}
    found: list[Entry] = []
    names = [parameter["name"] for parameter in constructor(root) or ()]
    for arguments in ARGUMENTS:
        given = {name: value for name, value in arguments.items() if name in names}
        steps: list[tuple[list[list[str]], object, bool]] = [([], root(**given), True)]
        for calls, instance, kept in steps:  # which grows
            kind = type(instance)
            label = _label(kind, f"{labels.of(root)}()" + "".join(map(written, calls)), labels)
            if label.endswith(")") and label not in returned:
                returned[label] = describe_class(kind, labels)
            how: Entry = {"arguments": given, "calls": calls, "class": label, "kept": kept}
            found.append(how | {"attributes": attributes(instance, labels)})
            above = [type(other) for before, other, _ in steps if before == calls[: len(before)]]
            for call, result, again in _accessible(instance):
                if type(result) not in above:
                    steps.append(([*calls, call], result, again is result))
    return returned, found


def _label(kind: type, place: str, labels: Labels) -> str:
    """Return the label of a class; one that no module exports is called after what returned it."""
    return labels.see(kind, place) if labels.of(kind) == full_name(kind) else labels.of(kind)


def written(call: list[str]) -> str:
    """Return a call of a method, whose name comes first, as it is written in Python."""
    name, *arguments = call
    return f".{name}({', '.join(map(repr, arguments))})"


def _accessible(instance: object) -> Iterator[tuple[list[str], object, object]]:
    """Yield the calls that give further objects of the package, what they gave, and what they give again."""
    cls = type(instance)
    for name in dir(cls):
        if name.startswith("_") or not isinstance(inspect.getattr_static(cls, name), FunctionType):
            continue
        method = getattr(instance, name)
        arguments = needed(method)
        if kind_of(method) != "function" or len(arguments) > 1:
            continue
        result = again = None
        with suppress(Exception):  # most need the network, which is not there
            result, again = method(*arguments), method(*arguments)
        if _is_of(type(result), cls.__module__.partition(".")[0]):
            yield [name, *arguments], result, again


def layout(value: object, indent: str = "", before: int = 0) -> str:
    """Return JSON in which whatever fits on a line is on one.

    Args:
        value: What is written.
        indent: The spaces before further lines.
        before: How many characters are before it on its line, the spaces aside.
    """
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + before + len(flat) < WIDTH or not isinstance(value, (dict, list)) or not value:
        return flat
    deeper = indent + "  "
    if isinstance(value, dict):
        keys = {key: f"{json.dumps(key)}: " for key in value}
        items = [name + layout(value[key], deeper, len(name)) for key, name in keys.items()]
    else:
        items = [layout(item, deeper) for item in value]
    return f",\n{deeper}".join(items).join((f"{flat[0]}\n{deeper}", f"\n{indent}{flat[-1]}"))


def _without_network(event: str, _: Sequence[object]) -> None:
    if event in NETWORK:
        raise RuntimeError(f"{event}: this only looks")


def main() -> None:
    """Print the surface of the package."""
    sys.addaudithook(_without_network)
    modules = {name: importlib.import_module(name) for name in MODULES}
    print(layout({"distribution": DISTRIBUTION, "version": version(DISTRIBUTION), **survey(modules)}))


if __name__ == "__main__":
    main()
