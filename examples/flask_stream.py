"""An HTTP endpoint that streams a language model's answer while it is written: Flask.

    python examples/flask_stream.py
    curl -N 'http://127.0.0.1:5000/complete?prompt=What+crosses+the+Alder'

If the client leaves, the call to the gateway is cancelled; WSGI notices that with the next piece. It asks the
gateway that TRUSTGRAPH_URL and TRUSTGRAPH_TOKEN name, or else a small one in this process. PORT is the port
to listen on.
"""

import os
from collections.abc import Iterator

from flask import Flask, Response, request

from tgdrivers import Api
from tgdrivers.testing import gateway
from tgproto.errors import TrustGraphError


def create_app(api: Api) -> Flask:
    app = Flask(__name__)
    # One Api for the application: all threads share its connections.
    flow = api.socket().flow("default")

    @app.get("/complete")
    def complete() -> Response:
        prompt = request.args["prompt"]

        def tokens() -> Iterator[str]:
            # A client that leaves closes this generator, and leaving the block cancels the call. A failure
            # on the way cuts the HTTP answer short, which the client notices.
            with flow.text_completion("Be brief.", prompt, streaming=True) as stream:
                for chunk in stream:
                    yield chunk.content

        return Response(tokens(), mimetype="text/plain")

    @app.get("/whole")
    def whole() -> dict[str, object]:
        answer = flow.text_completion("Be brief.", request.args["prompt"])
        return {"text": answer, "model": answer.model, "tokens": answer.out_token}

    @app.errorhandler(TrustGraphError)
    def failed(error: TrustGraphError) -> tuple[dict[str, str], int]:
        return {"detail": str(error)}, 502

    return app


def serve(api: Api) -> None:
    with api:
        create_app(api).run(port=int(os.environ.get("PORT", "5000")))


if __name__ == "__main__":
    if "TRUSTGRAPH_URL" in os.environ:
        serve(Api())
    else:
        with gateway() as server:
            serve(Api(server.url, token=server.token))
