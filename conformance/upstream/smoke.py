"""Check that 2.11.1 and its stand-ins work, with upstream's own client and over a bare socket.

    gateway.py run -- ../../.venv-gateway/bin/python smoke.py

It wants the variables that `gateway.py run` sets, and the packages of the gateway's environment.
"""

import json
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import requests
from checks import SILENCE, Frame, Socket, expect, imported, run, setting
from trustgraph.api import Api, Triple
from trustgraph.api.types import ConfigKey, ConfigValue
from websockets.sync.client import connect

URL = setting("TGPROTO_GATEWAY_URL")
KEY = setting("TGPROTO_GATEWAY_TOKEN")
READER_KEY = setting("TGPROTO_GATEWAY_READER_TOKEN")
CONTROL = setting("TGPROTO_GATEWAY_CONTROL")
SOCKET = URL.replace("http", "ws", 1)

IMPORTED = 1000


@contextmanager
def request_socket(key: str = KEY) -> Iterator[Socket]:
    """Open a request socket and authenticate with a key."""
    with connect(f"{SOCKET}/api/v1/socket", max_size=None) as connection:
        socket = Socket(connection)
        greeting = socket.exchange({"type": "auth", "token": key})
        if greeting.get("type") != "auth-ok":
            raise PermissionError(greeting)
        yield socket


def authentication() -> None:
    """Good keys, bad keys and none."""
    with connect(f"{SOCKET}/api/v1/socket") as connection:
        socket = Socket(connection)
        socket.ask("embeddings", {"texts": ["a"]})
        error = (socket.receive() or {}).get("error", {})
        expect("a request needs a key", error.get("type") == "auth-required", error)
        answer = socket.exchange({"type": "auth", "token": "tg_wrong"})
        expect("a wrong key fails", answer == {"type": "auth-failed", "error": "auth failure"}, answer)
    body = {"operation": "put", "values": [{"type": "interop", "key": "k", "value": "v"}]}
    with request_socket(READER_KEY) as socket:
        answer = socket.exchange({"id": "1", "service": "config", "request": body})
        expect("a reader may not write", answer.get("error", {}).get("type") == "access-denied", answer)


def rest() -> None:
    """Upstream's client over REST."""
    api = Api(url=f"{URL}/", token=KEY, timeout=30)
    flows = api.flow().list()
    expect("REST: flows", {"default", "bare", "dead"} <= set(flows), flows)
    value = str(uuid.uuid4())
    api.config().put([ConfigValue(type="interop", key="smoke", value=value)])
    got = api.config().get([ConfigKey(type="interop", key="smoke")])
    expect("REST: config written and read", got[0].value == value, got)
    text = api.flow().id("default").text_completion(system="s", prompt="hello n=2")
    expect("REST: text completion", "chunk-0 chunk-1 " in str(text), text)
    ident = f"urn:smoke:{value}"
    api.library().add_document(
        document=b"hello", id=ident, metadata=[], title="t", comments="", kind="text/plain", tags=[]
    )
    found = [document.id for document in api.library().get_documents()]
    expect("REST: document added and listed", ident in found, found)


def streams() -> None:
    """Upstream's client over a socket, streaming."""
    with closing(Api(url=f"{URL}/", token=KEY, timeout=30).socket()) as socket:
        flow = socket.flow("default")
        chunks = list(flow.text_completion(system="s", prompt="n=4", streaming=True))
        expect("stream: text completion", len(chunks) == 5 and chunks[-1].end_of_stream, chunks)
        chunks = list(flow.graph_rag(query="n=4", collection="default", streaming=True))
        expect("stream: graph-rag, with sources", bool(chunks and chunks[-1].sources), chunks)
        chunks = list(flow.document_rag(query="n=4", collection="default", streaming=True))
        expect("stream: document-rag", len(chunks) >= 5, chunks)
        chunks = list(flow.agent(question="n=3", streaming=True))
        expect("stream: agent", bool(chunks and chunks[-1].end_of_dialog), chunks)


def directives() -> None:
    """What a request can make the scripted services do."""
    with request_socket() as socket:

        def complete(prompt: str) -> list[Frame]:
            request = {"system": "", "prompt": prompt, "streaming": True}
            return [frame.get("response", {}) for frame in socket.answers("text-completion", request)]

        texts = [frame.get("response") for frame in complete("ANSWER<<forty-two>>")]
        expect("ANSWER<<>>", texts == ["for", "ty-", "two", ""], texts)
        frames = complete("fail=2")
        expect(
            "fail= after two pieces", [f.get("end_of_stream") for f in frames] == [False, False, True], frames
        )
        expect("fail= without a trace", frames[-1] == {"response": None, "end_of_stream": True}, frames[-1])
        frames = complete("drop=2")
        expect("drop= falls silent", len(frames) == 2, frames)
        frames = complete("n=1 size=70000")
        expect("size=", len(frames[0]["response"]) == 70000)
        begin = time.monotonic()
        complete("n=2 delay=0.1 first=0.2")
        expect("delay= and first=", time.monotonic() - begin >= 0.4)
        frames = socket.answers("graph-rag", {"query": "fail=1", "streaming": True})
        error = frames[-1].get("response", {}).get("error", {})
        expect("fail= of graph-rag", error.get("message") == "scripted failure after 1 chunks", error)
        frames = socket.answers("document-rag", {"query": "fail=1", "streaming": True})
        told = frames[-1].get("response", {}).get("error") and not frames[-1]["complete"]
        expect("fail= of document-rag, never complete", bool(told), frames[-1])
        frames = socket.answers("thru/echo", {"say": "n=2 dup=1", "stream": True})
        expect("dup= is not seen behind the last frame", len(frames) == 3, frames)
    with request_socket() as socket:
        socket.ask("text-completion", {"system": "", "prompt": "hang=1", "streaming": True}, ident="silent")
        socket.ask("embeddings", {"texts": ["a"]}, ident="heard")
        heard = (socket.receive() or {}).get("id")
        expect(
            "hang= is silent, its neighbour is not",
            (heard, socket.receive(SILENCE)) == ("heard", None),
            heard,
        )


def flows() -> None:
    """The flows that lack something."""
    body = {"system": "", "prompt": "", "streaming": False}
    with request_socket() as socket:
        frames = socket.answers("text-completion", body, flow="no-such-flow")
        expect("an unknown flow", "error" in frames[-1], frames)
        frames = socket.answers("text-completion", body, flow="bare")
        expect("flow bare has no text completion", "error" in frames[-1], frames)
        expect("flow dead says nothing", socket.answers("text-completion", body, flow="dead") == [])


def bulk() -> None:
    """Import, query and export."""
    collection = f"smoke-{uuid.uuid4().hex[:8]}"
    triples = (Triple(f"http://example.org/s{i}", "http://example.org/p", f"o{i}") for i in range(IMPORTED))
    metadata = {"id": "smoke", "metadata": [], "collection": collection}
    bulk_api = Api(url=f"{URL}/", token=KEY, timeout=30).bulk()
    bulk_api.import_triples("default", triples, metadata=metadata, batch_size=10)
    messages = imported(CONTROL, "triples", collection, IMPORTED)
    seen = [triple["o"]["value"] for message in messages for triple in message["triples"]]
    expect("import: all there, in order", seen == [f"o{i}" for i in range(IMPORTED)], len(seen))
    with request_socket() as socket:
        query = {"collection": collection, "limit": 50, "streaming": True, "batch-size": 20}
        sizes = [len(frame["response"]["response"]) for frame in socket.answers("triples", query)]
        expect("triples: found, in batches", sizes == [20, 20, 10], sizes)
    with connect(f"{SOCKET}/api/v1/flow/default/export/triples?token={KEY}") as export:
        time.sleep(SILENCE)  # there is no sign that the subscription has been made
        requests.post(f"{CONTROL}/publish/triples?count=4&per=3")
        frames = [json.loads(export.recv(timeout=10)) for _ in range(4)]
    values = [triple["o"]["v"] for frame in frames for triple in frame["triples"]]
    expect("export: what was published", values == [f"o{i}" for i in range(12)], values)


if __name__ == "__main__":
    sys.exit(run([authentication, rest, streams, directives, flows, bulk]))
