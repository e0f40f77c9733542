"""Cases in memory, and how they are read from their files.

`conformance/schema/case.schema.json` describes the files in full; this module checks what the players
rely on, and says where a file is wrong.
"""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar, cast

from tgconformance.members import JSON, CaseError, JSONObject, Members
from tgproto.role import Role

EnumT = TypeVar("EnumT", bound=enum.Enum)


class Level(enum.Enum):
    """How binding a requirement is, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Layer(enum.Enum):
    """What the steps of a case carry."""

    MESSAGE = "message"
    """Whole messages of the multiplexed socket."""
    SSE = "sse"
    """Bytes of an event stream."""
    OPERATION = "operation"
    """Calls of one operation: arguments, requests, answers, results."""


class StepKind(enum.Enum):
    """What a step is. The value is the member that holds it."""

    CALL = "call"
    """The user calls the operation."""
    CHUNKS = "chunks"
    """What the user takes from a stream."""
    RESULT = "result"
    """What a call returns."""
    RAISES = "raises"
    """How a call fails."""
    LOCAL = "local"
    """The user of the subject wants something."""
    IN = "in"
    """The subject receives."""
    CARRIER = "carrier"
    """The subject's carrier reports something other than a message."""
    END = "end"
    """No more bytes will come."""
    TICK = "tick"
    """The subject wakes up now, and did not before."""
    OUT = "out"
    """The subject sends."""
    ASK = "ask"
    """The subject asks its carrier for something other than sending a message."""
    EVENT = "event"
    """The subject tells its user something."""
    STATE = "state"
    """What the subject shows when it is looked at."""
    QUIET = "quiet"
    """Nothing has happened that is not listed."""


_K = StepKind

_OF_OPERATIONS: Final = frozenset({_K.CALL, _K.CHUNKS, _K.RESULT, _K.RAISES})

_KINDS: Final = {
    Layer.MESSAGE: frozenset(_K) - {_K.END} - _OF_OPERATIONS,
    Layer.SSE: frozenset({_K.IN, _K.END, _K.EVENT, _K.STATE}),
    Layer.OPERATION: _OF_OPERATIONS | {_K.OUT, _K.IN},
}

# Members a step may have beside its kind, `t` and `role`; for the others the players know.
_ARGUMENTS: Final = {
    _K.CALL: frozenset({"form", "streams"}),
    _K.CHUNKS: frozenset({"over"}),
    _K.RESULT: frozenset({"over"}),
    _K.RAISES: frozenset({"over"}),
    _K.IN: frozenset[str](),
    _K.END: frozenset[str](),
    _K.TICK: frozenset[str](),
    _K.OUT: frozenset({"open"}),
    _K.EVENT: frozenset({"as"}),
    _K.STATE: frozenset[str](),
    _K.QUIET: frozenset[str](),
}

_MORE: Final = {
    (Layer.OPERATION, _K.OUT): frozenset({"over"}),
    (Layer.OPERATION, _K.IN): frozenset({"over", "complete", "as", "status"}),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a case.

    Attributes:
        number: Its place, counted from 1.
        kind: What it is.
        at: Its time in milliseconds; always 0 in other layers than `message`.
        role: The role that plays it, or None for every role of the case.
        value: The member named like the kind.
        arguments: All other members.
    """

    number: int
    kind: StepKind
    at: int
    role: Role | None
    value: JSON
    arguments: JSONObject

    def __str__(self) -> str:
        return f"step {self.number} (t={self.at}, {self.kind.value})"


@dataclass(frozen=True, slots=True)
class Case:
    """One case of the suite.

    Attributes:
        id: Area, a dot, and a name. It never changes its meaning.
        title: What is shown, in one sentence.
        why: What goes wrong for somebody if it does not hold.
        requirements: Ids of the requirements in `SPEC.md` that it checks.
        level: How binding the strongest of them is.
        revision: Revision of the suite that the case came with.
        layer: What its steps carry.
        roles: The roles it is played in. `in` and `out` are seen from the first; the other plays the mirror
            image. Empty in other layers than `message`.
        config: Options of the subject: by role, or in the layer `sse` of the decoder; in the layer
            `operation` the operation, the generation of the gateway, and the transports.
        steps: What happens, in order.
    """

    id: str
    title: str
    why: str
    requirements: tuple[str, ...]
    level: Level
    revision: str
    layer: Layer
    roles: tuple[Role, ...]
    steps: tuple[Step, ...]
    config: JSONObject = field(default_factory=dict[str, JSON])

    @property
    def area(self) -> str:
        """The part of the id before the dot: also the name of its folder."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one playing of a case went.

    Attributes:
        case: Id of the case.
        way: The role it was played in, or how the bytes were cut.
        failure: What was wrong, or None if it passed.
    """

    case: str
    way: str
    failure: str | None = None


def read_case(members: JSONObject) -> Case:
    """Make a case of the content of its file.

    Args:
        members: The JSON object in the file.

    Returns:
        The case.

    Raises:
        CaseError: Something is missing, unknown or of the wrong type.
    """
    header = Members(members, "the case")
    layer = _choice(Layer, header.text("layer"))
    case = Case(
        id=header.text("id"),
        title=header.text("title"),
        why=header.text("why"),
        requirements=header.texts("requirements"),
        level=_choice(Level, header.text("level")),
        revision=header.text("revision"),
        layer=layer,
        roles=tuple(_choice(Role, name) for name in header.texts("roles")) if layer is Layer.MESSAGE else (),
        steps=_read_steps(header.values("steps"), layer),
        config=header.object("config"),
    )
    header.finish()
    if layer is Layer.MESSAGE and not case.roles:
        raise CaseError("a case of the layer message needs a role")
    return case


def load_case(path: Path) -> Case:
    """Read one case file.

    Args:
        path: The file, `<area>/<id>.json`.

    Returns:
        The case.

    Raises:
        CaseError: It is no case, or is not kept under its id in the folder of its area.
    """
    try:
        content = cast("JSON", json.loads(path.read_bytes()))
        if not isinstance(content, dict):
            raise CaseError("the file must hold a JSON object")
        case = read_case(content)
        if (path.parent.name, path.stem) != (case.area, case.id):
            raise CaseError(f"the case {case.id} belongs into {case.area}/{case.id}.json")
    except (CaseError, ValueError) as error:
        raise CaseError(f"{path}: {error}") from None
    return case


def load_cases(folder: Path) -> list[Case]:
    """Read all cases below a folder.

    Args:
        folder: What holds a folder for each area.

    Returns:
        The cases, ordered by id.

    Raises:
        CaseError: There are none, or one of them is wrong.
    """
    cases = [load_case(path) for path in sorted(folder.glob("*/*.json"))]
    if not cases:
        raise CaseError(f"there are no cases in {folder}")
    return sorted(cases, key=lambda case: case.id)


def _read_steps(values: list[JSON], layer: Layer) -> tuple[Step, ...]:
    steps: list[Step] = []
    for number, value in enumerate(values, 1):
        where = f"step {number}"
        if not isinstance(value, dict):
            raise CaseError(f"{where}: must be an object")
        steps.append(_read_step(number, Members(value, where), layer))
        if len(steps) > 1 and steps[-1].at < steps[-2].at:
            raise CaseError(f"{where}: time goes back")
    return tuple(steps)


def _read_step(number: int, members: Members, layer: Layer) -> Step:
    kinds = [kind for kind in _KINDS[layer] if members.has(kind.value)]
    if len(kinds) != 1:
        names = ", ".join(sorted(kind.value for kind in _KINDS[layer]))
        raise CaseError(f"{members.what}: needs exactly one of {names}")
    kind = kinds[0]
    value = members.value(kind.value)
    at = members.integer("t") if layer is Layer.MESSAGE else 0
    role = members.optional_text("role")
    arguments = members.rest()
    allowed = _ARGUMENTS.get(kind, arguments.keys()) | _MORE.get((layer, kind), frozenset())
    if unknown := arguments.keys() - allowed:
        raise CaseError(f"{members.what}: unknown members {', '.join(sorted(unknown))}")
    return Step(number, kind, at, None if role is None else _choice(Role, role), value, arguments)


def _choice(kind: type[EnumT], value: str) -> EnumT:
    try:
        return kind(value)
    except ValueError:
        names = ", ".join(str(member.value) for member in kind)
        raise CaseError(f"{value!r} is none of {names}") from None
