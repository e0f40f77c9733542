"""A gateway from blocking code: a plain call, a stream, an agent's thoughts, errors, several threads.

    python examples/script_threads.py

It asks the gateway that TRUSTGRAPH_URL and TRUSTGRAPH_TOKEN name, or else a small one in this process.
"""

import os
from concurrent.futures import ThreadPoolExecutor

from tgdrivers import Api
from tgdrivers.testing import gateway
from tgproto.errors import TrustGraphError


def main(url: str | None = None, token: str | None = None) -> None:
    with Api(url, token=token) as api:
        # A plain call. Over REST, unless you take the socket.
        completion = api.flow().id("default").text_completion("Be brief.", "What is Kestrel Bridge?")
        print(completion, f"({completion.model})")

        # A stream. Leaving the block early cancels what is left.
        flow = api.socket().flow("default")
        with flow.graph_rag("Who built Kestrel Bridge?", streaming=True) as stream:
            for chunk in stream:
                print(chunk, end="", flush=True)
        print()

        # An agent says what it thinks and finds out before it answers; the type of a piece tells which.
        said = ""
        for chunk in flow.agent("What crosses the Alder?", streaming=True):
            said += chunk.content
            if chunk.end_of_message:
                print(f"{type(chunk).__name__}: {said}")
                said = ""

        # Whatever goes wrong is a TrustGraphError that says what to try.
        try:
            api.socket().flow("no-such-flow").graph_rag("Anybody there?")
        except TrustGraphError as error:
            print(f"{type(error).__name__}: {error}")

        # Any number of threads may use one Api; they share one connection.
        rivers = ("Alder", "Merle", "Sorrel")
        with ThreadPoolExecutor() as pool:
            answers = pool.map(flow.graph_rag, (f"How long is the {river}?" for river in rivers))
            for river, answer in zip(rivers, answers, strict=True):
                print(f"{river}: {answer}")


if __name__ == "__main__":
    if "TRUSTGRAPH_URL" in os.environ:
        main()
    else:
        with gateway() as server:
            main(server.url, server.token)
