"""`tg serve`: a gateway in memory, for trying clients out."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tgdrivers.asyncio.server import serve
from tgdrivers.cli.failures import CommandError, ExitCode
from tgproto.gateway import AnyGateway, Gateway, Gateway1, demo_graphs
from tgproto.gateway.callers import EVERYWHERE
from tgproto.gateway.generation1.services import USER

_RANDOM_BYTES = 16


def make_gateway(
    generation: int, keys: Sequence[str], *, anonymous: bool, latency: float
) -> tuple[AnyGateway, str]:
    """Return a gateway that knows the demo graph.

    Args:
        generation: 2 for a gateway like 2.11.1, 1 for one like 1.7.1.
        keys: API keys to accept, each an administrator's; for generation 1 no more than the one secret.
        anonymous: Whether to accept callers without a key.
        latency: Seconds that every answer takes at least.

    Returns:
        The gateway, and the key that was made up because nobody could come in otherwise; empty if none was.

    Raises:
        CommandError: The gateway does not take these.
    """
    new_key = "" if keys or anonymous else f"tg_{secrets.token_urlsafe(_RANDOM_BYTES)}"
    accepted = [*keys, new_key] if new_key else keys
    try:
        if generation == 1:
            return _with_secret(accepted, anonymous, latency), new_key
        workspaces = "default" if anonymous else ()
        keyed = dict.fromkeys(accepted, ("default", EVERYWHERE))
        made = Gateway(
            demo_graphs(),
            keys=keyed,
            anonymous=workspaces,
            latency=latency,
            clock=time.time,
            seed=secrets.token_bytes(_RANDOM_BYTES),
        )
        return made, new_key
    except ValueError as error:
        raise CommandError(str(error), "`tg serve --help` explains the options") from None


def _with_secret(accepted: Sequence[str], anonymous: bool, latency: float) -> Gateway1:
    if len(accepted) + anonymous > 1 or (accepted and not accepted[0]):
        raise ValueError("a gateway of generation 1 has one key for everybody, or is anonymous")
    return Gateway1(demo_graphs(USER), secret="".join(accepted), latency=latency, clock=time.time)


def tls_context(cert: Path | None, cert_key: Path | None) -> ssl.SSLContext | None:
    """Return what serves TLS with a certificate; None without one.

    Args:
        cert: PEM file with the certificate and those between it and its authority.
        cert_key: PEM file with its key; None if that is in the same file.

    Raises:
        CommandError: The files cannot be used.
    """
    if cert is None:
        if cert_key is not None:
            raise CommandError("--cert-key is of no use without --cert")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, cert_key)
    except OSError as error:
        raise CommandError(
            f"cannot use the certificate {cert}: {error}", "--cert and --cert-key name PEM files"
        ) from None
    return context


def run(
    gateway: AnyGateway, host: str, port: int, context: ssl.SSLContext | None, *, new_key: str, as_json: bool
) -> None:
    """Let a gateway listen until Ctrl-C.

    Args:
        gateway: What answers.
        host: Address to listen on.
        port: Port to listen on; 0 for any free one.
        context: What serves TLS; None for none.
        new_key: A key that the caller does not know yet, to be printed; or empty.
        as_json: Whether to print JSON.

    Raises:
        CommandError: The address cannot be listened on.
    """

    async def listen() -> None:
        async with serve(gateway, host, port, context) as server:
            url = server.url.replace("ws", "http", 1)
            _announce(gateway, url, new_key, as_json=as_json)
            await asyncio.Event().wait()

    try:
        asyncio.run(listen())
    except OSError as error:
        raise CommandError(
            f"cannot listen: {error.strerror or error}",
            "Choose another --host or --port; port 0 is any free one",
            ExitCode.UNREACHABLE,
        ) from None
    except KeyboardInterrupt:
        if not as_json:
            sys.stdout.write("\nstopped\n")


def _announce(gateway: AnyGateway, url: str, new_key: str, *, as_json: bool) -> None:
    if as_json:
        lines = json.dumps({"url": url, "token": new_key} if new_key else {"url": url})
    else:
        token = f" TRUSTGRAPH_TOKEN={new_key}" if new_key else ""
        lines = (
            f"A gateway like {gateway.release} listens at {url} until Ctrl-C. In another terminal:\n\n"
            f"  export TRUSTGRAPH_URL={url}{token}\n"
            '  tg ask "Who built Kestrel Bridge?"\n'
        )
    sys.stdout.write(f"{lines}\n")
    sys.stdout.flush()
