"""Records what goes into a core and what comes out, as a transcript that can be replayed.

Works for every core, because a core is nothing but calls in and values out: wrap it, use it as before,
and write each step as a line of JSON. `replay` makes the same calls on a fresh core and reports the
first step that differs. The token in a core's options never reaches a transcript; other tokens, such as
those a gateway receives or an upgrade's target holds, are hidden if they are passed as `secrets`.

The exception is what has a client's WebSocket in it: its handshake nonce comes from the operating system,
so it cannot be replayed byte for byte, and its bytes are masked, which hides nothing. Record the session.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import enum
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.secrets import HIDDEN, Secret, hide
from tgproto.session.request import Request, Submission

T = TypeVar("T")

Step: TypeAlias = dict[str, Any]
"""One call, or an attribute set: `call`, `args`, `kwargs`, and `returns` or `raises`; all of it JSON."""

_DIALECTS = (GENERATION_1, MIXED_2_2, GENERATION_2)
_BUILTIN_ERRORS: dict[str, type[Exception]] = {
    f"builtins:{error.__name__}": error for error in (TypeError, ValueError)
}
"""What a submission that cannot be encoded raises, beside errors of this project."""


def recorded(core: T, write: Callable[[Step], object], *, secrets: Iterable[str] = ()) -> T:
    """Wrap a core so that every method call, and every attribute that is set, is written down.

    Args:
        core: Any core: a session, a link, a connection, a client, a decoder.
        write: Called with each step, after the call; for instance a list's `append`.
        secrets: Texts to hide besides every `Secret` in the core's options and in the arguments of calls.

    Returns:
        Something that behaves like `core`, and is typed like it.
    """
    return cast("T", _Recorder(core, write, secrets))


def replay(core: object, transcript: Iterable[Step], *, secrets: Iterable[str] = ()) -> str | None:
    """Make the calls of a transcript on a fresh core.

    Args:
        core: Made as the recorded one was made; a token may be `***`. The sessions of one client share
            a source of ids: give this one `ids` that begin with what `send_request` returned.
        transcript: The steps, in order.
        secrets: As for `recorded`.

    Returns:
        None if every step gave the same result; otherwise the first difference, for a person.
    """
    steps: list[Step] = []
    player = _Recorder(core, steps.append, secrets)
    for number, step in enumerate(transcript):
        arguments = [_decode(value) for value in step["args"]]
        options = {name: _decode(value) for name, value in step["kwargs"].items()}
        with contextlib.suppress(Exception):  # it is in the step, to be compared
            getattr(player, step["call"])(*arguments, **options)
        if steps[-1] != step:
            return f"step {number}, {step['call']}: recorded {_result(step)}, replayed {_result(steps[-1])}"
    return None


@dataclasses.dataclass(frozen=True, slots=True)
class _Pen:
    """How values are written.

    Attributes:
        hide: Replaces tokens in a text.
        dialects: Those that a submission may have to be encoded for.
    """

    hide: Callable[[str], str]
    dialects: tuple[Dialect, ...]


class _Recorder:
    """Passes everything on, and writes down the calls."""

    _core: object
    _write: Callable[[Step], object]
    _secrets: set[str]
    _pen: _Pen

    def __init__(self, core: object, write: Callable[[Step], object], secrets: Iterable[str]) -> None:
        options = [getattr(core, name, None) for name in ("config", "options")]
        own = vars(self)  # an attribute that is set is the core's
        own["_core"] = core
        own["_write"] = write
        own["_secrets"] = {*secrets, *_secrets_in(options)}
        told = (getattr(option, "dialect", None) for option in options)
        known = {dialect.name: dialect for dialect in (*_DIALECTS, *filter(None, told))}
        own["_pen"] = _Pen(partial(hide, own["_secrets"]), tuple(known.values()))

    def __getattr__(self, name: str) -> object:
        value = getattr(self._core, name)
        return self._wrap(name, value) if callable(value) else value

    def __setattr__(self, name: str, value: object) -> None:
        self._wrap("__setattr__", partial(setattr, self._core))(name, value)

    def _wrap(self, name: str, method: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            self._secrets.update(_secrets_in((*args, *kwargs.values())))
            step: Step = {
                "call": name,
                "args": [self._encode(value) for value in args],
                "kwargs": {key: self._encode(value) for key, value in kwargs.items()},
            }
            try:
                result = method(*args, **kwargs)
            except Exception as error:
                step["raises"] = self._encode(error)
                self._write(step)
                raise
            step["returns"] = self._encode(result)
            self._write(step)
            return result

        return call

    def _encode(self, value: object) -> Any:
        return _encode(value, self._pen)


def _result(step: Step) -> str:
    return repr(step.get("returns", step.get("raises")))


def _encode(value: object, pen: _Pen) -> Any:
    """Write a value as JSON, so that equal values are equal and tokens are hidden."""
    match value:
        case None | bool() | int() | float():
            return value
        case enum.Enum():
            return {"enum": _name(type(value)), "member": value.name}
        case str():
            return pen.hide(value)
        case bytes() | bytearray() | msgspec.Raw():
            return _encode_bytes(bytes(value), pen)
        case Secret():
            return {"secret": HIDDEN}
        case list() | tuple():
            name = "list" if isinstance(value, list) else "tuple"
            return {name: [_encode(item, pen) for item in cast("Iterable[object]", value)]}
        case dict():
            pairs = cast("Mapping[object, object]", value).items()
            return {"dict": [[_encode(key, pen), _encode(item, pen)] for key, item in pairs]}
        case Exception():
            return {"error": _name(type(value)), "text": pen.hide(str(value))}
        case _ if callable(getattr(type(value), "request", None)) and not isinstance(value, Request):
            return _encode_submission(cast("Submission", value), pen)
        case _:
            fields = {name: _encode(getattr(value, name), pen) for name in _fields(value)}
            return {"is": _name(type(value)), "fields": fields}


def _encode_submission(submission: Submission, pen: _Pen) -> Step:
    """Write what becomes a request once the dialect is known: as what it becomes in each."""
    requests: dict[str, object] = {}
    for dialect in pen.dialects:
        try:
            requests[dialect.name] = submission.request(dialect)
        except Exception as error:  # noqa: BLE001  # part of what is written
            requests[dialect.name] = error
    names = {"service": submission.service, "flow": submission.flow, "public": submission.public}
    return {"submission": _encode({**names, "requests": requests}, pen)}


class _Replayed:
    """A submission of a transcript."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.service: str = fields["service"]
        self.flow: str | None = fields["flow"]
        self.public: bool = fields["public"]
        self._requests: Mapping[str, Request | Exception] = fields["requests"]

    def request(self, dialect: Dialect) -> Request:
        """Return what it became, or raise what it raised."""
        request = self._requests[dialect.name]
        if isinstance(request, Exception):
            raise request
        return request


def _encode_bytes(data: bytes, pen: _Pen) -> Step:
    try:
        return {"bytes": pen.hide(data.decode("utf-8"))}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _decode(value: Any) -> Any:
    """Make an argument again from what `_encode` wrote."""
    if not isinstance(value, dict):
        return value
    match cast("Step", value):
        case {"bytes": text}:
            return text.encode("utf-8")
        case {"base64": text}:
            return base64.b64decode(text)
        case {"secret": text}:
            return Secret(text)
        case {"list": items}:
            return [_decode(item) for item in items]
        case {"tuple": items}:
            return tuple(_decode(item) for item in items)
        case {"dict": pairs}:
            return {_decode(key): _decode(item) for key, item in pairs}
        case {"error": name, "text": text}:
            return _find(name)(text)
        case {"submission": fields}:
            return _Replayed(_decode(fields))
        case {"enum": name, "member": member}:
            return _find(name)[member]
        case {"is": name, "fields": fields}:
            return _find(name)(**{key: _decode(item) for key, item in fields.items()})
        case other:
            raise ValueError(f"a transcript cannot hold {sorted(other)} as an argument")


def _secrets_in(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Secret):
            yield value.reveal()
        elif isinstance(value, Mapping):  # the arguments of a call
            yield from _secrets_in(cast("Mapping[str, object]", value).values())
        else:
            yield from _secrets_in(getattr(value, name) for name in _fields(value))


def _fields(value: object) -> Iterator[str]:
    if dataclasses.is_dataclass(value):
        return (field.name for field in dataclasses.fields(value))
    return iter(getattr(value, "__struct_fields__", ()))


def _name(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _find(name: str) -> Any:
    if name in _BUILTIN_ERRORS:
        return _BUILTIN_ERRORS[name]
    module, _, qualname = name.partition(":")
    if not module.startswith("tgproto."):
        raise ValueError(f"a transcript names {name}, which is not of this project")
    return getattr(importlib.import_module(module), qualname)
