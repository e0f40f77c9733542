"""What is asked, as HTTP requests: the arguments of callers in the words of a dialect."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

from tgproto.catalog import arguments as check
from tgproto.edgequake.dialects import Endpoint
from tgproto.session.request import Answer, Form

OWN_MODEL: Final = "edgequake"
"""What the guide calls the service itself where OpenAI names a model."""

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header fields, as names and values."""

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def form_of(
    endpoint: Endpoint,
    arguments: Mapping[str, object],
    extra: Mapping[str, object] | None,
    headers: Headers = (),
) -> Form:
    """Return the request for a query, or for something that is said.

    Args:
        endpoint: Where it is asked.
        arguments: Arguments by name; None for what was not given.
        extra: More members, by their names on the wire; they count more.
        headers: Header fields.

    Raises:
        TypeError: An argument is nothing that JSON, or the query of an address, can carry.
        ValueError: The dialect has no word for an argument, or a number is not finite.
    """
    members = dict(endpoint.fixed)
    for name, value in arguments.items():
        if value is not None:
            members[_word(endpoint, name)] = value
    members.update({} if extra is None else check.mapping("extra", extra))
    in_address = endpoint.method == "GET"
    return Form(
        path=endpoint.path,
        method=endpoint.method,
        query=parameters("extra", members) if in_address else (),
        body=b"" if in_address else _object(members),
        content_type="" if in_address else "application/json",
        headers=headers,
        answer=Answer.EVENTS,
    )


def _word(endpoint: Endpoint, name: str) -> str:
    """Return what an argument is called on the wire."""
    word = endpoint.members.get(name)
    if word is None:
        raise ValueError(
            f"{name}: this dialect has no word for it at {endpoint.path}; leave it out, use another dialect, "
            "or pass what the service calls it in extra="
        )
    return word


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


def _object(members: Mapping[str, object]) -> bytes:
    """Return members as a JSON object; errors name the member."""
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
        raise type(error)(f"{name}: {error}") from None
    except RecursionError:
        raise ValueError(f"{name}: it is nested too deeply") from None


def conversation(
    endpoint: Endpoint, message: object, messages: object, given: Mapping[str, object]
) -> dict[str, object]:
    """Return the arguments of a chat in the way that the endpoint has of saying something.

    Args:
        endpoint: Where it is asked. Either it takes whole conversations, or one message.
        message: What the user says, or None.
        messages: The whole conversation, or None.
        given: The other arguments by name.

    Raises:
        TypeError: Neither or both of `message` and `messages` were given, or one is of the wrong type.
        ValueError: A message is empty, or the endpoint takes one message and there are more.
    """
    if (message is None) is (messages is None):
        raise TypeError("message is needed, or messages: one of them")
    turns = _turns(messages)
    if messages is None:
        turns = [{"role": "user", "content": check.name_of("message", message)}]
    said = dict(given)
    if "messages" not in endpoint.members:
        if said.get("model") == OWN_MODEL:
            del said["model"]
        return {**said, **_single(turns, said.get("system_prompt"))}
    prompt = said.pop("system_prompt", None)
    if prompt is not None:
        turns = [{"role": "system", "content": prompt}, *turns]
    return {"model": OWN_MODEL, **said, "messages": turns}


def _turns(messages: object) -> list[Mapping[str, object]]:
    turns = check.mappings("messages", [] if messages is None else messages)
    if messages is not None and not turns:
        raise ValueError("messages must not be empty")
    for i, turn in enumerate(turns):
        check.name_of(f"messages[{i}]['role']", turn.get("role"))
        if "content" not in turn:
            raise ValueError(f"messages[{i}] has no content")
    return turns


def _single(turns: Sequence[Mapping[str, object]], prompt: object) -> dict[str, object]:
    """Return the one message of a conversation that has just begun, and what the model was told before."""
    *system, last = turns
    roles = [turn["role"] for turn in turns]
    if roles not in (["user"], ["system", "user"]):
        raise ValueError(
            "messages: in this dialect the service keeps the turns itself, and is told one more, of the "
            "user, perhaps behind one of the system. Pass message= and the conversation_id of the answer "
            'before, or make the client with dialect="openai"'
        )
    if system and prompt is not None:
        raise ValueError("system_prompt was given twice, once in messages")
    return {
        "message": check.name_of("messages[-1]['content']", last["content"]),
        "system_prompt": check.text("messages[0]['content']", system[0]["content"]) if system else prompt,
    }


def request_form(
    method: str, path: object, given: Mapping[str, object], place: Headers, answer: Answer
) -> Form:
    """Return the request for any endpoint.

    Args:
        method: HTTP method.
        path: See `path_of`.
        given: Checked arguments; see `RequestOptions`.
        place: Header fields that say what is addressed.
        answer: How the answer is read.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is empty, or there are both `json` and `body`.
    """
    if "json" in given and "body" in given:
        raise ValueError("json and body were both given; a request has one body")
    body, kind = cast("bytes", given.get("body", b"")), ""
    if "body" in given:
        kind = cast("str", given.get("content_type", "application/octet-stream"))
    if "json" in given:
        body, kind = json_of("json", given["json"]), "application/json"
    return Form(
        path=path_of(path),
        method=check.name_of("method", method).upper(),
        query=parameters("query", cast("Mapping[str, object]", given.get("query", {}))),
        body=body,
        content_type=kind,
        headers=(*cast("Mapping[str, str]", given.get("headers", {})).items(), *place),
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
        parts = [check.name_of("path", part) for part in check.texts("path", path)]
        return check.name_of("path", "/".join(check.quoted("path", part, safe="") for part in parts))
    if "?" in path or "#" in path:
        raise ValueError("path must have neither ? nor #; pass query=, or the parts of the path as a list")
    return check.quoted("path", check.name_of("path", path.lstrip("/")), safe="/%:@!$&'()*+,;=")
