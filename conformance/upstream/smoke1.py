"""Check that 1.7.1 and its stand-ins work, with upstream's own client where that can, and over bare sockets.

    gateway.py run --generation 1 -- ../../.venv-gateway-1/bin/python smoke1.py

It wants the variables that `gateway.py run` sets, and the packages of the gateway's environment. Upstream's
client is used over REST only: on a socket and for bulk it does not agree with its own gateway (OBSERVED.md).
"""

import json
import sys
import time
import uuid

import msgpack
import requests
from checks import SILENCE, Frame, Socket, expect, imported, run, setting
from trustgraph.api import Api
from trustgraph.api.types import ConfigKey, ConfigValue
from trustgraph.knowledge import Uri
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

URL = setting("TGPROTO_GATEWAY_1_URL")
TOKEN = setting("TGPROTO_GATEWAY_1_TOKEN")
CONTROL = setting("TGPROTO_GATEWAY_1_CONTROL")
USER = "trustgraph"

IMPORTED = 1000
BATCH = 10
STEPS = ["I should ", "look it up.", "The answer ", "is known.", "I know ", "the answer."]


def open_socket(path: str = "socket", token: str = TOKEN) -> ClientConnection:
    """Open a socket of the gateway; the token is in its address."""
    return connect(f"{URL.replace('http', 'ws', 1)}/api/v1/{path}?token={token}", max_size=None)


def authentication() -> None:
    """A wrong token, and the first frame that 2.x takes."""
    try:
        open_socket(token="wrong").close()
        expect("a wrong token is refused", False)
    except InvalidStatus as error:
        expect("a wrong token is refused", error.response.status_code == 401, error)
    status = requests.post(f"{URL}/api/v1/flow", json={"operation": "list-flows"}).status_code
    expect("REST: no token is refused", status == 401, status)
    with open_socket() as connection:
        answer = Socket(connection).exchange({"type": "auth", "token": TOKEN})
        expect("a first frame as in 2.x is a bad message", answer == {"error": "Bad message"}, answer)


def rest() -> None:
    """Upstream's client over REST."""
    api = Api(url=f"{URL}/", token=TOKEN, timeout=30)
    flows = api.flow().list()
    expect("REST: flows", {"default", "bare", "dead"} <= set(flows), flows)
    value = str(uuid.uuid4())
    api.config().put([ConfigValue(type="interop", key="smoke", value=value)])
    got = api.config().get([ConfigKey(type="interop", key="smoke")])
    expect("REST: config written and read", got[0].value == value, got)
    text = api.flow().id("default").text_completion(system="s", prompt="hello n=2")
    expect("REST: text completion", text == "chunk-0 chunk-1 ", text)
    ident = f"urn:smoke:{value}"
    api.library().add_document(
        document=b"hello", id=ident, metadata=[], user=USER, title="t", comments="", kind="text/plain"
    )
    found = [document.id for document in api.library().get_documents(user=USER)]
    expect("REST: document added and listed", ident in found, found)
    body = {"operation": "update-collection", "user": USER, "collection": value, "name": "Smoke"}
    made = _post("collection-management", body).get("collections", [{}])
    expect("REST: collection created", made[0].get("name") == "Smoke", made)


def streams() -> None:
    """The frames of each streaming service."""
    with open_socket() as connection:
        socket = Socket(connection)

        def members(service: str, body: Frame, member: str) -> list[object]:
            frames = socket.answers(service, {**body, "streaming": True})
            return [frame.get("response", {}).get(member) for frame in frames]

        pieces = [f"chunk-{i} " for i in range(4)]
        got = members("text-completion", {"system": "", "prompt": "n=4"}, "response")
        expect("stream: text completion", got == [*pieces, ""], got)
        got = members("prompt", {"id": "p", "variables": {"q": "n=4"}}, "text")
        expect("stream: prompt", got == [*pieces, None], got)
        for service in ("graph-rag", "document-rag"):
            frames = socket.answers(service, {"query": "n=4", "streaming": True})
            chunks = [frame["response"].get("chunk") for frame in frames]
            whole = frames[-1]["response"].get("response")
            expect(f"stream: {service}", (chunks, whole) == ([*pieces, None], "".join(pieces)), frames)
        got = members("agent", {"question": "n=4"}, "content")
        expect("stream: agent", got == [*STEPS, *pieces, None], got)
        frames = socket.answers("agent", {"question": "n=1"})
        names = [name for frame in frames for name in frame["response"]]
        expect("agent without streaming", names == ["thought", "observation", "thought", "answer"], frames)


def directives() -> None:
    """What a request can make the scripted services do."""
    with open_socket() as connection:
        socket = Socket(connection)

        def complete(prompt: str) -> list[Frame]:
            request = {"system": "", "prompt": prompt, "streaming": True}
            return [frame.get("response", {}) for frame in socket.answers("text-completion", request)]

        texts = [frame.get("response") for frame in complete("ANSWER<<forty-two>>")]
        expect("ANSWER<<>>", texts == ["for", "ty-", "two", ""], texts)
        frames = complete("fail=2")
        error = {"type": "llm-error", "message": "scripted failure after 2 chunks"}
        expect("fail= after two pieces", (len(frames), frames[-1]) == (3, {"error": error}), frames)
        expect("drop= falls silent", len(complete("drop=2")) == 2)
        frames = complete("n=1 size=70000")
        expect("size=", len(frames[0]["response"]) == 70000)
        begin = time.monotonic()
        complete("n=2 delay=0.1 first=0.2")
        expect("delay= and first=", time.monotonic() - begin >= 0.4)
        expect("dup= is not seen behind the last frame", len(complete("n=2 dup=1")) == 3)
        frames = socket.answers("graph-rag", {"query": "n=4 empty=1", "streaming": True})
        told = [(frame["response"], frame["complete"]) for frame in frames]
        cut = [({"chunk": "chunk-0 ", "end_of_stream": False}, False), ({}, True)]
        expect("empty= ends a stream of graph-rag", told == cut, told)
    with open_socket() as connection:
        socket = Socket(connection)
        socket.ask("text-completion", {"system": "", "prompt": "hang=1"}, ident="silent")
        socket.ask("embeddings", {"text": "a"}, ident="heard")
        heard = (socket.receive() or {}).get("id"), socket.receive(SILENCE)
        expect("hang= is silent, its neighbour is not", heard == ("heard", None), heard)


def flows() -> None:
    """The flows that lack something."""
    body = {"system": "", "prompt": "", "streaming": False}
    with open_socket() as connection:
        socket = Socket(connection)
        socket.ask("text-completion", body, flow="no-such-flow")
        answer = socket.receive()
        expect("an unknown flow", answer == {"error": "Invalid flow"}, answer)
        socket.ask("text-completion", body, flow="bare")
        answer = socket.receive()
        expect("bare has no text completion", answer == {"error": "This kind not supported by flow"}, answer)
        expect("flow dead says nothing", socket.answers("text-completion", body, flow="dead") == [])


def bulk() -> None:
    """Import, query and export."""
    collection = f"smoke-{uuid.uuid4().hex[:8]}"
    with open_socket("flow/default/import/triples") as connection:
        for i in range(0, IMPORTED, BATCH):
            connection.send(json.dumps(_triples(collection, range(i, i + BATCH))))
    messages = imported(CONTROL, "triples", collection, IMPORTED)
    seen = [triple["o"]["value"] for message in messages for triple in message["triples"]]
    expect("import: all there, in order", seen == [f"o{i}" for i in range(IMPORTED)], len(seen))
    flow = Api(url=f"{URL}/", token=TOKEN, timeout=30).flow().id("default")
    found = flow.triples_query(s=Uri("http://example.org/s7"), user=USER, collection=collection, limit=9)
    expect("triples: found by upstream's client", [str(triple.o) for triple in found] == ["o7"], found)
    with open_socket("flow/default/import/triples") as connection:
        try:
            connection.send(json.dumps({"s": "a", "p": "b", "o": "c"}))
            connection.recv(timeout=10)
            code = None
        except ConnectionClosed as closed:
            code = closed.rcvd and closed.rcvd.code
        expect("import: a message without metadata closes", code == 1000, code)
    with open_socket("flow/default/export/triples") as export:
        time.sleep(SILENCE)  # there is no sign that the subscription has been made
        requests.post(f"{CONTROL}/publish/triples?count=4&per=3")
        frames = [json.loads(export.recv(timeout=10)) for _ in range(4)]
    values = [triple["o"]["v"] for frame in frames for triple in frame["triples"]]
    expect("export: what was published", values == [f"o{i}" for i in range(12)], values)


def vectors() -> None:
    """Entities come back nearest first."""
    collection = f"smoke-{uuid.uuid4().hex[:8]}"
    embedding = {
        text: _post("flow/default/service/embeddings", {"text": text})["vectors"]
        for text in ("alpha", "beta", "gamma")
    }
    entities = [{"entity": {"v": text, "e": True}, "vectors": value} for text, value in embedding.items()]
    with open_socket("flow/default/import/graph-embeddings") as connection:
        connection.send(json.dumps({"metadata": _metadata(collection), "entities": entities}))
    imported(CONTROL, "graph-embeddings", collection, len(entities))
    query = {"vectors": embedding["gamma"], "user": USER, "collection": collection, "limit": 2}
    found = _post("flow/default/service/graph-embeddings", query)["entities"]
    expect("graph-embeddings: nearest first", (len(found), found[0]["v"]) == (2, "gamma"), found)


def cores() -> None:
    """A knowledge core goes in and comes out, in one stream of msgpack each."""
    query = {"id": f"urn:smoke:{uuid.uuid4()}", "user": USER}
    triples = _triples("default", range(3))["triples"]
    body = msgpack.packb(("t", {"m": {"i": query["id"], "m": [], "u": USER, "c": "default"}, "t": triples}))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    requests.post(f"{URL}/api/v1/import-core", params=query, data=body, headers=headers, timeout=30)
    reply = requests.get(f"{URL}/api/v1/export-core", params=query, headers=headers, timeout=30)
    unpacker = msgpack.Unpacker()
    unpacker.feed(reply.content)
    got = [part["t"] for kind, part in unpacker if kind == "t"]
    expect("knowledge core: stored and given back", got == [triples], got)


def _triples(collection: str, numbers: range) -> Frame:
    p = {"v": "http://example.org/p", "e": True}
    items = [
        {"s": {"v": f"http://example.org/s{n}", "e": True}, "p": p, "o": {"v": f"o{n}", "e": False}}
        for n in numbers
    ]
    return {"metadata": _metadata(collection), "triples": items}


def _metadata(collection: str) -> Frame:
    return {"id": "smoke", "metadata": [], "user": USER, "collection": collection}


def _post(path: str, body: Frame) -> Frame:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return requests.post(f"{URL}/api/v1/{path}", json=body, headers=headers, timeout=30).json()


if __name__ == "__main__":
    sys.exit(run([authentication, rest, streams, directives, flows, bulk, vectors, cores]))
