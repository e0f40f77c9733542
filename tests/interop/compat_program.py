"""A program for the published client, or for what stands in for it: prints what each of its calls came to.

Usage: `python compat_program.py MODULE URL TOKEN`. MODULE is `trustgraph.api`, or a module of
`tgdrivers.compat`; the interpreter has the one or the other. Nothing but this one word tells them apart.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import inspect
import json
import sys
from collections.abc import Callable
from typing import Any

QUESTION = "Who built the bridge?"

Calls = dict[str, Callable[[], Any]]


def shown(value: object) -> Any:
    """Return a value as JSON: objects as the name of their class with their attributes."""
    if value is None or isinstance(value, bool | int | float | str):
        return (
            value
            if type(value) in (bool, int, float, str, type(None))
            else [type(value).__name__, str(value)]
        )
    if isinstance(value, dict):
        return {str(name): shown(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if isinstance(value, Exception):
        return {"raised": type(value).__name__}
    if inspect.isgenerator(value):
        return {"iterated": [shown(item) for item in value]}
    if dataclasses.is_dataclass(value):
        attributes = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {type(value).__name__: shown(attributes)}
    return {type(value).__name__: shown(vars(value))}


def outcome(call: Callable[[], Any]) -> Any:
    """Return what a call came to."""
    try:
        return shown(call())
    except Exception as error:  # noqa: BLE001
        return shown(error)


async def awaited(call: Callable[[], Any]) -> Any:
    """Return what an awaited call came to."""
    try:
        return shown(await call())
    except Exception as error:  # noqa: BLE001
        return shown(error)


class Program:
    """The calls.

    Args:
        module: The client.
        url: Where the gateway is.
        token: What opens it.
    """

    def __init__(self, module: str, url: str, token: str) -> None:
        self._client = importlib.import_module(module)
        self._url, self._token = url, token
        self._user: list[str] = ["interop"] if "user" in self._parameters() else []

    def run(self) -> dict[str, Any]:
        """Make the calls one after the other; return what they came to, by name."""
        api = self._api()
        socket = api.socket()
        calls = {
            **self._of_flow("REST", api.flow().id("default")),
            **self._of_flow("socket", socket.flow("default")),
            **self._streamed(socket.flow("default")),
            **self._kept(api),
        }
        told = {name: outcome(call) for name, call in calls.items()}
        socket.close()
        return {**told, **asyncio.run(self._later())}

    async def _later(self) -> dict[str, Any]:
        api = self._api()
        calls = {
            **self._of_flow("async REST", api.async_flow().id("default")),
            **self._of_flow("async socket", api.async_socket().flow("default")),
            "async flows": api.async_flow().list,
        }
        return {name: await awaited(call) for name, call in calls.items()}

    def _api(self) -> Any:
        return self._client.Api(self._url, token=self._token)

    def _parameters(self) -> Any:
        """Return the parameters of a call: 1.7 wants to know whose data it is about, 2.x does not."""
        return inspect.signature(self._api().flow().id("default").graph_rag).parameters

    def _of_flow(self, way: str, flow: Any) -> Calls:
        user = self._user
        return {
            f"{way} text_completion": lambda: flow.text_completion("Be brief.", QUESTION),
            f"{way} graph_rag": lambda: flow.graph_rag(QUESTION, *user),
            f"{way} document_rag": lambda: flow.document_rag(QUESTION, *user),
            f"{way} agent": lambda: flow.agent(QUESTION, *user),
            f"{way} prompt": lambda: flow.prompt("question", {"question": QUESTION}),
            f"{way} mcp_tool": lambda: flow.mcp_tool("time", {"zone": "Bern"}),
            f"{way} structured_query": lambda: flow.structured_query("All people", *user),
            f"{way} nlp_query": lambda: flow.nlp_query("All people"),
        }

    def _streamed(self, flow: Any) -> Calls:
        asked = {
            "text_completion": ["Be brief.", QUESTION],
            "prompt": ["question", {"question": QUESTION}],
            **{name: [QUESTION, *self._user] for name in ("graph_rag", "document_rag", "agent")},
        }

        def call(name: str) -> Callable[[], Any]:
            return lambda: list(getattr(flow, name)(*asked[name], streaming=True))

        return {f"streamed {name}": call(name) for name in asked}

    def _kept(self, api: Any) -> Calls:
        user = self._user
        return {
            "flows": lambda: sorted(api.flow().list()),
            "flow": lambda: api.flow().get("default"),
            "keys of flows": lambda: sorted(api.config().list("flow")),
            "documents": lambda: api.library().get_documents(*user),
            "processings": lambda: api.library().get_processings(*user),
            "cores": lambda: api.knowledge().list_kg_cores(*user),
        }


if __name__ == "__main__":
    print(json.dumps(Program(*sys.argv[1:]).run()))
