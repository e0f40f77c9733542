"""What the embedded EdgeQuake says, as values: answers and their events, in every dialect.

Shapes are those of the Rust server (`edgequake-api`, OpenAPI 0.15.1), and of the streaming guide of the
Python SDK where a name says so. Times are zero, and numbers count from one, so that answers can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tgproto.link.sse import encode_event
from tgproto.serving.messages import TEXT, WebAnswer
from tgproto.serving.streams import event
from tgproto.types.wire import encode

VERSION = "0.15.1"
PROBLEM = "application/problem+json"
MODES = ("naive", "local", "global", "hybrid", "mix", "bypass")
DEFAULT_MODE = "mix"
PROVIDER = {"llm_provider": "embedded", "llm_model": "echo"}

SOURCES: tuple[dict[str, object], ...] = (
    {
        "source_type": "chunk",
        "id": "chunk-1",
        "score": 0.9,
        "snippet": "Kestrel Bridge was built by Ines Marlow.",
        "reference_id": 1,
        "document_id": "doc-1",
        "file_path": "bridges.txt",
    },
    {"source_type": "entity", "id": "INES MARLOW", "score": 0.7, "snippet": "An engineer.", "degree": 2},
)
NODES: tuple[dict[str, object], ...] = tuple(
    {"id": name, "label": name, "node_type": kind, "description": "", "degree": degree, "properties": {}}
    for name, kind, degree in (
        ("INES MARLOW", "PERSON", 1),
        ("KESTREL BRIDGE", "STRUCTURE", 2),
        ("ARDEN", "PLACE", 1),
    )
)
EDGES: tuple[dict[str, object], ...] = tuple(
    {"source": source, "target": target, "relationship_type": kind, "weight": 1.0, "properties": {}}
    for source, target, kind in (
        ("INES MARLOW", "KESTREL BRIDGE", "BUILT"),
        ("KESTREL BRIDGE", "ARDEN", "IN"),
    )
)

_EPOCH = "1970-01-01T00:00:00Z"
_PHASES = ("upload", "pdf_conversion", "chunking", "embedding", "extraction", "graph_storage")
_STATS = ("embedding_time_ms", "keyword_time_ms", "retrieval_time_ms", "generation_time_ms", "total_time_ms")


# --- refusals ---------------------------------------------------------------------------------


def problem(status: int, code: str, message: str, **details: object) -> WebAnswer:
    """Return a refusal as current servers write it.

    Args:
        status: Status code.
        code: For programs, such as `NOT_FOUND`.
        message: For people.
        **details: Members of `details`, such as `retry_after_ms`; without any it is left out.
    """
    slug = code.lower().replace("_", "-")
    body = {
        "code": code,
        "message": message,
        "type": f"https://edgequake.dev/problems/{slug}",
        "title": code.replace("_", " ").title(),
        "status": status,
        **({"details": details} if details else {}),
    }
    return WebAnswer(status, encode(body), PROBLEM)


def unreadable(status: int, message: str) -> WebAnswer:
    """Return how the web framework refuses a body: with a bare text."""
    return WebAnswer(status, message.encode("utf-8", "replace"), TEXT)


def denied(message: str) -> WebAnswer:
    """Return how the server refuses who shows no key that it knows."""
    return WebAnswer(401, encode({"error": "unauthorized", "message": message, "request_id": "req-1"}))


def rate_limited(seconds: int) -> WebAnswer:
    """Return how the rate limiter refuses.

    Args:
        seconds: After how many the client may ask again.
    """
    body = {
        "error": "rate_limit_exceeded",
        "message": f"ask again in {seconds} s",
        "retry_after_seconds": seconds,
        "request_id": "req-1",
        "error_code": "RATE_LIMITED",
        "retryable": True,
    }
    return WebAnswer(429, encode(body), more=(("Retry-After", str(seconds)),))


# --- questions --------------------------------------------------------------------------------


def stats(tokens: Sequence[str], sources: Sequence[object]) -> dict[str, object]:
    """Return what an answer has cost."""
    counted = {"sources_retrieved": len(sources), "tokens_used": len(tokens)}
    return {**dict.fromkeys(_STATS, 0), **counted, **PROVIDER}


@dataclass(frozen=True, slots=True)
class Beside:
    """What the stream of a query has beside its tokens.

    Attributes:
        thinking: What the model thinks before it has its context.
        final: The answer as it was polished afterwards; None if it was not.
        bundle: Whether the context has the bundle of version 3.
    """

    thinking: Sequence[str] = ()
    final: str | None = None
    bundle: bool = False


def query_events(
    tokens: Sequence[str],
    sources: Sequence[Mapping[str, object]],
    mode: str,
    beside: Beside,
) -> Iterator[bytes]:
    """Yield the stream of a query, version 2 or 3.

    Args:
        tokens: The answer in pieces.
        sources: What it rests on.
        mode: How it was found.
        beside: What else there is.
    """
    context: dict[str, object] = {"sources": sources, "query_mode": mode, "retrieval_time_ms": 0}
    if beside.bundle:
        context["bundle"] = {"chunks": [one for one in sources if one["source_type"] == "chunk"]}
    used = {**stats(tokens, sources), "query_mode": mode, "ux_ttft_ms": 0}
    done: dict[str, object] = {"stats": used, **PROVIDER}
    polished = {} if beside.final is None else {"answer": beside.final}
    yield from (event({"type": "thinking", "content": thought}) for thought in beside.thinking)
    yield event({"type": "context", **context})
    yield from (event({"type": "token", "content": token}) for token in tokens)
    yield event({"type": "done", **done, **polished})


def raw_events(tokens: Sequence[str]) -> Iterator[bytes]:
    """Yield the stream of a query, version 1: the data of an event is a token. Line ends become LF."""
    for token in tokens:
        text = token.replace("\r\n", "\n").replace("\r", "\n")
        yield encode_event(text.encode("utf-8", "replace").decode())


def guide_events(tokens: Sequence[str], sources: Sequence[Mapping[str, object]]) -> Iterator[bytes]:
    """Yield the stream of a query as the guide describes it."""
    yield from (event({"type": "source", "source": source}) for source in sources)
    yield from (event({"chunk": token, "type": "token"}) for token in tokens)
    yield event({"type": "done"})


# --- chat -------------------------------------------------------------------------------------


def chat_events(
    tokens: Sequence[str],
    sources: Sequence[object],
    ids: Mapping[str, str],
    *,
    thinking: Sequence[str] = (),
    title: str | None = None,
) -> Iterator[bytes]:
    """Yield the stream of a chat.

    Args:
        tokens: The answer in pieces.
        sources: What it rests on; without any there is no context.
        ids: `conversation_id`, `user_message_id` and `assistant_message_id`.
        thinking: What the model thinks before it speaks.
        title: What the conversation is called after the answer; None if it has a name.
    """
    conversation = {"conversation_id": ids["conversation_id"]}
    yield event({"type": "conversation", **conversation, "user_message_id": ids["user_message_id"]})
    if sources:
        yield event({"type": "context", "sources": sources, "query_mode": DEFAULT_MODE})
    yield from (event({"type": "thinking", "content": thought}) for thought in thinking)
    yield from (event({"type": "token", "content": token}) for token in tokens)
    done = {"assistant_message_id": ids["assistant_message_id"], "tokens_used": len(tokens), "duration_ms": 0}
    yield event({"type": "done", **done, **PROVIDER})
    if title is not None:
        yield event({"type": "title_update", **conversation, "title": title})


def ollama_lines(
    tokens: Sequence[str], model: str, say: Callable[[str], dict[str, object]]
) -> Iterator[object]:
    """Yield the lines of an answer in the manner of Ollama.

    Args:
        tokens: The answer in pieces.
        model: Name of the model.
        say: Makes the members of a line of some text.
    """
    for token in tokens:
        yield {"model": model, "created_at": _EPOCH, **say(token), "done": False}
    yield ollama_whole(tokens, model, say(""))


def ollama_whole(tokens: Sequence[str], model: str, said: Mapping[str, object]) -> dict[str, object]:
    """Return the last line of an answer, or the only one.

    Args:
        tokens: The answer in pieces.
        model: Name of the model.
        said: Members with the text of this line.
    """
    counted = {"total_duration": 0, "prompt_eval_count": 1, "eval_count": len(tokens)}
    head = {"model": model, "created_at": _EPOCH}
    return {**head, **said, "done": True, "done_reason": "stop", **counted}


# --- other streams ----------------------------------------------------------------------------


def graph_events(
    nodes: Sequence[object], edges: Sequence[object], *, total: tuple[int, int], batch: int
) -> Iterator[bytes]:
    """Yield the stream of a graph.

    Args:
        nodes: Those that are told.
        edges: Those between them.
        total: How many nodes and edges there are.
        batch: How many nodes an event has at most.
    """
    batches = [nodes[start : start + batch] for start in range(0, len(nodes), batch)]
    yield event(
        {
            "type": "metadata",
            "total_nodes": total[0],
            "total_edges": total[1],
            "nodes_to_stream": len(nodes),
            "edges_to_stream": len(edges),
            "is_truncated": len(nodes) < total[0],
        }
    )
    for number, some in enumerate(batches, 1):
        yield event({"type": "nodes", "batch": number, "total_batches": len(batches), "nodes": some})
    yield event({"type": "edges", "edges": edges})
    yield event({"type": "done", "nodes_count": len(nodes), "edges_count": len(edges), "duration_ms": 0})


def progress_events(track: str, end: str) -> Iterator[bytes]:
    """Yield how a PDF is worked on, phase by phase; half of them are done if it does not succeed.

    Args:
        track: Id of the work.
        end: Name of the last event: `complete`, `error` or `timeout`.
    """
    well = end == "complete"
    count = len(_PHASES) if well else len(_PHASES) // 2
    for done in range(count):
        yield event(_progress(track, done, ""), "progress")
    yield event({"error": "no progress"} if end == "timeout" else _progress(track, count, end), end)


def _progress(track: str, done: int, end: str) -> dict[str, object]:
    failed = end == "error"
    states = {done: "failed" if failed else "active"}
    phases = [
        {"phase": name, "status": "complete" if number < done else states.get(number, "pending")}
        for number, name in enumerate(_PHASES)
    ]
    return {
        "track_id": track,
        "pdf_id": f"pdf-{track}",
        "filename": f"{track}.pdf",
        "phases": phases,
        "overall_percentage": 100 * done / len(_PHASES),
        "is_complete": end == "complete",
        "is_failed": failed,
    }


# --- documents --------------------------------------------------------------------------------


def document_list(documents: Sequence[Mapping[str, object]], page: int, size: int) -> dict[str, object]:
    """Return a page of the documents; the first one is 1."""
    total = len(documents)
    return {
        "documents": documents[(page - 1) * size : page * size],
        "total": total,
        "page": page,
        "page_size": size,
        "total_pages": -(-total // size),
        "has_more": page * size < total,
        "status_counts": {"completed": total},
    }


def document_track(track: str, documents: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return what became of the documents of an upload."""
    return {
        "track_id": track,
        "created_at": _EPOCH,
        "documents": documents,
        "total_count": len(documents),
        "status_summary": {"completed": len(documents)},
        "is_complete": True,
        "registered_count": len(documents),
    }
