"""The commands of `tg` and their arguments."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from tgdrivers.cli import ask as asking
from tgdrivers.cli import backends
from tgdrivers.cli.ask import Mode
from tgdrivers.cli.backends import Backend
from tgdrivers.cli.failures import exits
from tgdrivers.cli.target import Target

app = typer.Typer(
    help="A gateway to play with, and questions to one from the shell.",
    epilog="Exit codes: 0 ok, 1 error of the gateway, 2 wrong arguments, 3 no connection, 4 not authorised, "
    "5 connection lost, 6 no answer in time, 7 data that cannot be read or sent, 130 Ctrl-C, 141 nobody "
    "reads the output, 143 SIGTERM.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="What to ask.", show_default=False)]
Url = Annotated[
    str | None,
    typer.Option(envvar="TRUSTGRAPH_URL", help="The gateway; http://localhost:8088/ if not given."),
]
Token = Annotated[
    str | None,
    typer.Option(envvar="TRUSTGRAPH_TOKEN", help="API key or JWT. Others on this machine can see options."),
]
Workspace = Annotated[
    str | None,
    typer.Option(envvar="TRUSTGRAPH_WORKSPACE", help="Workspace; the token's own one if not given."),
]
Flow = Annotated[str, typer.Option(help="Id of the flow to ask.")]
Timeout = Annotated[float, typer.Option(min=0.001, help="Longest silence in seconds.")]
Verify = Annotated[
    str,
    typer.Option(
        help="Who vouches for the gateway's certificate: a file or folder, `yes` for the system, or `no`."
    ),
]
Dialect = Annotated[
    str, typer.Option(help="Which release the gateway is, such as 2.3.1; `auto` to find out, `1.x`, `2.x`.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on each line, errors too.")]


_KINDS = "Which data: triples, graph-embeddings, document-embeddings, entity-contexts or rows."


class Kind(enum.StrEnum):
    """Data that is imported and exported."""

    TRIPLES = "triples"
    GRAPH_EMBEDDINGS = "graph-embeddings"
    DOCUMENT_EMBEDDINGS = "document-embeddings"
    ENTITY_CONTEXTS = "entity-contexts"
    ROWS = "rows"


class OnInvalid(enum.StrEnum):
    """What is done with an item that cannot be sent."""

    RAISE = "raise"
    SKIP = "skip"


Format = Annotated[
    str | None,
    typer.Option("--format", help="Format, such as nt or jsonl.gz; by the name of the file if not given."),
]


class Driver(enum.StrEnum):
    """A way of doing I/O."""

    ASYNCIO = "asyncio"
    TRIO = "trio"
    THREADED = "threaded"


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether an option stands on the command line, and not in a variable."""
    return getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"


@app.command()
def ask(
    context: typer.Context,
    question: Question,
    mode: Annotated[
        Mode | None,
        typer.Option(help="Where the answer comes from; graph-rag, or what EdgeQuake chooses, if not given."),
    ] = None,
    backend: Annotated[
        Backend, typer.Option(help="What is asked; other services than TrustGraph have no flows.")
    ] = Backend.TRUSTGRAPH,
    flow: Flow = "default",
    url: Url = None,
    token: Token = None,
    workspace: Workspace = None,
    timeout: Timeout = 60.0,
    verify: Verify = "yes",
    dialect: Dialect = "auto",
    as_json: Json = False,
) -> None:
    """Ask a question, and watch the answer come."""
    if backend is not Backend.TRUSTGRAPH:  # it has variables of its own
        url, token, workspace = (
            value if _is_given(context, name) else None
            for name, value in (("url", url), ("token", token), ("workspace", workspace))
        )
    target = Target(flow, url, token, workspace, timeout, verify, dialect, as_json)
    with exits(as_json=as_json, token=token):
        if backend is Backend.TRUSTGRAPH:
            asking.ask(target, question, mode)
        else:
            backends.ask(backend, target, question, mode)


@app.command()
def agent(
    question: Question,
    flow: Flow = "default",
    url: Url = None,
    token: Token = None,
    workspace: Workspace = None,
    timeout: Timeout = 60.0,
    verify: Verify = "yes",
    dialect: Dialect = "auto",
    as_json: Json = False,
) -> None:
    """Ask an agent, and watch it think and answer."""
    target = Target(flow, url, token, workspace, timeout, verify, dialect, as_json)
    with exits(as_json=as_json, token=token):
        asking.ask_agent(target, question)


@app.command("import")
def import_(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help=_KINDS, show_default=False)],
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files; - is stdin.", show_default=False)
    ],
    file_format: Format = None,
    flow: Flow = "default",
    collection: Annotated[str, typer.Option(help="Collection that the items belong to.")] = "default",
    document: Annotated[str, typer.Option(help="Id of the document that they are from.")] = "",
    batch_size: Annotated[int, typer.Option(min=1, help="Items in a message, at most.")] = 100,
    schema: Annotated[str, typer.Option(help="Name of the schema that rows of CSV have.")] = "",
    resume: Annotated[int, typer.Option(min=0, help="How many items to leave out at the beginning.")] = 0,
    on_invalid: Annotated[
        OnInvalid, typer.Option(help="What to do with an item that cannot be sent.")
    ] = OnInvalid.RAISE,
    connections: Annotated[
        int, typer.Option(min=1, max=64, help="Sockets that the items go over, in any order.")
    ] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the items; no gateway.")] = False,
    url: Url = None,
    token: Token = None,
    workspace: Workspace = None,
    timeout: Timeout = 60.0,
    verify: Verify = "yes",
    dialect: Dialect = "auto",
    as_json: Json = False,
) -> None:
    """Import files into a flow."""
    from tgdrivers.cli import importing

    target = Target(flow, url, token, workspace, timeout, verify, dialect, as_json)
    with exits(as_json=as_json, token=token):
        order = importing.Order(
            kind.value,
            tuple(files),
            schema,
            file_format,
            collection,
            document,
            batch_size,
            resume,
            on_invalid.value,
            connections,
        )
        if dry_run:
            importing.check(order, dialect, as_json=as_json)
        else:
            importing.run(order, target)


@app.command()
def export(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help=_KINDS, show_default=False)],
    file: Annotated[str, typer.Argument(metavar="FILE", help="File; - is stdout.", show_default=False)],
    file_format: Format = None,
    flow: Flow = "default",
    limit: Annotated[int | None, typer.Option(min=1, help="Items after which it is over.")] = None,
    idle_timeout: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds without an item after which it is over.")
    ] = None,
    reconnect: Annotated[
        bool, typer.Option("--reconnect", help="Replace a lost connection, and tell of the gap.")
    ] = False,
    on_invalid: Annotated[
        OnInvalid, typer.Option(help="What to do with an item that the format cannot say.")
    ] = OnInvalid.RAISE,
    url: Url = None,
    token: Token = None,
    workspace: Workspace = None,
    timeout: Timeout = 60.0,
    verify: Verify = "yes",
    dialect: Dialect = "auto",
    as_json: Json = False,
) -> None:
    """Export what passes through a flow from now on."""
    from tgdrivers.cli import exporting

    target = Target(flow, url, token, workspace, timeout, verify, dialect, as_json)
    with exits(as_json=as_json, token=token):
        skip = on_invalid is OnInvalid.SKIP
        wish = exporting.Wish(kind.value, file, file_format, limit, idle_timeout, reconnect, skip)
        exporting.run(wish, target)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 8088,
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="API key to accept, beginning with tg_; can be repeated. In generation 1 any text, once. A "
            "new one if not given."
        ),
    ] = None,
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Accept callers without a key.")] = False,
    generation: Annotated[
        int, typer.Option(min=1, max=2, help="What to be like: 2 for gateway 2.11.1, 1 for 1.7.1.")
    ] = 2,
    latency: Annotated[float, typer.Option(min=0.0, help="Seconds that every answer takes at least.")] = 0.0,
    cert: Annotated[
        Path | None, typer.Option(help="PEM file with a certificate, to serve TLS.", show_default=False)
    ] = None,
    cert_key: Annotated[
        Path | None, typer.Option(help="PEM file with its key, if that is in another.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a small gateway in memory until Ctrl-C."""
    from tgdrivers.cli import serve as serving  # who only asks shall not wait for a gateway to be imported

    with exits(as_json=as_json):
        context = serving.tls_context(cert, cert_key)
        gateway, new_key = serving.make_gateway(generation, key or [], anonymous=anonymous, latency=latency)
        serving.run(gateway, host, port, context, new_key=new_key, as_json=as_json)


@app.command()
def demo(
    driver: Annotated[
        Driver | None, typer.Option(help="Which driver; each in turn if not given.", show_default=False)
    ] = None,
) -> None:
    """Watch each driver stream from a small gateway."""
    from tgdrivers.cli import demo as showing

    with exits():
        showing.show(driver)
