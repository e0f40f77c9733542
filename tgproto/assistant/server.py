"""A small AI Assistant System API in memory, pure: requests in, answers out.

Chat, tools and batches are those of the page "Streaming and Batching API" of `jSieber7/ai-assistant`; beside
them are the OpenAI-like and agent routes that the server of that project really has.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from tgproto.serving.doors import GET, POST, Door, knock, query_of
from tgproto.serving.messages import TEXT, WebAnswer, WebRequest
from tgproto.serving.openai import chunks, completion, last_message
from tgproto.serving.plans import Answers, Planned, Refusal, json_body, json_value
from tgproto.serving.streams import event, stream
from tgproto.types.wire import Json, encode

BatchAnswers: TypeAlias = Sequence[Mapping[str, object]]
"""The `responses` of a batch."""
Twist: TypeAlias = Callable[[BatchAnswers], BatchAnswers]
"""Changes the answers of one batch."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the assistant has.

    Attributes:
        description: What it does.
        run: Makes a result of the parameters.
        parameters: JSON schema of the parameters.
    """

    description: str
    run: Callable[[Mapping[str, Json]], object]
    parameters: Mapping[str, object]


TOOLS: Mapping[str, Tool] = {
    "search": Tool(
        "Looks something up.",
        lambda parameters: f"found: {parameters.get('query')}",
        {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    ),
}
"""The tools of a server that was given none."""


class AssistantServer(Planned):
    """An assistant that answers what it was told, with any number of connections.

    What is planned for a path holds for the items of batches, too, and is then used up by them.

    Args:
        answers: Message -> its answer: a text, or its tokens. Any other message is repeated, word by word.
        tools: Name -> tool.
        api_key: The bearer key that is wanted; empty for none.
        batch_size: How many requests a batch may have (`BATCH_MAX_SIZE`); 0 for no batches at all.
        streaming: Whether chat streams (`STREAM_ENABLED`); if not, it answers with JSON all the same.
        agents: Whether `/v1/chat/completions` ignores `stream`, as the real server does with its agents.

    Raises:
        ValueError: The size of batches is below 0.
    """

    def __init__(
        self,
        answers: Answers | None = None,
        *,
        tools: Mapping[str, Tool] = TOOLS,
        api_key: str = "",
        batch_size: int = 10,
        streaming: bool = True,
        agents: bool = False,
    ) -> None:
        super().__init__(answers)
        if batch_size < 0:
            raise ValueError(f"batch_size must not be below 0, but is {batch_size}")
        self._tools = dict(tools)
        self._api_key, self._batch_size = api_key, batch_size
        self._streaming, self._agents = streaming, agents
        self._twists: deque[Twist] = deque()
        self._made = 0
        self._doors = tuple(
            Door(re.compile(path), methods, answer)
            for path, methods, answer in (
                ("/health", GET, self._health),
                ("/api/agent/chat", POST, self._chat),
                ("/api/tools", GET, self._list_tools),
                ("/api/tools/([^/]+)", GET, self._show_tool),
                ("/api/tools/([^/]+)/execute", POST, self._execute),
                ("/api/batch", POST, self._batch),
                ("/v1/models", GET, self._models),
                ("/v1/chat/completions", POST, self._openai),
                ("/api/v1/agents/chat/completions", POST, self._agent_chat),
            )
        )

    def twist(self, *twists: Twist) -> None:
        """Change the answers of the next batches, one after the other.

        Args:
            twists: For instance `reverse`, `without("a")`, `twice("a")`, `renamed("a", "b")`.
        """
        self._twists.extend(twists)

    def answer(self, request: WebRequest) -> WebAnswer:
        """Answer a request as usual.

        Raises:
            Refusal: It cannot be answered.
        """
        if self._api_key and request.authorization != f"Bearer {self._api_key}":
            raise _refused(401, "Not authenticated")
        return knock(self._doors, request, _refuse)

    # --- chat ---------------------------------------------------------------------------------

    def _chat(self, request: WebRequest) -> WebAnswer:
        tokens = self.tokens(_text(_object(request), "message"))
        if query_of(request).get("stream") == "true" and self._streaming:
            self._made += 1
            return stream(_chat_events(tokens, f"msg_{self._made}"))
        return _ok({"response": "".join(tokens)})

    def _openai(self, request: WebRequest) -> WebAnswer:
        body = _object(request)
        tokens, model = self.tokens(_spoken(body)), str(body.get("model"))
        if body.get("stream") is True and not self._agents:
            return stream(chunks(tokens, model), TEXT)  # the real server says so
        answer = completion("".join(tokens), model)
        return _ok(answer | _of_agent(body) if self._agents else answer)

    def _agent_chat(self, request: WebRequest) -> WebAnswer:
        body = _object(request)
        answer = completion("".join(self.tokens(_spoken(body))), str(body.get("model")))
        return _ok({**answer, "object": "agent.chat.completion", **_of_agent(body), "metadata": {}})

    # --- tools --------------------------------------------------------------------------------

    def _list_tools(self, _request: WebRequest) -> WebAnswer:
        return _ok({"tools": [_described(name, tool) for name, tool in self._tools.items()]})

    def _show_tool(self, _request: WebRequest, name: str) -> WebAnswer:
        return _ok({**_described(name, self._tool(name)), "examples": []})

    def _execute(self, request: WebRequest, name: str) -> WebAnswer:
        tool, parameters = self._tool(name), _object(request).get("parameters")
        if not isinstance(parameters, dict):
            raise _invalid("parameters", "Input should be a valid dictionary", "dict_type")
        result = tool.run(cast("dict[str, Json]", parameters))
        return _ok({"result": result, "execution_time": 0.0, "cached": False})

    def _tool(self, name: str) -> Tool:
        if name not in self._tools:
            body = {"error": "tool_not_found", "message": f"there is no tool {name}"}
            raise Refusal(WebAnswer(404, encode(body)))
        return self._tools[name]

    # --- batches ------------------------------------------------------------------------------

    def _batch(self, request: WebRequest) -> WebAnswer:
        if not self._batch_size:
            return _refuse("")
        items = _object(request).get("requests")
        if not isinstance(items, list):
            raise _invalid("requests", "Input should be a valid list", "list_type")
        if len(items) > self._batch_size:
            raise _refused(413, f"a batch has at most {self._batch_size} requests")
        replies = [self._item(item, request) for item in items]
        answers: BatchAnswers = [answer for answer, _ in replies]
        if self._twists:
            answers = self._twists.popleft()(answers)
        seconds = sum(delay for _, delay in replies)
        return WebAnswer(200, encode({"responses": answers, "total_processing_time": seconds}), delay=seconds)

    def _item(self, item: object, batch: WebRequest) -> tuple[dict[str, object], float]:
        """Answer one request of a batch; return how many seconds that takes, too."""
        members = cast("dict[str, Json]", item) if isinstance(item, dict) else {}
        path, answer = members.get("path"), WebAnswer(400, encode({"detail": "this cannot be in a batch"}))
        if isinstance(path, str) and path != batch.path:
            body = encode(members["body"]) if "body" in members else b""
            one = WebRequest(str(members.get("method", "POST")), path, batch.headers, body)
            reply = self.planned(one)
            whole = isinstance(reply, WebAnswer) and reply.pieces is None
            answer = (
                cast("WebAnswer", reply) if whole else WebAnswer(502, b"no whole answer", delay=reply.delay)
            )
        said = {"error": _reason(answer)} if answer.status >= 400 else {"body": json_value(answer.body)}
        return {"id": members.get("id"), "status": answer.status, **said}, answer.delay

    # --- operations ---------------------------------------------------------------------------

    def _health(self, _request: WebRequest) -> WebAnswer:
        return _ok({"status": "healthy", "service": "ai-assistant"})

    def _models(self, _request: WebRequest) -> WebAnswer:
        return _ok({"object": "list", "data": [{"id": "echo", "object": "model"}]})


# --- twists -----------------------------------------------------------------------------------


def reverse(answers: BatchAnswers) -> BatchAnswers:
    """Give the answers of a batch from the last one to the first."""
    return answers[::-1]


def without(name: str) -> Twist:
    """Leave the answer with an id out."""
    return lambda answers: [one for one in answers if one["id"] != name]


def twice(name: str) -> Twist:
    """Give the answer with an id a second time, behind the others."""
    return lambda answers: [*answers, *(one for one in answers if one["id"] == name)]


def renamed(name: str, new: str | None) -> Twist:
    """Give the answer with an id under another one, which nobody asked for; or, for None, without any."""
    named = {} if new is None else {"id": new}

    def twist(answers: BatchAnswers) -> BatchAnswers:
        return [{**_nameless(one), **named} if one["id"] == name else one for one in answers]

    return twist


def _nameless(answer: Mapping[str, object]) -> dict[str, object]:
    return {member: value for member, value in answer.items() if member != "id"}


# --- inside -----------------------------------------------------------------------------------


def _chat_events(tokens: Sequence[str], message: str) -> Iterator[bytes]:
    yield event({"type": "start", "message_id": message})
    yield from (event({"type": "token", "content": token}) for token in tokens)
    yield event({"type": "end", "message_id": message})


def _of_agent(body: Mapping[str, Json]) -> dict[str, object]:
    """Return what an agent says beside its answer."""
    about = {name: body.get(name) for name in ("agent_name", "conversation_id")}
    return {**about, "tool_results": []}


def _described(name: str, tool: Tool) -> dict[str, object]:
    return {"name": name, "description": tool.description, "parameters": tool.parameters}


def _ok(value: object) -> WebAnswer:
    return WebAnswer(200, encode(value))


def _refuse(allowed: str) -> WebAnswer:
    if allowed:
        return WebAnswer(405, encode({"detail": "Method Not Allowed"}), more=(("Allow", allowed),))
    return WebAnswer(404, encode({"detail": "Not Found"}))


def _refused(status: int, detail: str) -> Refusal:
    return Refusal(WebAnswer(status, encode({"detail": detail})))


def _invalid(member: str, message: str, kind: str) -> Refusal:
    """Return how the web framework refuses a body."""
    detail = [{"loc": ["body", member], "msg": message, "type": kind}]
    return Refusal(WebAnswer(422, encode({"detail": detail})))


def _object(request: WebRequest) -> Mapping[str, Json]:
    body = json_body(request)
    if body is None:
        raise _invalid("", "Input should be a valid dictionary", "model_attributes_type")
    return body


def _text(body: Mapping[str, Json], member: str) -> str:
    text = body.get(member)
    if not isinstance(text, str):
        raise _invalid(member, "Field required", "missing")
    return text


def _spoken(body: Mapping[str, Json]) -> str:
    text = last_message(body)
    if text is None:
        raise _invalid("messages", "Field required", "missing")
    return text


def _reason(answer: WebAnswer) -> str:
    """Return what an answer says of its failure."""
    body = json_value(answer.body)
    said = cast("dict[str, Json]", body) if isinstance(body, dict) else {}
    reason = said.get("detail", said.get("message"))
    return reason if isinstance(reason, str) else answer.body.decode("utf-8", "replace")
