"""What is asked, as HTTP requests: the arguments of callers in the words of a dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tgproto.catalog import arguments as check
from tgproto.edgequake.dialects import Endpoint
from tgproto.session.request import Answer, Form
from tgproto.web.requests import Headers, object_of, parameters, turns_of

OWN_MODEL: Final = "edgequake"
"""What the guide calls the service itself where OpenAI names a model."""


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
        body=b"" if in_address else object_of(members),
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
    if messages is None:
        turns: list[Mapping[str, object]] = [{"role": "user", "content": check.name_of("message", message)}]
    else:
        turns = turns_of("messages", messages)
    said = dict(given)
    if "messages" not in endpoint.members:
        if said.get("model") == OWN_MODEL:
            del said["model"]
        return {**said, **_single(turns, said.get("system_prompt"))}
    prompt = said.pop("system_prompt", None)
    if prompt is not None:
        turns = [{"role": "system", "content": prompt}, *turns]
    return {"model": OWN_MODEL, **said, "messages": turns}


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
