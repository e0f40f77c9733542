"""Pages about clients of other services: one for each, with its operations and what they give and take."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docs.generator.classes import class_text, method_text, parameters, raised
from docs.generator.docstrings import parse
from docs.generator.names import Links, kebab, linked, shown
from tgdrivers.assistant import AssistantClient
from tgdrivers.assistant.base import AssistantBase
from tgdrivers.edgequake import EdgequakeClient
from tgdrivers.edgequake.base import EdgequakeBase
from tgproto.assistant.batch import BatchRequest, chat_request, tool_request
from tgproto.assistant.events import ChatAnswer, ChatEvent
from tgproto.assistant.outcomes import BatchItem, BatchResult
from tgproto.assistant.scopes import BatchOptions, Tools
from tgproto.assistant.settings import AssistantSettings
from tgproto.assistant.tools import Tool, ToolResult
from tgproto.catalog.bind import Descriptor
from tgproto.edgequake import answers, chunks
from tgproto.edgequake.dialects import EdgequakeDialect, Endpoint
from tgproto.edgequake.options import ChatOptions, QueryOptions
from tgproto.edgequake.scopes import Chat, Query
from tgproto.web import errors
from tgproto.web.openai import ChatChunk, ChatCompletion, ChatMessage
from tgproto.web.replies import Event

TEXT = """
These are the operations of `{client}`, where calls block. With `{others}` a result is awaited, and a
stream is read with `async for`; names, arguments and [errors](service-errors.md) are the same.
[The guide](../{guide}) shows them at work.
"""


ERRORS = """
What a service answers when it refuses a request or fails, and what becomes of streams that fail. All of them
can be imported from `tgproto.web.errors`. Each is a `CallError`; so are the errors of connections and limits.
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A service that there are clients of.

    Attributes:
        title: What it is called.
        guide: The page that introduces it, beside the reference.
        client: Its blocking client.
        others: The others.
        base: The class that has the arguments of all clients.
        groups: Where groups of operations are -> their blocking classes.
        functions: What makes arguments.
        types: What operations give and take.
    """

    title: str
    guide: str
    client: type
    others: str
    base: type
    groups: Mapping[str, type]
    functions: tuple[object, ...]
    types: tuple[type, ...]


EDGEQUAKE = Service(
    "EdgeQuake",
    "edgequake.md",
    EdgequakeClient,
    "AsyncEdgequakeClient` and `TrioEdgequakeClient",
    EdgequakeBase,
    {"query": Query, "chat": Chat},
    (),
    (
        *(QueryOptions, ChatOptions, chunks.Chunk, chunks.ChatChunk, chunks.Source),
        *(answers.QueryAnswer, answers.ChatAnswer, Event, EdgequakeDialect, Endpoint),
    ),
)
ASSISTANT = Service(
    "The AI Assistant API",
    "assistant.md",
    AssistantClient,
    "AsyncAssistantClient` and `TrioAssistantClient",
    AssistantBase,
    {"tools": Tools},
    (chat_request, tool_request),
    (
        *(
            BatchOptions,
            BatchRequest,
            BatchItem,
            BatchResult,
            ChatEvent,
            ChatAnswer,
            ChatChunk,
            ChatCompletion,
        ),
        *(ChatMessage, Event, Tool, ToolResult, AssistantSettings),
    ),
)
SERVICES: Mapping[str, Service] = {
    f"service-{kebab(service.client.__name__.removesuffix('Client'))}.md": service
    for service in (EDGEQUAKE, ASSISTANT)
}
"""Name of the page -> service."""


def error_classes() -> list[type]:
    """Return the errors of services."""
    return [
        cls for cls in vars(errors).values() if inspect.isclass(cls) and cls.__module__ == errors.__name__
    ]


def errors_page(links: Links) -> str:
    """Return the page about errors.

    Args:
        links: Names that other pages explain, and where.
    """
    links = {**links, **{cls.__name__: f"#{cls.__name__.lower()}" for cls in error_classes()}}
    parts = ["# Errors of services", linked(ERRORS.strip(), links)]
    return "\n\n".join([*parts, *(class_text(cls, links, level=2) for cls in error_classes())]) + "\n"


def operations(cls: type) -> list[str]:
    """Return the operations that a class has, in the order of definition."""
    names = [
        name for base in cls.__mro__ for name, value in vars(base).items() if isinstance(value, Descriptor)
    ]
    return list(dict.fromkeys(names))


def every_operation() -> Iterator[tuple[str, object]]:
    """Yield what all operations are called, and what blocking callers see of them."""
    for service in SERVICES.values():
        for name, cls in {"": service.client, **service.groups}.items():
            yield from ((_called(name, it), getattr(cls, it)) for it in operations(cls))


def write(service: Service, links: Links) -> str:
    """Return the page of a service.

    Args:
        service: The service.
        links: Names that other pages explain, and where.
    """
    failures = {cls.__name__: f"service-errors.md#{cls.__name__.lower()}" for cls in error_classes()}
    links = {**links, **failures, **{cls.__name__: f"#{cls.__name__.lower()}" for cls in service.types}}
    given = shown(inspect.signature(service.client))
    doc = parse(service.base.__doc__ or "")
    parts = [
        f"# {service.title}",
        linked(
            TEXT.format(client=service.client.__name__, others=service.others, guide=service.guide).strip(),
            links,
        ),
        "## A client",
        linked(doc.description, links),
        parameters(given, doc.section("Args"), links),
        raised(doc.section("Raises"), links),
    ]
    for name, cls in {"": service.client, **service.groups}.items():
        parts.append(f"## Operations of `client{name and '.'}{name}`")
        parts += [method_text(_called(name, it), getattr(cls, it), links, level=3) for it in operations(cls)]
    parts.append("## What they give and take")
    for function in service.functions:
        parts.append(method_text(function.__name__, function, links, level=3))  # type: ignore[attr-defined, arg-type]
    parts += [class_text(cls, links, level=3) for cls in service.types]
    return "\n\n".join(filter(None, parts)) + "\n"


def _called(group: str, name: str) -> str:
    return f"{group}.{name}" if group else name
