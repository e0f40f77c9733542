"""Chat in the shape of OpenAI, which both EdgeQuake's guide and the AI Assistant API speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from tgproto.link.sse import encode_event
from tgproto.serving.streams import event
from tgproto.types.wire import Json

DONE = encode_event("[DONE]")
"""What ends a stream."""

_ID = "chatcmpl-1"


def completion(text: str, model: str) -> dict[str, object]:
    """Return a whole answer."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return _shaped("chat.completion", model, [choice]) | {"usage": _usage(1)}


def chunks(tokens: Sequence[str], model: str, *, usage: bool = False) -> Iterator[bytes]:
    """Yield the events of a streamed answer: the role, the tokens, the reason of the end, and `[DONE]`.

    Args:
        tokens: The answer in pieces.
        model: Name of the model.
        usage: Whether a chunk without choices says before the end what was used.
    """
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant"}, None)]
    deltas += [({"content": token}, None) for token in tokens]
    for delta, reason in (*deltas, ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        yield event(_shaped("chat.completion.chunk", model, [choice]))
    if usage:
        yield event(_shaped("chat.completion.chunk", model, []) | {"usage": _usage(len(tokens))})
    yield DONE


def last_message(body: Mapping[str, Json]) -> str | None:
    """Return the text of the last of the `messages` in a request; None if it has none."""
    messages = body.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    content = cast("dict[str, Json]", last).get("content") if isinstance(last, dict) else None
    return content if isinstance(content, str) else None


def _shaped(kind: str, model: str, choices: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {"id": _ID, "object": kind, "created": 0, "model": model, "choices": choices}


def _usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": 1 + tokens}
