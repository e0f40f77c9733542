"""A small EdgeQuake in memory, pure: requests in, answers out, in all dialects of its clients.

Which dialect is spoken follows from the path: `/api/v1/...` is that of the Rust server (`edgequake-api`,
OpenAPI 0.15.1), `/query`, `/query/stream` and `/v1/chat/completions` are those of the streaming guide of the
Python SDK, `/api/chat` and `/api/generate` those of Ollama.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from tgproto.edgequake import server_answers as say
from tgproto.edgequake.server_accounts import Accounts, user
from tgproto.serving.doors import GET, POST, Door, knock, query_of
from tgproto.serving.kept import KEPT, make_room
from tgproto.serving.messages import WebAnswer, WebRequest
from tgproto.serving.openai import chunks, completion, last_message
from tgproto.serving.plans import Answers, Planned, Refusal, json_body
from tgproto.serving.streams import lines, stream
from tgproto.types.wire import Json, encode

_OPEN = re.compile(r"/health|/ready|/api/v1/auth/(login|refresh)")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|default", re.IGNORECASE)
_OLLAMA_MODE = re.compile(r"/(?:(?:local|global|naive|hybrid|mix|bypass)?(context)?)(?:\s+|$)")


class EdgequakeServer(Planned):
    """An EdgeQuake that answers what it was told, with any number of connections.

    Args:
        answers: Question -> its answer: a text, or its tokens. Any other question is repeated, word by word.
        sources: What answers rest on.
        thinking: What the model thinks before it answers a stream; empty for nothing.
        final: What every answer is after it was polished; None if it stays as it is.
        api_key: The key that is accepted, as bearer or in X-API-Key; empty for none.
        users: Name -> password of those who may log in. Without them and a key, everybody is let in.
        tenants: Whether chat wants X-Tenant-ID and X-User-ID, as a server with many tenants does.
        nodes: What the graph has.
        edges: What is between them.
        tracks: Track id of a PDF -> its last event, `complete`, `error` or `timeout`; default `complete`.
        ollama: Whether the paths of Ollama are served; on a real server they are off by default.

    Attributes:
        accounts: The keys and tokens; `accounts.expire()` lets access tokens be too old.

    Raises:
        ValueError: A track ends in another way.
    """

    def __init__(
        self,
        answers: Answers | None = None,
        *,
        sources: Sequence[Mapping[str, object]] = say.SOURCES,
        thinking: Sequence[str] = (),
        final: str | None = None,
        api_key: str = "",
        users: Mapping[str, str] | None = None,
        tenants: bool = False,
        nodes: Sequence[Mapping[str, object]] = say.NODES,
        edges: Sequence[Mapping[str, object]] = say.EDGES,
        tracks: Mapping[str, str] | None = None,
        ollama: bool = True,
    ) -> None:
        super().__init__(answers)
        if strange := set(dict(tracks or {}).values()) - {"complete", "error", "timeout"}:
            raise ValueError(
                f"tracks must end with complete, error or timeout, not {', '.join(sorted(strange))}"
            )
        self.accounts = Accounts(api_key, users or {})
        self._sources, self._thinking, self._final = sources, thinking, final
        self._tenants, self._ollama = tenants, ollama
        self._nodes, self._edges, self._tracks = nodes, edges, dict(tracks or {})
        self._conversations: dict[str, deque[dict[str, object]]] = {}
        self._documents: dict[str, dict[str, object]] = {}
        self._made = 0
        v1 = "/api/v1"
        self._doors = tuple(
            Door(re.compile(path), methods, answer)
            for path, methods, answer in (
                ("/health", GET, self._health),
                ("/ready", GET, self._ready),
                (f"{v1}/auth/login", POST, self._login),
                (f"{v1}/auth/refresh", POST, self._refresh),
                (f"{v1}/auth/logout", POST, self._logout),
                (f"{v1}/auth/me", GET, self._me),
                (f"{v1}/query", POST, self._query),
                (f"{v1}/query/stream", POST, self._query_stream),
                ("/query", POST, self._guide_query),
                ("/query/stream", GET, self._guide_stream),
                (f"{v1}/chat/completions", POST, self._chat),
                (f"{v1}/chat/completions/stream", POST, self._chat_stream),
                (f"{v1}/conversations/([^/]+)/messages", GET, self._messages),
                ("/v1/chat/completions", POST, self._openai),
                (f"{v1}/graph/stream", GET, self._graph),
                (f"{v1}/documents", POST, self._upload),
                (f"{v1}/documents", GET, self._list),
                (f"{v1}/documents/track/([^/]+)", GET, self._track),
                (f"{v1}/documents/pdf/progress/stream/([^/]+)", GET, self._progress),
                ("/api/(chat|generate)", POST, self._ollama_stream),
                ("/api/(tags|ps|version)", GET, self._ollama_state),
            )
        )

    def answer(self, request: WebRequest) -> WebAnswer:
        """Answer a request as usual.

        Raises:
            Refusal: It cannot be answered.
        """
        if not _OPEN.fullmatch(request.path) and self.accounts.admit(request) is None:
            return say.denied("an API key or a token is needed")
        return knock(self._doors, request, _refuse)

    # --- operations and users -----------------------------------------------------------------

    def _health(self, _request: WebRequest) -> WebAnswer:
        state: dict[str, object] = {"status": "healthy", "version": say.VERSION, "storage_mode": "memory"}
        return _ok({**state, "components": {}, "llm_provider_name": say.PROVIDER["llm_provider"]})

    def _ready(self, _request: WebRequest) -> WebAnswer:
        return _ok({"ready": True, "checks": {}})

    def _login(self, request: WebRequest) -> WebAnswer:
        body = _object(request)
        tokens = self.accounts.login(body.get("username", body.get("email")), body.get("password"))
        return say.denied("wrong name or password") if tokens is None else _ok(tokens)

    def _refresh(self, request: WebRequest) -> WebAnswer:
        tokens = self.accounts.refresh(_object(request).get("refresh_token"))
        return say.denied("the refresh token is not known") if tokens is None else _ok(tokens)

    def _logout(self, _request: WebRequest) -> WebAnswer:
        return WebAnswer(204, content_type="")

    def _me(self, request: WebRequest) -> WebAnswer:
        return _ok({"user": user(self.accounts.admit(request) or "anonymous")})

    # --- questions ----------------------------------------------------------------------------

    def _query(self, request: WebRequest) -> WebAnswer:
        body, question = _asked(request, "query")
        return self._whole(question, _mode(body))

    def _guide_query(self, request: WebRequest) -> WebAnswer:
        body, question = _asked(request, "query")
        return self._whole(question, body.get("mode") or say.DEFAULT_MODE)

    def _whole(self, question: str, mode: object) -> WebAnswer:
        tokens = self.tokens(question)
        answer = "".join(tokens) if self._final is None else self._final
        about = {"sources": self._sources, "stats": say.stats(tokens, self._sources)}
        return _ok({"answer": answer, "mode": mode, **about})

    def _query_stream(self, request: WebRequest) -> WebAnswer:
        body, question = _asked(request, "query")
        version, tokens = body.get("stream_format", "v2"), self.tokens(question)
        if version not in ("v1", "v2", "v3"):
            raise Refusal(say.unreadable(422, "stream_format: unknown variant"))
        if version == "v1":
            return stream(say.raw_events(tokens))
        beside = say.Beside(self._thinking, self._final, bundle=version == "v3")
        return stream(say.query_events(tokens, self._sources, _mode(body), beside))

    def _guide_stream(self, request: WebRequest) -> WebAnswer:
        question = query_of(request).get("query")
        if not question:
            raise Refusal(say.unreadable(400, "query string: missing field `query`"))
        return stream(say.guide_events(self.tokens(question), self._sources))

    # --- chat ---------------------------------------------------------------------------------

    def _chat(self, request: WebRequest) -> WebAnswer:
        question, ids, _ = self._said(request)
        tokens = self.tokens(question)
        text = "".join(tokens)
        self._keep(ids, text)
        about: dict[str, object] = {"sources": self._sources, "stats": say.stats(tokens, self._sources)}
        cost: dict[str, object] = {"tokens_used": len(tokens), "duration_ms": 0, **say.PROVIDER}
        return _ok({**ids, "content": text, "mode": say.DEFAULT_MODE, **about, **cost})

    def _chat_stream(self, request: WebRequest) -> WebAnswer:
        question, ids, new = self._said(request)
        tokens = self.tokens(question)
        title = f"About: {question}" if new else None
        events = say.chat_events(tokens, self._sources, ids, thinking=self._thinking, title=title)
        return stream(self._kept(events, ids, "".join(tokens)))

    def _said(self, request: WebRequest) -> tuple[str, dict[str, str], bool]:
        """Keep what the user says; return it, the ids of the exchange, and whether it is the first one."""
        for name in ("X-Tenant-ID", "X-User-ID") if self._tenants else ():
            value = request.header(name)
            if value is None:
                raise Refusal(say.problem(401, "UNAUTHORIZED", f"{name} is missing"))
            if not _UUID.fullmatch(value):
                raise Refusal(say.problem(400, "BAD_REQUEST", f"{name} is no UUID"))
        body, question = _asked(request, "message")
        known = body.get("conversation_id")
        conversation = known if isinstance(known, str) else self._uuid()
        ids = {"conversation_id": conversation, "user_message_id": self._uuid()}
        ids["assistant_message_id"] = self._uuid()
        messages = make_room(self._conversations).setdefault(conversation, deque(maxlen=KEPT))
        messages.append({"id": ids["user_message_id"], "role": "user", "content": question})
        return question, ids, known is None

    def _keep(self, ids: Mapping[str, str], text: str) -> None:
        message: dict[str, object] = {"id": ids["assistant_message_id"], "role": "assistant", "content": text}
        self._conversations.setdefault(ids["conversation_id"], deque(maxlen=KEPT)).append(message)

    def _kept(self, events: Iterator[bytes], ids: Mapping[str, str], text: str) -> Iterator[bytes]:
        yield from events
        self._keep(ids, text)

    def _messages(self, _request: WebRequest, conversation: str) -> WebAnswer:
        if conversation not in self._conversations:
            raise Refusal(say.problem(404, "NOT_FOUND", f"there is no conversation {conversation}"))
        items = list(self._conversations[conversation])
        pages = {"next_cursor": None, "prev_cursor": None, "total": len(items), "has_more": False}
        return _ok({"items": items, "pagination": pages})

    def _openai(self, request: WebRequest) -> WebAnswer:
        body = _object(request)
        model, tokens = str(body.get("model")), self.tokens(_spoken(body))
        if body.get("stream") is not True:
            return _ok(completion("".join(tokens), model))
        options = body.get("stream_options")
        usage = isinstance(options, dict) and options.get("include_usage") is True
        return stream(chunks(tokens, model, usage=usage))

    # --- graph, documents ---------------------------------------------------------------------

    def _graph(self, request: WebRequest) -> WebAnswer:
        query = query_of(request)
        most, batch = _number(query, "max_nodes", 200), _number(query, "batch_size", 50)
        nodes = self._nodes[:most]
        told = {node["id"] for node in nodes}
        edges = [edge for edge in self._edges if {edge["source"], edge["target"]} <= told]
        total = len(self._nodes), len(self._edges)
        return stream(say.graph_events(nodes, edges, total=total, batch=batch))

    def _progress(self, _request: WebRequest, track: str) -> WebAnswer:
        return stream(say.progress_events(track, self._tracks.get(track, "complete")))

    def _upload(self, request: WebRequest) -> WebAnswer:
        body, content = _asked(request, "content")
        name, track = self._uuid(), body.get("track_id") or f"track-{self._made}"
        about = {"title": body.get("title"), "content_length": len(content), "track_id": track}
        make_room(self._documents)[name] = {"id": name, "status": "completed", "chunk_count": 1, **about}
        return WebAnswer(
            201, encode({"document_id": name, "status": "completed", "track_id": track, "chunk_count": 1})
        )

    def _list(self, request: WebRequest) -> WebAnswer:
        query, documents = query_of(request), list(self._documents.values())
        page, size = _number(query, "page", 1), _number(query, "page_size", 20)
        return _ok(say.document_list(documents, page, size))

    def _track(self, _request: WebRequest, track: str) -> WebAnswer:
        documents = [one for one in self._documents.values() if one["track_id"] == track]
        if not documents:
            raise Refusal(say.problem(404, "NOT_FOUND", f"nothing is known of {track}"))
        return _ok(say.document_track(track, documents))

    def _uuid(self) -> str:
        self._made += 1
        return f"00000000-0000-4000-8000-{self._made:012d}"

    # --- Ollama -------------------------------------------------------------------------------

    def _ollama_stream(self, request: WebRequest, kind: str) -> WebAnswer:
        self._check_ollama()
        makers: dict[str, Callable[[str], dict[str, object]]] = {
            "chat": lambda text: {"message": {"role": "assistant", "content": text}},
            "generate": lambda text: {"response": text},
        }
        if kind == "chat":
            body = _object(request)
            question = _spoken(body)
        else:
            body, question = _asked(request, "prompt")
        model, tokens = str(body.get("model")), self._ollama_tokens(question)
        if body.get("stream", kind == "chat") is True:
            return lines(say.ollama_lines(tokens, model, makers[kind]))
        return _ok(say.ollama_whole(tokens, model, makers[kind]("".join(tokens))))

    def _ollama_tokens(self, question: str) -> Sequence[str]:
        """Return an answer; only what it rests on, if the question begins with `/context` or the like."""
        prefix = _OLLAMA_MODE.match(question)
        if prefix is not None and prefix[1]:
            return [f"{source['snippet']}\n" for source in self._sources]
        return self.tokens(question[prefix.end() :] if prefix else question)

    def _ollama_state(self, _request: WebRequest, kind: str) -> WebAnswer:
        self._check_ollama()
        return _ok({"version": say.VERSION} if kind == "version" else {"models": []})

    def _check_ollama(self) -> None:
        if not self._ollama:
            body = {"code": "SERVICE_UNAVAILABLE", "message": "EDGEQUAKE_OLLAMA_COMPAT_ENABLED is not set"}
            raise Refusal(WebAnswer(503, encode(body)))


def _ok(value: object) -> WebAnswer:
    return WebAnswer(200, encode(value))


def _refuse(allowed: str) -> WebAnswer:
    if allowed:
        return WebAnswer(405, content_type="", more=(("Allow", allowed),))
    return say.problem(404, "NOT_FOUND", "there is no such path")


def _object(request: WebRequest) -> Mapping[str, Json]:
    """Read a body as the web framework does."""
    if not (request.header("Content-Type") or "").startswith("application/json"):
        raise Refusal(say.unreadable(415, "Content-Type must be application/json"))
    body = json_body(request)
    if body is None:
        raise Refusal(say.unreadable(400, "the body is no JSON object"))
    return body


def _asked(request: WebRequest, member: str) -> tuple[Mapping[str, Json], str]:
    """Return a body, and the text in it that may not be empty."""
    body = _object(request)
    text = body.get(member)
    if not isinstance(text, str):
        raise Refusal(say.unreadable(422, f"missing field `{member}`, or no string"))
    if not text.strip():
        raise Refusal(say.problem(400, "BAD_REQUEST", f"{member} must not be empty"))
    return body, text


def _mode(body: Mapping[str, Json]) -> str:
    mode = body.get("mode") or say.DEFAULT_MODE
    if not isinstance(mode, str) or mode not in say.MODES:
        raise Refusal(say.unreadable(422, f"mode: expected one of {', '.join(say.MODES)}"))
    return mode


def _spoken(body: Mapping[str, Json]) -> str:
    """Return the text of the last of `messages`."""
    text = last_message(body)
    if text is None:
        raise Refusal(say.problem(422, "VALIDATION_ERROR", "messages must end with one that has a content"))
    return text


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a number above 0 of a query."""
    text = query.get(name, str(default))
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise Refusal(say.unreadable(400, f"{name}: no number above 0"))
    return int(text)
