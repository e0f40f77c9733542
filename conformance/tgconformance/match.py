"""Comparing what was expected with what happened, and filling in what was captured on the way.

An expected value is JSON in which an object with one member may be a matcher: `{"$any": true}`,
`{"$type": "string"}`, `{"$absent": true}` for a member that must not be there, `{"$capture": "a"}`, which
takes anything and remembers it as `a`, and `{"$use": "a"}`, which is what was remembered. Everything
else must be equal, number for number and member for member.
"""

from __future__ import annotations

import json
from typing import Final

from tgconformance.members import JSON, CaseError, JSONObject

Captures = dict[str, JSON]
"""What was remembered, by name."""

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


class Mismatch(Exception):
    """Two values differ. The message says where and how."""


def match(expected: JSON, actual: JSON, captures: Captures, *, open_: bool = False, path: str = "$") -> None:
    """Compare a value with what was expected.

    Args:
        expected: What a case says, with matchers.
        actual: What happened.
        captures: Read by `$use` and added to by `$capture`.
        open_: Whether the outermost object may have further members.
        path: Where the values are, for the message.

    Raises:
        Mismatch: They differ.
        CaseError: A matcher is unknown, or uses what was not captured.
    """
    if isinstance(expected, dict):
        if (matcher := _matcher(expected)) is not None:
            _match_by(matcher, expected[matcher], actual, captures, path)
        elif isinstance(actual, dict):
            _match_objects(expected, actual, captures, open_, path)
        else:
            raise Mismatch(f"{path}: expected an object, got {show(actual)}")
    elif isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            raise Mismatch(f"{path}: expected {show(expected)}, got {show(actual)}")
        for index, (wanted, found) in enumerate(zip(expected, actual, strict=True)):
            match(wanted, found, captures, path=f"{path}[{index}]")
    elif not _equal(expected, actual):
        raise Mismatch(f"{path}: expected {show(expected)}, got {show(actual)}")


def render(template: JSON, captures: Captures) -> JSON:
    """Fill in a value that is to be sent.

    Args:
        template: What a case says. `$use` stands for what was captured; `$capture` for a string that is made
            up here, because the side that would choose it is played by us.
        captures: Read and added to.

    Returns:
        The value without matchers.

    Raises:
        CaseError: A matcher does not name one value, or uses what was not captured.
    """
    if isinstance(template, list):
        return [render(item, captures) for item in template]
    if not isinstance(template, dict):
        return template
    matcher = _matcher(template)
    if matcher is None:
        return {
            name: render(item, captures)
            for name, item in template.items()
            if not (isinstance(item, dict) and _matcher(item) == "$absent")
        }
    if matcher == "$capture":
        captures[_name(template[matcher])] = f"made-up-{len(captures) + 1}"
        return captures[_name(template[matcher])]
    if matcher == "$use":
        return _used(template[matcher], captures)
    raise CaseError(f"{matcher} does not say what to send")


def show(value: JSON) -> str:
    """Return a value as JSON, cut if it is long."""
    text = json.dumps(value)
    return text if len(text) <= 300 else f"{text[:300]}..."


def _matcher(members: JSONObject) -> str | None:
    """Return the name of the matcher that an object is, or None."""
    if len(members) == 1 and (name := next(iter(members))).startswith("$"):
        return name
    return None


def _match_by(matcher: str, argument: JSON, actual: JSON, captures: Captures, path: str) -> None:
    match matcher:
        case "$any":
            pass
        case "$type":
            if not _is_of_type(actual, _name(argument)):
                raise Mismatch(f"{path}: expected something of type {argument}, got {show(actual)}")
        case "$absent":
            raise Mismatch(f"{path}: expected nothing, got {show(actual)}")
        case "$capture":
            captures[_name(argument)] = actual
        case "$use":
            wanted = _used(argument, captures)
            if not _equal(wanted, actual):
                raise Mismatch(f"{path}: expected {show(wanted)}, got {show(actual)}")
        case _:
            raise CaseError(f"there is no matcher {matcher}")


def _match_objects(
    expected: JSONObject, actual: JSONObject, captures: Captures, open_: bool, path: str
) -> None:
    if not open_ and (extra := actual.keys() - expected.keys()):
        raise Mismatch(f"{path}: unexpected members {', '.join(sorted(extra))} in {show(actual)}")
    for name, wanted in expected.items():
        if name in actual:
            match(wanted, actual[name], captures, path=f"{path}.{name}")
        elif not (isinstance(wanted, dict) and _matcher(wanted) == "$absent"):
            raise Mismatch(f"{path}: {name} is missing in {show(actual)}")


def _equal(one: JSON, other: JSON) -> bool:
    """Compare as JSON does: true is not 1, but 1 is 1.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def _is_of_type(value: JSON, name: str) -> bool:
    if name not in _TYPES:
        raise CaseError(f"there is no type {name}")
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _name(argument: JSON) -> str:
    if not isinstance(argument, str):
        raise CaseError(f"a matcher needs a name, not {show(argument)}")
    return argument


def _used(argument: JSON, captures: Captures) -> JSON:
    name = _name(argument)
    if name not in captures:
        raise CaseError(f"nothing was captured as {name}")
    return captures[name]
