"""What is asked of services, as parts of HTTP requests: addresses, bodies in JSON, and whole requests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

from tgproto.catalog import arguments as check
from tgproto.session.request import Answer, Form

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header fields, as names and values."""

_encode: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def parameters(name: str, members: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return members as the query of an address; None is left out, a list is given item by item.

    Args:
        name: The argument that they are from, for errors.
        members: Texts, numbers and booleans by name, and lists of these.

    Raises:
        TypeError: A value is something else.
    """
    pairs: list[tuple[str, str]] = []
    for key, value in members.items():
        listed = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)
        for item in listed:
            if isinstance(item, bool):
                pairs.append((key, "true" if item else "false"))
            elif isinstance(item, str | int | float):
                pairs.append((key, str(item)))
            elif item is not None:
                raise TypeError(
                    f"{name}[{key!r}] must be a text, a number or a bool, not {type(item).__name__}"
                )
    return tuple(pairs)


def object_of(members: Mapping[str, object]) -> bytes:
    """Return members as a JSON object.

    Args:
        members: Members by name.

    Raises:
        TypeError: A value is nothing that JSON can carry; the message names the member.
        ValueError: A number is not finite, or a value is nested too deeply.
    """
    return b"{%s}" % b",".join(json_of(name, name) + b":" + json_of(name, members[name]) for name in members)


def json_of(name: str, value: object) -> bytes:
    """Return a value as JSON.

    Args:
        name: The argument that it is from, for errors.
        value: What to encode.

    Raises:
        TypeError: It is nothing that JSON can carry.
        ValueError: A number is not finite, or it is nested too deeply.
    """
    try:
        return _encode(value).encode()
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name} is no JSON: {error}") from None
    except RecursionError:
        raise ValueError(f"{name} is no JSON: it is nested too deeply") from None


def turns_of(name: str, value: object) -> list[Mapping[str, object]]:
    """Return the turns of a conversation.

    Args:
        name: The argument that they are from, for errors.
        value: A list of turns with `role`, and `content` or `tool_calls`.

    Raises:
        TypeError: It is no list of mappings, or a role is no text.
        ValueError: It is empty, or a part of a turn is missing.
    """
    turns = check.mappings(name, value)
    if not turns:
        raise ValueError(f"{name} must not be empty")
    for i, turn in enumerate(turns):
        check.name_of(f"{name}[{i}]['role']", turn.get("role"))
        if not turn.keys() & {"content", "tool_calls"}:
            raise ValueError(f"{name}[{i}] has no content")
    return turns


def request_form(
    method: object,
    path: object,
    *,
    answer: Answer,
    query: object = None,
    json: object = None,
    body: object = None,
    content_type: object = None,
    headers: object = None,
    place: Headers = (),
) -> Form:
    """Return the request for any endpoint. Of what is None, nothing is sent.

    Args:
        method: HTTP method.
        path: See `path_of`.
        answer: How the answer is read.
        query: See `parameters`.
        json: What to send as JSON.
        body: Instead, bytes to send as they are.
        content_type: What `body` is; None for `application/octet-stream`.
        headers: Header fields, values by name.
        place: More of them, which say what is addressed.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is empty, there are both `json` and `body`, or what cannot be sent.
    """
    if json is not None and body is not None:
        raise ValueError("json and body were both given; a request has one body")
    data, kind = b"", ""
    if body is not None:
        data = check.content("body", body)
        kind = (
            "application/octet-stream"
            if content_type is None
            else check.name_of("content_type", content_type)
        )
    if json is not None:
        data, kind = json_of("json", json), "application/json"
    return Form(
        path=path_of(path),
        method=check.name_of("method", method).upper(),
        query=parameters("query", check.optional(check.mapping, "query", query) or {}),
        body=data,
        content_type=kind,
        headers=(*(check.optional(check.text_by_name, "headers", headers) or {}).items(), *place),
        answer=answer,
    )


def path_of(path: object) -> str:
    """Return a path below the base URL, percent-encoded.

    Args:
        path: A text such as `/api/v1/documents`, in which `%` stays as it is; or its parts, each of which may
            hold anything, as names of entities do.

    Raises:
        TypeError: It is neither.
        ValueError: It is empty, has a query, or a lone surrogate.
    """
    if not isinstance(path, str):
        return check.name_of("path", "/".join(part_of("path", part) for part in check.texts("path", path)))
    if "?" in path or "#" in path:
        raise ValueError("path must have neither ? nor #; pass query=, or the parts of the path as a list")
    return check.quoted("path", check.name_of("path", path.lstrip("/")), safe="/%:@!$&'()*+,;=")


def part_of(name: str, part: object) -> str:
    """Return a part of a path, percent-encoded, so that it may hold anything: slashes, or nothing but dots.

    Args:
        name: The argument that it is from, for errors.
        part: The part.

    Raises:
        TypeError: It is no text.
        ValueError: It is empty, or has a lone surrogate.
    """
    quoted = check.quoted(name, check.name_of(name, part), safe="")
    return quoted.replace(".", "%2E") if quoted in (".", "..") else quoted
