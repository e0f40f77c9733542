"""The same requests to global services of both gateways, one by one; what each makes up is masked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.interop.both import Both
from tests.interop.raw import Members, over_rest, over_sockets

MADE_UP = {"version", "timestamp", "prefix", "temporary_password", "object-id", "upload-id"}
"""Members of which only the JSON type is compared."""

AS_IN_PYTHON = {"iam", "collection-management"}
"""Services whose members have no dashes in their names."""

_PATTERNS = {
    "<jwt>": re.compile(r"^[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}$"),
    "<id>": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "<moment>": re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?"),
    "<key>": re.compile(r"^tg_[\w-]{20,}$"),
}


class Talk:
    """Passes for a function that asks both, and sees that they answer alike.

    Args:
        both: The gateways.
        way: `rest` or `socket`.
        token: Who asks; None for the administrator, or whoever has the secret.
    """

    def __init__(self, both: Both, way: str, token: str | None = None) -> None:
        self._both = both
        self._way = way
        self._token = token or both.token
        self._known: tuple[dict[str, str], dict[str, str]] = ({}, {})

    def __call__(
        self,
        service: str,
        operation: object = None,
        *,
        keep: Mapping[str, Sequence[str]] | None = None,
        about: str | None = None,
        **members: object,
    ) -> Any:
        """Ask both.

        Args:
            service: The service.
            operation: The operation; None for none.
            keep: Name -> path of a text in the answer that `$name` stands for in later requests.
            about: A text: of lists, only the items that have it somewhere are compared; without such items, a
                list counts as not there.
            members: Other members of the body, with `_` for `-` unless the service has none.

        Returns:
            What the published gateway answers, masked: the body, or the last frame's `response`.
        """
        body: Members = {} if operation is None else {"operation": operation}
        for name, value in members.items():
            body[name if service in AS_IN_PYTHON else name.replace("_", "-")] = value
        answers = [self._ask(number, service, body) for number in (0, 1)]
        for number, answer in enumerate(answers):
            for name, path in (keep or {}).items():
                self._known[number][name] = _at(answer[-1], path)
        told, told_too = (self._masked(number, answer, about) for number, answer in enumerate(answers))
        assert told == told_too, f"{service} {body}\n{told}\n{told_too}"
        return told[-1]

    def _masked(self, number: int, answer: list[Any], about: str | None) -> list[Any]:
        """Return an answer without what the gateway has made up."""
        text = json.dumps(answer)
        for name, value in self._known[number].items():
            text = text.replace(value, f"<{name}>")
        return [masked(part, about) for part in json.loads(text)]

    def _ask(self, number: int, service: str, body: Members) -> list[Any]:
        """Return status, type, and answer; or every frame, and the response in the last."""
        text = json.dumps(body)
        for name, value in self._known[number].items():
            text = text.replace(f"${name}", value)
        url = self._both.urls[number]
        if self._way == "rest":
            return list(over_rest(f"{url}/api/v1/{service}", json.loads(text), self._token, shaped=_same))
        begin = [] if self._both.is_old else [{"type": "auth", "token": self._token}]
        frame = {"id": "1", "service": service, "request": json.loads(text)}
        query = f"?token={self._token}" if self._both.is_old else ""
        silence = 0.7 if service == "knowledge" else 3.0  # after its errors, no final frame comes
        (frames,) = over_sockets(url, frames=[*begin, frame], query=query, shaped=_same, silence=silence)
        return [*frames, frames[-1].get("response")]


def _same(value: Any) -> Any:
    return value


def _at(value: Any, path: Sequence[str]) -> str:
    for member in path:
        value = value[member]
    assert isinstance(value, str)
    return value


def masked(value: Any, about: str | None = None, name: str = "") -> Any:
    """Return JSON without what a gateway makes up: ids, moments, keys.

    Args:
        value: The JSON.
        about: A text that the items of lists must have to be kept; None to keep all.
        name: The member that the value is of.
    """
    match value:
        case dict():
            kept = value.items() if about is None or name != "config" else _having(value, about)
            told = {member: masked(each, about, member) for member, each in kept}
            return {member: each for member, each in told.items() if about is None or each != []}
        case list():
            kept = [each for each in value if about is None or about in json.dumps(each)]
            return [masked(each, about) for each in kept]
        case _ if name in MADE_UP:
            return type(value).__name__
        case str() if name.endswith(("-json", "_json")):
            return masked(json.loads(value), about)
        case str():
            for mask, pattern in _PATTERNS.items():
                value = pattern.sub(mask, value)
            return value
        case _:
            return value


def _having(value: dict[str, Any], about: str) -> list[tuple[str, Any]]:
    return [(member, each) for member, each in value.items() if about in member or about in json.dumps(each)]
