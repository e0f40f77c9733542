"""A gateway from trio: a plain call, a stream, an agent's thoughts, errors, several at once.

    python examples/script_trio.py

It asks the gateway that TRUSTGRAPH_URL and TRUSTGRAPH_TOKEN name, or else a small one in this process.
"""

import os

import trio

from tgdrivers.testing import gateway
from tgdrivers.trio import Api
from tgproto.catalog import AsyncFlowInstance
from tgproto.errors import TrustGraphError


async def main(url: str | None = None, token: str | None = None) -> None:
    async with Api(url, token=token) as api:
        # A plain call. Over REST, unless you take the socket.
        completion = await api.flow().id("default").text_completion("Be brief.", "What is Kestrel Bridge?")
        print(completion, f"({completion.model})")

        # A stream. Leaving the block early cancels what is left; so does trio's own cancellation.
        flow = api.socket().flow("default")
        with trio.move_on_after(30):
            async with flow.graph_rag("Who built Kestrel Bridge?", streaming=True) as stream:
                async for chunk in stream:
                    print(chunk, end="", flush=True)
        print()

        # An agent says what it thinks and finds out before it answers; the type of a piece tells which.
        said = ""
        async for chunk in flow.agent("What crosses the Alder?", streaming=True):
            said += chunk.content
            if chunk.end_of_message:
                print(f"{type(chunk).__name__}: {said}")
                said = ""

        # Whatever goes wrong is a TrustGraphError that says what to try.
        try:
            await api.socket().flow("no-such-flow").graph_rag("Anybody there?")
        except TrustGraphError as error:
            print(f"{type(error).__name__}: {error}")

        # Several at once share one connection.
        lengths: dict[str, str] = {}
        async with trio.open_nursery() as nursery:
            for river in ("Alder", "Merle", "Sorrel"):
                nursery.start_soon(measure, flow, river, lengths)
        for river in sorted(lengths):
            print(f"{river}: {lengths[river]}")


async def measure(flow: AsyncFlowInstance, river: str, lengths: dict[str, str]) -> None:
    lengths[river] = await flow.graph_rag(f"How long is the {river}?")


if __name__ == "__main__":
    if "TRUSTGRAPH_URL" in os.environ:
        trio.run(main)
    else:
        with gateway() as server:
            trio.run(main, server.url, server.token)
