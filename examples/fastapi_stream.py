"""An HTTP endpoint that streams a language model's answer while it is written: FastAPI.

    python examples/fastapi_stream.py
    curl -N 'http://127.0.0.1:8000/complete?prompt=What+crosses+the+Alder'

If the client leaves, the call to the gateway is cancelled at once. It asks the gateway that TRUSTGRAPH_URL
and TRUSTGRAPH_TOKEN name, or else a small one in this process. PORT is the port to listen on.
"""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from tgdrivers.asyncio import Api
from tgdrivers.testing import gateway
from tgproto.errors import TrustGraphError


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        if "TRUSTGRAPH_URL" in os.environ:
            api = Api()
        else:
            server = stack.enter_context(gateway())
            api = Api(server.url, token=server.token)
        # One Api for the application: all requests share its connections.
        app.state.api = await stack.enter_async_context(api)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/complete")
async def complete(request: Request, prompt: str) -> StreamingResponse:
    flow = request.app.state.api.socket().flow("default")

    async def tokens() -> AsyncIterator[str]:
        # A client that leaves cancels this generator, and leaving the block cancels the call. A failure
        # on the way cuts the HTTP answer short, which the client notices.
        async with flow.text_completion("Be brief.", prompt, streaming=True) as stream:
            async for chunk in stream:
                yield chunk.content

    return StreamingResponse(tokens(), media_type="text/plain; charset=utf-8")


@app.get("/whole")
async def whole(request: Request, prompt: str) -> dict[str, object]:
    answer = await request.app.state.api.flow().id("default").text_completion("Be brief.", prompt)
    return {"text": answer, "model": answer.model, "tokens": answer.out_token}


@app.exception_handler(TrustGraphError)
async def failed(_request: Request, error: TrustGraphError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=502)


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
