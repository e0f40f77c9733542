"""The frames of the multiplexed socket: every shape of either generation, and a slow model of the reader.

The model is the standard library's decoder and a few lines of dictionary look-ups. Whatever is
generated, broken or whole, must be read as the model reads it.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tgproto import lenient
from tgproto.errors import AccessDenied, CallContext, GatewayError
from tgproto.secrets import Secret
from tgproto.session.envelope import (
    Answer,
    AuthFailed,
    AuthFrame,
    AuthOk,
    ClientRequest,
    EndFrame,
    ErrorFrame,
    Malformed,
    Unreadable,
    Unusable,
    WireError,
    classify,
    classify_client,
    decode_answer,
    encode_answer,
    encode_auth,
    encode_auth_failed,
    encode_auth_ok,
    encode_error,
    encode_failure,
    encode_request,
    refuse_error,
    wire_error,
)

View = tuple[Any, ...]
"""A frame as a plain tuple; payloads and ids as text that the standard library writes."""

UNKNOWN = "an error of an unknown form"


# --- the models ------------------------------------------------------------------------------


def model_error(value: object) -> tuple[str, str] | None:
    """An error member: None if falsy, else its type and message."""
    if not value:
        return None
    if isinstance(value, str):
        return "", sendable(value)
    if isinstance(value, dict):
        kind, text = value.get("type"), value.get("message")
        return sendable(kind if isinstance(kind, str) else ""), sendable(
            text if isinstance(text, str) else ""
        )
    return "", UNKNOWN


def sendable(text: str) -> str:
    """Replace what UTF-8 cannot carry."""
    return re.sub("[\ud800-\udfff]", "?", text)


def decode(message: bytes | str) -> dict[str, Any] | None:
    try:
        value = json.loads(message if isinstance(message, str) else message.decode())
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def model(message: bytes | str) -> View:
    frame = decode(message)
    if frame is None:
        return ("unusable", True)
    error = model_error(frame.get("error"))
    if frame.get("type") == "auth-ok":
        workspace = frame.get("default_workspace") or frame.get("workspace")
        return ("auth-ok", workspace if isinstance(workspace, str) else None)
    if frame.get("type") == "auth-failed":
        return ("auth-failed", error[1] if error else "authentication failed")
    ident = frame["id"] if isinstance(frame.get("id"), str) else None
    response = frame.get("response")
    if error is None and isinstance(response, dict):
        error = model_error(response.get("error"))
    if error is not None:
        return ("error", ident, *error)
    if "response" in frame:
        return ("answer", ident, json.dumps(response), bool(frame.get("complete")))
    return ("end", ident) if frame.get("complete") else ("unusable", False)


def model_client(message: bytes | str) -> View:
    frame = decode(message)
    if frame is None:
        return ("malformed", None)
    if frame.get("type") == "auth":
        return ("auth", frame["token"] if isinstance(frame.get("token"), str) else "")
    if "id" not in frame or "request" not in frame:
        return ("malformed", json.dumps(frame["id"]) if frame.get("id") else None)
    names = (frame.get(name) for name in ("service", "flow", "workspace"))
    service, flow, workspace = (name if isinstance(name, str) else "" for name in names)
    ident, body = json.dumps(frame["id"]), json.dumps(frame["request"])
    return ("request", ident, service, flow or None, workspace or None, body)


def again(text: bytes | msgspec.Raw) -> str:
    return json.dumps(lenient.loads(msgspec.Raw(text)))


def view(message: bytes | str) -> View:
    frame = classify(message)
    match frame:
        case Answer():
            assert type(frame.final) is bool
            return ("answer", frame.id, again(frame.payload), frame.final)
        case EndFrame():
            return ("end", frame.id)
        case ErrorFrame(error=error):
            text = UNKNOWN if error.message.startswith(UNKNOWN) else error.message
            return ("error", frame.id, error.type, text)
        case AuthOk():
            return ("auth-ok", frame.default_workspace)
        case AuthFailed():
            text = UNKNOWN if frame.message.startswith(UNKNOWN) else frame.message
            return ("auth-failed", text)
        case Unreadable():
            return ("unreadable", frame.id, frame.final)
        case Unusable():
            return ("unusable", frame.broken)


def view_client(message: bytes | str) -> View:
    frame = classify_client(message)
    match frame:
        case AuthFrame():
            return ("auth", frame.token.reveal())
        case Malformed():
            return ("malformed", None if frame.id is None else again(frame.id))
        case ClientRequest():
            body = again(frame.body)
            return ("request", again(frame.id), frame.service, frame.flow, frame.workspace, body)


# --- what is generated -----------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=()), max_size=5)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["", "a", "\ud800", "auth", 0, -1, 2**70, 0.0, -0.0, 1.5]),
    st.sampled_from([float("nan"), float("inf"), -float("inf")]),
    TEXTS,
)
ERRORS = st.one_of(
    SCALARS,
    st.fixed_dictionaries({}, optional={"type": SCALARS, "message": SCALARS, "code": SCALARS}),
    st.lists(SCALARS, max_size=2),
)
BODIES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(TEXTS, SCALARS, max_size=2),
    st.fixed_dictionaries({}, optional={"error": ERRORS, "errors": ERRORS, "response": SCALARS}),
    st.integers(1, 200).map(lambda depth: json.loads("[" * depth + "]" * depth)),
)
IDS = st.one_of(st.sampled_from(["1", "r1", "é", "\ud800"]), SCALARS, BODIES)

SERVER_MEMBERS = {
    "id": IDS,
    "response": BODIES,
    "complete": st.one_of(st.booleans(), SCALARS, BODIES),
    "error": ERRORS,
    "type": st.one_of(st.sampled_from(["auth-ok", "auth-failed", "auth"]), SCALARS),
    "default_workspace": SCALARS,
    "workspace": SCALARS,
}
CLIENT_MEMBERS = {
    "id": IDS,
    "request": BODIES,
    "service": SCALARS,
    "flow": SCALARS,
    "workspace": SCALARS,
    "type": st.one_of(st.just("auth"), SCALARS),
    "token": SCALARS,
}


@st.composite
def frames(draw: st.DrawFn, members: dict[str, st.SearchStrategy[Any]]) -> bytes | str:
    """An object with some of the members, in any order, some of them twice, written in any style."""
    names = draw(st.lists(st.sampled_from([*members, "other"]), max_size=5))
    if draw(st.booleans()):
        names = draw(st.permutations([*list(members)[:3], *names]))  # the ones that make a frame whole
    ascii_only, space = draw(st.booleans()), draw(st.sampled_from(["", " ", "\n\t"]))
    parts = []
    for name in names:
        key = json.dumps(name)
        if draw(st.integers(0, 9)) == 0:
            key = '"' + "".join(f"\\u{ord(character):04x}" for character in name) + '"'
        value = json.dumps(draw(members.get(name, SCALARS)), ensure_ascii=ascii_only)
        parts.append(f"{space}{key}{space}:{space}{value}{space}")
    text = f"{space}{{{','.join(parts)}}}{space}"
    return text.encode() if ascii_only and draw(st.booleans()) else text


@st.composite
def damaged(draw: st.DrawFn, members: dict[str, st.SearchStrategy[Any]]) -> str:
    """A frame with a few characters removed, replaced or added."""
    message = draw(frames(members))
    text = message if isinstance(message, str) else message.decode()
    for _ in range(draw(st.integers(1, 2))):
        at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 2))
        text = text[:at] + draw(st.sampled_from(["", *'"{}[]:,\\ u0e-.\x00é', "NaN"])) + text[at + length :]
    return text


SETTINGS = settings(max_examples=250)


@given(frames(SERVER_MEMBERS))
@SETTINGS
def test_a_gateway_is_read_as_the_model_reads_it(message: bytes | str) -> None:
    assert view(message) == model(message)


@given(frames(CLIENT_MEMBERS))
@SETTINGS
def test_a_client_is_read_as_the_model_reads_it(message: bytes | str) -> None:
    assert view_client(message) == model_client(message)


@given(damaged(SERVER_MEMBERS))
@SETTINGS
def test_a_damaged_frame_of_a_gateway_is_read_as_the_model_reads_it(message: str) -> None:
    assert view(message) == model(message)


@given(damaged(CLIENT_MEMBERS))
@SETTINGS
def test_a_damaged_frame_of_a_client_is_read_as_the_model_reads_it(message: str) -> None:
    assert view_client(message) == model_client(message)


@given(st.one_of(st.binary(max_size=60), st.text(st.characters(exclude_categories=()), max_size=60)))
@example(b"\xef\xbb\xbf{}")
@example(b'{"id":"\xed\xa0\x80","complete":true}')
@settings(max_examples=200)
def test_noise_is_read_as_the_model_reads_it(message: bytes | str) -> None:
    assert view(message) == model(message)
    assert view_client(message) == model_client(message)


@given(frames(SERVER_MEMBERS), st.integers(0), st.binary(min_size=1, max_size=3))
@settings(max_examples=100)
def test_bytes_that_are_not_text_never_raise(message: bytes | str, at: int, noise: bytes) -> None:
    """They may lie where nobody looks; then whoever decodes that part refuses it."""
    whole = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
    cut = at % (len(whole) + 1)
    spoilt = whole[:cut] + noise + whole[cut:]
    classify(spoilt)
    classify_client(spoilt)


# --- shapes of gateways ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "id", "payload", "final"),
    [
        ('{"id":"1","response":{"response":"Hel"},"complete":false}', "1", b'{"response":"Hel"}', False),
        ('{"id": "1", "response": {"a": 1}, "complete": true}', "1", b'{"a": 1}', True),
        ('{"complete":true,"response":{},"id":"1"}', "1", b"{}", True),
        ('{"id":"1","response":{"errors":["x"]},"complete":true}', "1", b'{"errors":["x"]}', True),
        ('{"id":"1","response":{"error":null},"complete":false}', "1", b'{"error":null}', False),
        ('{"id":"1","response":{"error":""},"complete":false}', "1", b'{"error":""}', False),
        ('{"id":"1","response":[],"complete":true}', "1", b"[]", True),
        ('{"id":"1","response":null,"complete":true}', "1", b"null", True),
        ('{"id":"1","response":{}}', "1", b"{}", False),
        ('{"id":"1","error":null,"response":{},"complete":true}', "1", b"{}", True),
        ('{"id":"1","response":{},"complete":true,"new":1}', "1", b"{}", True),
        ('{"id":14,"response":{},"complete":true}', None, b"{}", True),
        ('{"id":null,"response":{},"complete":true}', None, b"{}", True),
        ('{"response":{},"complete":true}', None, b"{}", True),
        ('{"id":"1","response":{"score":NaN},"complete":true}', "1", b'{"score":NaN}', True),
        ('{"id":"1","response":{"x":"\\ud800"},"complete":true}', "1", b'{"x":"\\ud800"}', True),
        ('{"id":"1","response":{"error":"x"},"response":{},"complete":true}', "1", b"{}", True),
    ],
)
@pytest.mark.parametrize("as_bytes", [False, True])
def test_an_answer(message: str, id: str | None, payload: bytes, final: bool, as_bytes: bool) -> None:  # noqa: A002
    frame = classify(message.encode() if as_bytes else message)
    assert isinstance(frame, Answer)
    assert (frame.id, bytes(frame.payload), frame.final) == (id, payload, final)


@pytest.mark.parametrize(
    ("message", "id", "error"),
    [
        # In the response: both generations; beside other members, and not marked as final, from 2.10.6 on.
        (
            '{"id":"1","response":{"error":{"type":"llm-error","message":"x"}},"complete":true}',
            "1",
            WireError("llm-error", "x"),
        ),
        (
            '{"id":"1","response":{"end_of_session":false,"error":{"message":"x","type":"y"}},"complete":false}',
            "1",
            WireError("y", "x"),
        ),
        ('{"id":"1","response":{"error":"x"},"complete":true}', "1", WireError("", "x", bare=True)),
        # In the envelope: 1.x without an id, 2.x with one where it is known.
        ('{"error":"Bad message"}', None, WireError("", "Bad message", bare=True)),
        (
            '{"id":"2","error":{"message":"unknown service","type":"unknown-service"},"complete":true}',
            "2",
            WireError("unknown-service", "unknown service"),
        ),
        (
            '{"error":{"message":"Bad message","type":"error"},"complete":true,"id":"9"}',
            "9",
            WireError("error", "Bad message"),
        ),
        (
            '{"error":{"message":"Bad message","type":"error"},"complete":true}',
            None,
            WireError("error", "Bad message"),
        ),
        # The envelope's error comes first, and a strange one is an error all the same.
        ('{"id":"1","error":"a","response":{"error":"b"}}', "1", WireError("", "a", bare=True)),
        ('{"id":"1","error":{"code":5}}', "1", WireError("", "")),
        ('{"id":"1","error":{"type":5,"message":[]}}', "1", WireError("", "")),
        ('{"id":"1","error":["x"]}', "1", WireError("", "an error of an unknown form (list)")),
        ('{"id":"1","error":NaN}', "1", WireError("", "an error of an unknown form (float)")),
    ],
)
def test_an_error(message: str, id: str | None, error: WireError) -> None:  # noqa: A002
    assert classify(message) == ErrorFrame(id, error)


@pytest.mark.parametrize(
    ("message", "workspace"),
    [
        ('{"type":"auth-ok","default_workspace":"acme"}', "acme"),
        ('{"type":"auth-ok","workspace":"acme"}', "acme"),
        ('{"type":"auth-ok","default_workspace":null,"workspace":"acme"}', "acme"),
        ('{"type":"auth-ok"}', None),
        ('{"type":"auth-ok","default_workspace":5}', None),
    ],
)
def test_an_accepted_authentication(message: str, workspace: str | None) -> None:
    assert classify(message) == AuthOk(workspace)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ('{"type":"auth-failed","error":"auth failure"}', "auth failure"),
        ('{"type":"auth-failed","error":{"message":"expired"}}', "expired"),
        ('{"type":"auth-failed"}', "authentication failed"),
    ],
)
def test_a_refused_authentication(message: str, text: str) -> None:
    assert classify(message) == AuthFailed(text)


def test_a_frame_that_only_ends() -> None:
    assert classify('{"id":"1","complete":true}') == EndFrame("1")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{}", "a frame without response or error"),
        ('{"id":"1","complete":false}', "a frame without response or error"),
        ('{"id":"1","type":"pong"}', "a frame without response or error"),
    ],
)
def test_an_object_that_says_nothing(message: str, reason: str) -> None:
    assert classify(message) == Unusable(reason, broken=False)


BROKEN = [
    ("", "it is not JSON: Expecting value (character 0)"),
    ('{"id":"1",', "it is not JSON: Expecting property name enclosed in double quotes (character 10)"),
    ("[1,2]", "it is not a JSON object"),
    ('"hello"', "it is not a JSON object"),
    ("NaN", "it is not a JSON object"),
    (b'{"id":"\xff","type":1}', "it is not UTF-8"),
    ('{"id":NaN,"x":' + "[" * 501 + "]" * 501 + "}", "it is nested deeper than 500 levels"),
    ('{"type":' + "[" * 100_000, "it is nested too deeply"),
    (
        '{"id":"1","complete":' + "9" * 5000 + ',"type":' + "9" * 5000 + "}",
        "it has a number that is too long",
    ),
]

BROKEN_GATEWAY = [
    (b'{"id":"1","complete":"\xff"}', "it is not UTF-8"),
    ('{"id":"1","response":{},"complete":' + "9" * 5000 + "}", "it has a number that is too long"),
]


@pytest.mark.parametrize(("message", "reason"), BROKEN + BROKEN_GATEWAY)
def test_what_no_gateway_would_send(message: bytes | str, reason: str) -> None:
    assert classify(message) == Unusable(reason, broken=True)


@pytest.mark.parametrize("tail", ["", ',"x":NaN'])
@pytest.mark.parametrize(
    "form",
    [
        '{"id":"1","response":{"error":%s},"complete":true',
        '{"id":"1","response":%s,"complete":true',
        '{"id":"1","error":%s',
        '{"id":%s,"request":1',
    ],
)
def test_no_depth_raises(form: str, tail: str) -> None:
    """Above some depth the interpreter gives up; just there, each step may be the one that does."""
    for depth in (*range(480, 510), *range(850, 1010, 2), *range(5000, 100_000, 9000)):
        message = form % ("[" * depth + "1" + "]" * depth) + tail + "}"
        assert isinstance(classify(message), Answer | ErrorFrame | Unreadable | Unusable)
        assert isinstance(classify_client(message), ClientRequest | Malformed)


DEEP = "[" * 5000 + '{"id":"9"}' + "]" * 5000


@pytest.mark.parametrize(
    ("message", "ident", "final"),
    [
        ('{"id":"1","response":%s,"complete":true}', "1", True),
        ('{"response":{"a":{},"error":%s},"x":[1,[2]],"complete":false,"id":"r-1"}', "r-1", False),
        ('{"x":NaN,"y":"[{","id":"1","response":%s}', "1", False),
        ('{"id":"\\u00e9","error":%s,"complete":1}', "é", True),
    ],
)
def test_what_is_nested_too_deeply_belongs_to_its_request(message: str, ident: str, final: bool) -> None:
    for text in (message % DEEP, (message % DEEP).encode()):
        frame = classify(text)
        assert isinstance(frame, Unreadable)
        assert (frame.id, frame.final) == (ident, final)
        assert "nested" in frame.reason


@pytest.mark.parametrize(
    "message",
    ['{"id":1,"x":%s}', '{"response":%s}', '[%s,{"id":"1"}]', '{"id":"1","x":%s', '{"id":"1"]%s', "%s"],
)
def test_what_is_nested_too_deeply_without_a_request_is_unusable(message: str) -> None:
    frame = classify(message % DEEP)
    assert isinstance(frame, Unusable)
    assert frame.broken


def test_a_part_that_nobody_looks_at_is_refused_when_it_is_decoded() -> None:
    frame = classify(b'{"id":"1","response":{"x":"\xff"},"complete":false}')
    assert isinstance(frame, Answer)
    with pytest.raises(lenient.JSONRefused, match="not UTF-8"):
        lenient.loads(frame.payload)


@pytest.mark.parametrize("payload", [b"{}", b'{"error":null}', b'{"errors":["x"]}', b'{"a":{"error":"x"}}'])
def test_a_payload_without_an_error_passes(payload: bytes) -> None:
    refuse_error(payload)


@pytest.mark.parametrize(
    "payload", [b'{"error":"x"}', b'{"error":""}', b'{"a":1,"error":{}}', b"[]", b"null"]
)
def test_a_payload_that_may_be_an_error_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError):
        refuse_error(payload)


def test_only_an_ordinary_answer_is_read_at_once() -> None:
    answer = decode_answer('{"id":"1","response":{"error":"x"},"complete":false}')
    assert (answer.id, bytes(answer.payload), answer.final) == ("1", b'{"error":"x"}', False)
    for other in ('{"id":"1","response":{}}', '{"id":"1","response":{},"complete":false,"error":null}', "[]"):
        with pytest.raises(ValueError):
            decode_answer(other)


def test_an_error_becomes_the_exception_of_its_call() -> None:
    call = CallContext("config")
    error = WireError("access-denied", "access denied").to_exception(call)
    assert isinstance(error, AccessDenied)
    assert (error.type, error.message, error.context) == ("access-denied", "access denied", call)
    assert type(WireError("", "x", bare=True).to_exception(call)) is GatewayError


@pytest.mark.parametrize("value", [None, False, 0, 0.0, "", [], {}])
def test_what_is_falsy_is_no_error(value: object) -> None:
    assert wire_error(value) is None


# --- shapes of clients -----------------------------------------------------------------------


def test_a_request_is_read() -> None:
    frame = classify_client(
        '{"id":"1","service":"graph-rag","flow":"default","workspace":"acme","request":{"query":"x"}}'
    )
    assert isinstance(frame, ClientRequest)
    assert (frame.id, frame.service, frame.flow, frame.workspace) == (b'"1"', "graph-rag", "default", "acme")
    assert bytes(frame.body) == b'{"query":"x"}'


@pytest.mark.parametrize("value", ['""', "null", "5", "[]"])
def test_a_flow_or_workspace_that_is_no_name_is_none(value: str) -> None:
    frame = classify_client('{"id":"1","service":%s,"flow":%s,"workspace":%s,"request":{}}' % ((value,) * 3))
    assert isinstance(frame, ClientRequest)
    assert (frame.service, frame.flow, frame.workspace) == ("", None, None)


@pytest.mark.parametrize("ident", [b"14", b"0", b"null", b'""', b'{"a": 1}', b"[NaN]", b'"\\ud800"'])
def test_any_id_is_echoed_as_it_was_written(ident: bytes) -> None:
    frame = classify_client(b'{"id":%b,"request":null}' % ident)
    assert isinstance(frame, ClientRequest)
    assert frame.id == ident
    assert (frame.service, frame.flow, frame.workspace, bytes(frame.body)) == ("", None, None, b"null")


@pytest.mark.parametrize("token", ["", "tg_key", "\ud800"])
def test_an_authentication_is_read(token: str) -> None:
    assert classify_client(encode_auth(Secret(token))) == AuthFrame(Secret(token))


@pytest.mark.parametrize(
    "message", ['{"type":"auth"}', '{"type":"auth","token":5}', '{"type":"auth","id":1}']
)
def test_an_authentication_without_a_token_is_anonymous(message: str) -> None:
    assert classify_client(message) == AuthFrame(Secret(""))


@pytest.mark.parametrize(
    ("message", "ident"),
    [
        ('{"service":"config","request":{}}', None),
        ('{"id":"9","service":"config"}', b'"9"'),
        ('{"id":{"a": 1}}', b'{"a": 1}'),
        ('{"id":0}', None),
        ('{"id":""}', None),
        ('{"id":null}', None),
        ("{}", None),
    ],
)
def test_a_request_with_a_part_missing(message: str, ident: bytes | None) -> None:
    assert classify_client(message) == Malformed("Bad message", ident)


@pytest.mark.parametrize(("message", "reason"), BROKEN)
def test_what_no_client_would_send(message: bytes | str, reason: str) -> None:
    assert classify_client(message) == Malformed(reason, None)


# --- writing ---------------------------------------------------------------------------------


def test_requests_are_written_in_the_order_of_the_protocol() -> None:
    assert encode_request("1", "config", None, None, b'{"a":1}') == (
        b'{"id":"1","service":"config","request":{"a":1}}'
    )
    assert encode_request("2", "agent", "default", "acme", b"{}") == (
        b'{"id":"2","service":"agent","flow":"default","workspace":"acme","request":{}}'
    )
    assert encode_request("3", "config", "", "", b"{}") == b'{"id":"3","service":"config","request":{}}'


@given(TEXTS, TEXTS, TEXTS, TEXTS)
@settings(max_examples=100)
def test_requests_are_read_back(ident: str, service: str, flow: str, workspace: str) -> None:
    frame = classify_client(encode_request(ident, service, flow, workspace, b'{"a":1}'))
    assert isinstance(frame, ClientRequest)
    read = (json.loads(frame.id), frame.service, frame.flow or "", frame.workspace or "")
    expected = [ident, service, flow, workspace]
    assert json.dumps(read) == json.dumps(expected)
    assert bytes(frame.body) == b'{"a":1}'


@pytest.mark.parametrize("final", [False, True])
def test_answers_are_read_back(final: bool) -> None:
    frame = classify(encode_answer(b'"1"', b'{"response":"Hel"}', final=final))
    assert isinstance(frame, Answer)
    assert (frame.id, bytes(frame.payload), frame.final) == ("1", b'{"response":"Hel"}', final)


@pytest.mark.parametrize("ident", [None, b'"1"'])
@pytest.mark.parametrize("message", ["access denied", "größe", ""])
def test_errors_are_read_back(ident: bytes | None, message: str) -> None:
    error = WireError("access-denied", message)
    name = None if ident is None else "1"
    assert classify(encode_error(ident, error)) == ErrorFrame(name, error)
    assert json.loads(encode_error(ident, error))["complete"] is True
    answer = encode_answer(b'"1"', encode_failure(error), final=False)
    assert classify(answer) == ErrorFrame("1", error)


def test_errors_of_the_first_generation_are_bare() -> None:
    error = WireError("", "Bad message", bare=True)
    assert encode_error(None, error) == b'{"error":"Bad message"}'
    assert classify(encode_error(None, error)) == ErrorFrame(None, error)


def test_a_text_of_an_error_can_always_be_encoded() -> None:
    for error in ("bad \ud800", {"message": "bad \ud800", "type": "\udfff"}):
        frame = classify(lenient.dumps({"id": "1", "error": error}))
        assert isinstance(frame, ErrorFrame)
        assert frame.error.message == "bad ?"
        str(frame.error.to_exception(CallContext("config"))).encode()


def test_a_token_in_an_error_is_hidden() -> None:
    token = Secret("tg_x")
    assert WireError("a tg_x", "no tg_x", bare=True).hiding(token) == WireError("a ***", "no ***", bare=True)


@pytest.mark.parametrize("text", ["acme", "größe"])
def test_answers_to_an_authentication_are_read_back(text: str) -> None:
    assert classify(encode_auth_ok(text)) == AuthOk(text)
    assert classify(encode_auth_failed(text)) == AuthFailed(text)
