"""Raw requests over REST and the socket by clients that are not ours, and the shape of what they are told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import httpx
import trio
from trio_websocket import open_websocket_url

from tests.interop.published import PATIENCE

OWN = {
    *("in_token", "out_token", "model", "message_id", "explain_id", "explain_triples", "vectors", "sources"),
    *("graphql_query", "variables", "detected_schemas", "confidence", "data"),
    *("detected-type", "descriptor", "metadata", "schema-matches"),
    *("label", "models", "answers", "results"),
}
"""Members of which only the JSON type is compared."""

SILENCE = 1.0
"""Seconds without a frame after which no other comes."""

Members = dict[str, Any]


def shape(value: Any) -> Any:
    """Return JSON without what is a gateway's own."""
    if not isinstance(value, dict):
        return value
    told = {name: type(member).__name__ if name in OWN else shape(member) for name, member in value.items()}
    if value.get("message_type", value.get("chunk_type")) in ("thought", "observation"):
        told["content"] = "what it thinks"
    return told | {name: "what it thinks" for name in ("thought", "observation") if name in value}


def over_rest(
    url: str,
    body: object,
    token: str | None,
    method: str = "POST",
    scheme: str = "Bearer",
    shaped: Callable[[Any], Any] = shape,
) -> tuple[Any, ...]:
    """Return status, type, permitted methods, and the answer as `shaped` makes it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if token is None else {"Authorization": f"{scheme} {token}"}
    answer = httpx.request(method, url, content=content, headers=headers, timeout=PATIENCE, verify=False)
    kind = answer.headers.get("content-type", "")
    text = shaped(answer.json()) if "json" in kind else answer.text
    return answer.status_code, kind, answer.headers.get("allow"), text


def over_sockets(
    *urls: str,
    frames: Sequence[Members | str | bytes],
    final: int = 1,
    query: str = "",
    shaped: Callable[[Any], Any] = shape,
    silence: float = SILENCE,
) -> list[list[Any]]:
    """Send the same frames to gateways; return what each says. Equal frames behind each other count as one.

    Args:
        urls: Where to.
        frames: What to send.
        final: How many final frames to expect; then, or in silence, it is over. An error that says nothing
            of its end is final, too.
        query: What follows the path.
        shaped: Makes of each frame what is compared.
        silence: Seconds without a frame after which no other comes.
    """
    told: dict[str, list[Any]] = {url: [] for url in urls}

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for url in urls:
                nursery.start_soon(_talk, url, query, frames, final, shaped, silence, told[url])

    trio.run(main)
    return [[frame for frame, _ in groupby(answers)] for answers in told.values()]


def open_socket(url: str, query: str) -> tuple[int, str, str]:
    """Return status, type and text of the answer to a request to open a socket."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    with httpx.stream("GET", f"{url}/api/v1/socket{query}", headers=headers, timeout=PATIENCE) as answer:
        if answer.status_code == httpx.codes.SWITCHING_PROTOCOLS:
            return answer.status_code, "", ""
        return answer.status_code, answer.headers["content-type"], answer.read().decode()


def _socket(url: str) -> str:
    return f"{url.replace('http', 'ws', 1)}/api/v1/socket"


async def _talk(
    url: str,
    query: str,
    frames: Sequence[Members | str | bytes],
    final: int,
    shaped: Callable[[Any], Any],
    patience: float,
    told: list[Any],
) -> None:
    async with open_websocket_url(_socket(url) + query) as socket:
        for frame in frames:
            await socket.send_message(json.dumps(frame) if isinstance(frame, dict) else frame)
        with trio.move_on_after(patience) as silence:
            while final:
                answer = json.loads(await socket.get_message())
                silence.deadline = trio.current_time() + patience
                told.append(shaped(answer))
                final -= bool(answer.get("complete")) or answer.keys() == {"error"}
