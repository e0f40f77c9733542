"""A gateway in this process, a small graph, and answers streamed to the terminal.

    python examples/demo.py ["Who built Kestrel Bridge?"]

The gateway speaks the real protocol over a real socket; its language model is a script that reads the
graph. With TGPROTO_GATEWAY_URL and TGPROTO_GATEWAY_TOKEN set, the questions go to that gateway instead.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tgdrivers.asyncio import Api
from tgdrivers.asyncio.server import serve
from tgproto.catalog import AsyncFlow
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.gateway import Gateway
from tgproto.types.chunks import AgentAnswer, AgentChunk, AgentThought

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
KEY = "tg_demo_key"


@asynccontextmanager
async def gateway() -> AsyncGenerator[tuple[str, str]]:
    """Yield the address and the key of the gateway to ask."""
    if url := os.environ.get("TGPROTO_GATEWAY_URL"):
        yield url, os.environ.get("TGPROTO_GATEWAY_TOKEN", "")
    else:
        graphs = demo_graphs()
        async with serve(Gateway(graphs, keys={KEY: "default"})) as server:
            print(f"gateway  {server.url}")
            yield server.url, KEY


def show(label: str, text: str = "") -> None:
    """Begin a paragraph."""
    print(f"\n{label:8} {text}", end="", flush=True)


async def ask_graph(flow: AsyncFlow, question: str) -> None:
    show("question", question)
    show("answer")
    async with flow.graph_rag(question, streaming=True) as stream:
        async for chunk in stream:
            print(chunk, end="", flush=True)
            await asyncio.sleep(0.03 if sys.stdout.isatty() else 0)  # so that a person sees it stream
    answer = await stream.result()
    show("", f"({answer.model}, {answer.out_token} tokens)\n")


async def ask_agent(flow: AsyncFlow, question: str) -> None:
    kind: type[AgentChunk] | None = None
    async for chunk in flow.agent(question, streaming=True):
        if type(chunk) is not kind:
            kind = type(chunk)
            show("thought" if kind is AgentThought else "answer" if kind is AgentAnswer else "observed")
        print(chunk, end="", flush=True)
        await asyncio.sleep(0.03 if sys.stdout.isatty() else 0)
    print("\n")


async def main(question: str) -> None:
    async with gateway() as (url, key), Api(url, token=key) as api:
        flow = api.socket().flow("default")
        triples = await flow.triples_query(p=LABEL, limit=1000)
        print(f"graph    {len(triples)} things have a name")
        await ask_graph(flow, question)
        await ask_agent(flow, question)


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:]) or "Who built Kestrel Bridge?"))
