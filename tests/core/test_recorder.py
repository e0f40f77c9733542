import json
from dataclasses import replace
from typing import Any

import pytest

from tests.core.network import Network
from tgproto.catalog import IamCalls
from tgproto.client import Client, ClientOptions
from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect, dialect_of
from tgproto.driven import Dial
from tgproto.errors import LocalProtocolError
from tgproto.link.sse import SSEDecoder
from tgproto.recorder import Step, recorded, replay
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import Completed, Failed
from tgproto.session.receiver import BulkReceiver
from tgproto.session.request import Answer, Form, Request
from tgproto.session.server import ServerSession

TOKEN = "tg_very_secret"


def conversation(session: ClientSession) -> None:
    """Touch every kind of argument and result."""
    stream = session.send_request(Request("graph-rag", b'{"query":"x"}', flow="f"), now=0.0)
    session.carrier_opened(now=1)
    session.next_output()
    session.receive_messages((b'{"type":"auth-ok","default_workspace":"w"}',), now=2)
    session.next_event()
    session.next_output()
    session.receive_messages(['{"id":"1","response":{"response":"a"},"complete":true}', b"\xff"], now=3)
    session.take(stream, now=4)
    with pytest.raises(LocalProtocolError):
        session.take(stream, now=4)
    session.carrier_closed(CloseCause(CloseKind.LOST, "gone"), now=6)
    while session.next_event() is not None:
        pass


def record(secrets: tuple[str, ...] = (TOKEN,)) -> list[Step]:
    steps: list[Step] = []
    conversation(recorded(ClientSession(ClientConfig(Secret(TOKEN))), steps.append, secrets=secrets))
    return steps


def test_a_recorder_behaves_like_what_it_wraps() -> None:
    session = recorded(ClientSession(), lambda step: None)
    assert session.wants_read is True
    assert session.next_event() is None


def test_a_transcript_is_json_replays_and_shows_no_token() -> None:
    steps = record()
    text = json.dumps(steps)
    assert TOKEN not in text
    transcript: list[Step] = json.loads(text)
    assert replay(ClientSession(ClientConfig(Secret("***"))), transcript) is None
    assert [step["call"] for step in steps][:3] == ["send_request", "carrier_opened", "next_output"]


def test_a_secret_argument_is_hidden_everywhere_from_then_on() -> None:
    steps: list[Step] = []
    session = recorded(ClientSession(), steps.append)
    session.carrier_opened(now=0)
    session.next_output()
    session.receive_message('{"type":"auth-ok"}', now=0)
    session.authenticate(Secret(TOKEN), now=1)
    assert TOKEN in str(session.next_output())
    assert TOKEN not in json.dumps(steps)
    assert replay(ClientSession(), json.loads(json.dumps(steps))) is None


@pytest.mark.parametrize("token", [TOKEN, 'tg_"quoted"', "tg_ä b&c"])
def test_the_token_of_the_options_is_hidden(token: str) -> None:
    steps: list[Step] = []
    session = recorded(ClientSession(ClientConfig(Secret(token))), steps.append)
    session.carrier_opened(now=0)
    frame = session.next_output()
    assert json.loads(frame)["token"] == token
    assert json.loads(steps[-1]["returns"]["bytes"])["token"] == "***"
    options = ClientOptions("h", session=ClientConfig(Secret(token), GENERATION_1))
    client = recorded(Client(options, entropy=bytes, uniform=lambda: 0.0), steps.append)
    client.submit(Request("agent", b"{}"), now=0)
    client.dialed(1, now=0)
    client.next_transfer(now=0)
    assert steps[-1]["returns"]["fields"]["data"]["bytes"].startswith("GET /api/v1/socket?token=*** HTTP/1.1")


def test_a_secret_inside_of_an_argument_is_hidden_everywhere_from_then_on() -> None:
    steps: list[Step] = []
    recorded(Odd(), steps.append).echo(ClientConfig(Secret(TOKEN)))
    core = recorded(Odd(), steps.append, secrets=["tg_very"])
    core.echo(ClientConfig(Secret(TOKEN)))
    core.echo(f"a {TOKEN}, and tg_very")
    assert steps[-1]["returns"] == "a ***, and ***"
    assert "tg_very" not in json.dumps(steps)


def test_the_first_difference_is_reported() -> None:
    steps = record()
    changed: list[Step] = json.loads(json.dumps(steps))
    changed[4]["returns"]["fields"]["default_workspace"] = "other"
    difference = replay(ClientSession(ClientConfig(Secret(TOKEN))), changed, secrets=[TOKEN])
    assert difference is not None
    assert difference.startswith("step 4, next_event: ")
    assert "other" in difference


def test_an_error_is_part_of_the_transcript() -> None:
    steps: list[Step] = []
    session = recorded(ClientSession(), steps.append)
    with pytest.raises(LocalProtocolError):
        session.take(7, now=1)
    assert steps[0]["raises"]["error"] == "tgproto.errors:NoSuchStream"
    steps[0]["raises"]["text"] = "another"
    assert "another" in str(replay(ClientSession(), steps))


def test_other_cores_are_recorded_too() -> None:
    steps: list[Step] = []
    decoder = recorded(SSEDecoder(), steps.append)
    decoder.feed(bytearray(b"data: x\n\n"))
    receiver_steps: list[Step] = []
    receiver = recorded(BulkReceiver(), receiver_steps.append)
    receiver.carrier_opened(now=0)
    receiver.receive_messages((b"\xff\x00", b"{}"), now=1)
    receiver.take(now=2)
    for fresh, transcript in ((SSEDecoder(), steps), (BulkReceiver(), receiver_steps)):
        assert replay(fresh, json.loads(json.dumps(transcript))) is None


class Odd:
    """A core with unusual values."""

    def echo(self, value: Any) -> Any:
        return value


def test_what_cannot_be_made_again_is_said() -> None:
    steps: list[Step] = []
    recorded(Odd(), steps.append).echo({"a": [1, (2.5, None, True)]})
    assert steps[0]["returns"] == {"dict": [["a", {"list": [1, {"tuple": [2.5, None, True]}]}]]}
    assert replay(Odd(), steps) is None
    steps[0]["args"] = [{"set": []}]
    with pytest.raises(ValueError, match="cannot hold"):
        replay(Odd(), steps)
    steps = []
    recorded(Odd(), steps.append).echo(CloseKind.LOST)
    assert replay(Odd(), steps) is None
    steps[0]["args"][0]["enum"] = "os:PathLike"
    with pytest.raises(ValueError, match="not of this project"):
        replay(Odd(), steps)


def test_a_password_among_the_arguments_of_a_call_is_hidden() -> None:
    steps: list[Step] = []
    session = recorded(ClientSession(), steps.append)
    session.send_request(IamCalls().login("ben", Secret('hush "hush"')), now=0.0)
    session.carrier_opened(now=0)
    assert b"auth" in session.next_output()
    session.receive_message('{"type":"auth-ok"}', now=0)
    assert b"hush" in session.next_output()
    assert "hush" not in json.dumps(steps)
    assert "login" in json.dumps(steps)


def test_an_empty_secret_hides_nothing() -> None:
    steps: list[Step] = []
    recorded(Odd(), steps.append, secrets=[""]).echo(Secret(""))
    assert steps[0]["returns"] == {"secret": "***"}
    steps = []
    recorded(Odd(), steps.append, secrets=[""]).echo("text")
    assert steps[0]["returns"] == "text"


def test_errors_of_the_wire_are_arguments_like_others() -> None:
    steps: list[Step] = []
    session = recorded(ServerSession(ServerConfig(GENERATION_2)), steps.append)
    session.carrier_opened(now=0)
    session.receive_message('{"type":"auth"}', now=0)
    session.accept_authentication("w", now=0)
    session.receive_message('{"id":1,"service":"s","request":{}}', now=0)
    session.fail(1, WireError("llm-error", "no luck"), now=0)
    assert replay(ServerSession(ServerConfig(GENERATION_2)), json.loads(json.dumps(steps))) is None


# --- sessions inside of a client ----------------------------------------------------------------------


class Lazy:
    """Becomes a request once the dialect is known, or never."""

    service, flow, public = "agent", "f", False

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def request(self, dialect: Dialect) -> Request:
        if self.error is not None:
            raise self.error
        return Request("agent", json.dumps({"dialect": dialect.name}).encode(), "f")


def replayed(transcript: list[Step], config: ClientConfig) -> str | None:
    """Replay one session of a client on a fresh one."""
    ids = [step["returns"] for step in transcript if step["call"] == "send_request" and "returns" in step]
    return replay(ClientSession(config, ids=iter(ids)), json.loads(json.dumps(transcript)))


def test_the_sessions_of_a_client_can_be_recorded_and_replayed() -> None:
    transcripts: list[list[Step]] = []
    configs: list[ClientConfig] = []

    def observe(session: ClientSession) -> ClientSession:
        configs.append(replace(session.config, token=Secret("***")))
        transcripts.append([])
        return recorded(session, transcripts[-1].append)

    network = Network(observe=observe, token=TOKEN, span_limit=2, renewable=True)
    client = network.client
    streams = [client.submit(Lazy(), now=0.0, timeout=None)]
    streams += [network.ask(0.0, repeatable=True) for _ in range(3)]
    failing = [client.submit(Lazy(error), now=0.0) for error in (TypeError("no"), LocalProtocolError("no"))]
    network.serve(0.0)
    network.open(1, 0.0)
    network.open(2, 0.0)
    network.token = "tg_newer"
    client.authenticate(Secret("tg_newer"), now=1.0)
    network.serve(1.0)
    network.respond(1, 1, 1.0, text=f"{TOKEN} tg_newer")
    network.lose(1, 2.0)
    network.tick(3.0)
    for key in sorted(network.ends):
        for index in range(len(network.asked[key])):
            network.respond(key, index, 3.0)
    for notice in [notice for notice in network.notices if isinstance(notice, Dial)][2:]:
        network.open(notice.key, 3.0)
        for index in range(len(network.asked[notice.key])):
            network.respond(notice.key, index, 3.0)
    outcomes = [client.take(stream, now=3.0)[1] for stream in (*streams, *failing)]
    assert [type(outcome) for outcome in outcomes] == [Failed, *[Completed] * 3, Failed, Failed]
    for _ in range(8):
        network.ask(4.0)
    client.close(now=4.0)
    network.serve(4.0)
    text = json.dumps(transcripts)
    assert TOKEN not in text
    assert "tg_newer" not in text
    assert len(transcripts) >= 3
    calls = {step["call"] for transcript in transcripts for step in transcript}
    assert {"adopt", "disown", "authenticate", "__setattr__", "take", "carrier_closed"} <= calls
    assert {config.dialect for config in configs} == {None, GENERATION_2}  # the later ones are told
    for transcript, config in zip(transcripts, configs, strict=True):
        assert replayed(transcript, config) is None


def test_an_attribute_that_is_set_reaches_the_core() -> None:
    steps: list[Step] = []
    core = ClientSession()
    session = recorded(core, steps.append)
    session.config = ClientConfig(Secret(TOKEN), renewable=True)
    assert core.config.token == session.config.token == Secret(TOKEN)
    session.carrier_opened(now=0)
    assert TOKEN in str(session.next_output())
    assert TOKEN not in json.dumps(steps)
    fresh = ClientSession()
    assert replay(fresh, json.loads(json.dumps(steps))) is None
    assert fresh.config == ClientConfig(Secret("***"), renewable=True)


def test_a_submission_is_written_for_the_release_that_was_named() -> None:
    class Lazy:
        service, flow, public = "agent", "f", False

        def request(self, dialect: Dialect) -> Request:
            return Request("agent", b'{"for":"%s"}' % dialect.name.encode(), "f")

    def session() -> ClientSession:
        return ClientSession(ClientConfig(dialect=dialect_of("2.4.0")))

    steps: list[Step] = []
    player = recorded(session(), steps.append)
    player.send_request(Lazy(), now=0.0)
    player.carrier_opened(now=0.0)
    assert player.next_output() == b'{"id":"1","service":"agent","flow":"f","request":{"for":"2.4.0"}}'
    assert replay(session(), json.loads(json.dumps(steps))) is None


def test_what_goes_over_http_only_is_replayed_too() -> None:
    class Lazy:
        service, flow, public = "export-core", None, True

        def request(self, dialect: Dialect) -> Request:
            query = (("id", "c"), ("for", dialect.name))
            form = Form(path="api/v1/export-core", query=query, answer=Answer.BYTES, public=True)
            return Request("export-core", b"{}", form=form)

    def client() -> RestClient:
        return RestClient(RestOptions("h"), uniform=lambda: 0.5)

    steps: list[Step] = []
    player = recorded(client(), steps.append)
    player.submit(Lazy(), now=0.0)
    player.submit(Lazy().request(GENERATION_2), now=0.0)
    player.next_notice()
    player.dialed(1, now=0.0)
    transfer = player.next_transfer(now=0.0)
    assert transfer is not None
    assert transfer.data.startswith(b"POST /api/v1/export-core?id=c&for=2.x HTTP/1.1")
    assert replay(client(), json.loads(json.dumps(steps))) is None
