"""Whatever a gateway repeats, no error and no notice shows the token."""

from __future__ import annotations

import json

import pytest

from tests.core.conversation import ask, config, events, ready
from tests.core.http_network import HttpNetwork
from tgproto.closing import CloseCause, CloseFrame, CloseKind
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.events import Failed, StreamReadable

TOKEN = 'tg_"secret" ä'


@pytest.mark.parametrize("said", [TOKEN, "tg_%22secret%22%20%C3%A4", json.dumps(TOKEN)[1:-1]])
def test_no_text_of_the_gateway_brings_the_token_into_an_error(said: str) -> None:
    def error(text: str) -> str:
        return json.dumps({"message": text, "type": text})

    session = ready(token=Secret(TOKEN))
    first, second, third = ask(session), ask(session), ask(session)
    session.receive_message(f'{{"id":"1","error":{error(said)}}}', now=0.0)
    session.receive_message('{{"error":{}}}'.format(error(f"{said} twice")), now=0.0)
    outcomes = [session.take(stream, now=0.0)[1] for stream in (first, second)]
    session.authenticate(Secret(TOKEN), now=0.0)
    session.receive_message(f'{{"type":"auth-failed","error":{json.dumps(said)}}}', now=0.0)
    heard = events(session)
    cause = CloseCause(CloseKind.REMOTE, f"code 1008: {said}", received=CloseFrame(1008, said))
    session.carrier_closed(cause, now=0.0)
    outcomes.append(session.take(third, now=0.0)[1])
    for value in (*outcomes, *heard, *events(session)):
        assert "secret" not in repr(value)
        assert "***" in repr(value) or isinstance(value, StreamReadable)


def test_a_refused_first_token_is_not_repeated() -> None:
    session = ClientSession(config(token=Secret("tg_x"), renewable=True))
    stream = ask(session)
    session.carrier_opened(now=0.0)
    for _ in range(2):
        session.receive_message('{"type":"auth-failed","error":"tg_x is not valid"}', now=0.0)
        assert "tg_x" not in repr(events(session))
        if not session.over:
            session.authenticate(Secret("tg_x"), now=0.0)
    outcome = session.take(stream, now=0.0)[1]
    assert isinstance(outcome, Failed)
    assert "*** is not valid" in str(outcome.error)


@pytest.mark.parametrize(
    "said",
    [
        b'HTTP/1.1 400 No\r\nContent-Length: 17\r\n\r\n{"error":"tg_xyz"}',
        b'HTTP/1.1 403 No\r\nContent-Length: 18\r\n\r\n{"error":"tg_xyz"}',
        b"HTTP/1.1 200 OK\r\nContent-Type: text/tg_xyz\r\nContent-Length: 6\r\n\r\ntg_xyz",
        b"HTTP/1.1 tg_xyz\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: tg_xyz\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ntg_xyz\r\n",
        b"tg_xyz",
    ],
)
def test_no_answer_over_http_brings_the_token_into_an_error(said: bytes) -> None:
    network = HttpNetwork(token=Secret("tg_xyz"))
    stream = network.ask(0.0)
    network.open(1, 0.0)
    network.say(1, said, 0.0)
    network.client.receive_eof(1, now=0.0)
    network.serve(0.0)
    error = network.error(stream, 0.0)
    assert "tg_xyz" not in f"{error} {error!r} {network.notices} {vars(error)}"
