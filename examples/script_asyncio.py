"""A gateway from asyncio: a plain call, a stream, an agent's thoughts, errors, several at once.

    python examples/script_asyncio.py

It asks the gateway that TRUSTGRAPH_URL and TRUSTGRAPH_TOKEN name, or else a small one in this process.
"""

import asyncio
import os

from tgdrivers.asyncio import Api
from tgdrivers.testing import gateway
from tgproto.errors import TrustGraphError


async def main(url: str | None = None, token: str | None = None) -> None:
    async with Api(url, token=token) as api:
        # A plain call. Over REST, unless you take the socket.
        completion = await api.flow().id("default").text_completion("Be brief.", "What is Kestrel Bridge?")
        print(completion, f"({completion.model})")

        # A stream. Leaving the block early cancels what is left.
        flow = api.socket().flow("default")
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
        async with asyncio.TaskGroup() as group:
            rivers = ("Alder", "Merle", "Sorrel")
            tasks = [group.create_task(flow.graph_rag(f"How long is the {river}?")) for river in rivers]
        for river, task in zip(rivers, tasks, strict=True):
            print(f"{river}: {task.result()}")


if __name__ == "__main__":
    if "TRUSTGRAPH_URL" in os.environ:
        asyncio.run(main())
    else:
        with gateway() as server:
            asyncio.run(main(server.url, server.token))
