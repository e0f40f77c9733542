"""Requests and answers as HTTP: targets, headers, workspaces, and what every kind of answer means."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto import lenient
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    CallContext,
    CallError,
    DecodeError,
    GatewayError,
    LLMError,
    LocalProtocolError,
    NotAGateway,
    ServiceError,
    UnknownServiceError,
    WorkspaceNotFound,
)
from tgproto.link.http_types import HttpConfig
from tgproto.rest.config import RestOptions
from tgproto.rest.introduction import WHOAMI
from tgproto.rest.manners import Manners
from tgproto.rest.messages import encode, read_answer
from tgproto.secrets import Secret
from tgproto.session.events import Payload
from tgproto.session.request import Answer, Form, Request

OPTIONS = RestOptions("h:8088", token=Secret("tg_x"))
ANONYMOUS = replace(OPTIONS, token=Secret(""))
CALL = CallContext("graph-rag", "f")
JSON = b"application/json; charset=utf-8"


def answer(status: int, body: bytes | str, kind: bytes = JSON) -> Payload | CallError:
    data = body if isinstance(body, bytes) else body.encode()
    return read_answer(status, kind, data, OPTIONS, CALL)


# --- requests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "path", "target"),
    [
        (Request("config", b"{}"), "/", "/api/v1/config"),
        (Request("config", b"{}", ""), "/", "/api/v1/config"),
        (Request("auth/login", b"{}"), "/tg/", "/tg/api/v1/auth/login"),
        (Request("graph-rag", b"{}", "default"), "/", "/api/v1/flow/default/service/graph-rag"),
        (Request("a b", b"{}", "ä?%"), "/", "/api/v1/flow/%C3%A4%3F%25/service/a%20b"),
    ],
)
def test_where_a_request_goes(request_: Request, path: str, target: str) -> None:
    http = encode(request_, replace(OPTIONS, path=path))
    assert (http.method, http.target, http.host, http.body) == ("POST", target, "h:8088", b"{}")


def test_the_headers() -> None:
    plain = [("Accept", "application/json"), ("Content-Type", "application/json")]
    assert list(encode(WHOAMI, ANONYMOUS).headers) == plain
    assert list(encode(WHOAMI, OPTIONS).headers) == [*plain, ("Authorization", "Bearer tg_x")]


@pytest.mark.parametrize("flow", ["a/b", "/", ".", ".."])
def test_a_flow_that_no_url_can_name_is_refused(flow: str) -> None:
    with pytest.raises(LocalProtocolError, match="socket"):
        encode(Request("agent", b"{}", flow), OPTIONS)


def test_a_token_that_no_header_can_carry_is_refused_and_not_shown() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        encode(WHOAMI, replace(OPTIONS, token=Secret("tg\nx")))
    assert "tg" not in str(caught.value)


def test_a_body_that_is_too_long_is_refused_with_the_workspace_counted() -> None:
    options = replace(OPTIONS, http=HttpConfig(max_message_bytes=20))
    request = Request("agent", b'{"a":1234}', "f")
    encode(request, options)
    with pytest.raises(LocalProtocolError, match="max_message_bytes"):
        encode(request, options, "acme")


# --- workspaces -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "known", "body"),
    [
        (Request("agent", b"{}", "f"), "acme", {"workspace": "acme"}),
        (Request("agent", b' {\n "a": 1 } ', "f"), 'ac"me\\ä', {"workspace": 'ac"me\\ä', "a": 1}),
        (Request("agent", b'{"a":1}', "f", "mine"), "acme", {"workspace": "mine", "a": 1}),
        (Request("config", b'{"a":1}', None, "mine"), None, {"workspace": "mine", "a": 1}),
        (Request("config", b'{"a":1}'), "acme", {"a": 1}),
        (Request("agent", b'{"a":1}', "f"), None, {"a": 1}),
    ],
)
def test_the_workspace_is_in_the_body(request_: Request, known: str | None, body: dict[str, object]) -> None:
    assert json.loads(encode(request_, OPTIONS, known).body) == body


@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=3), st.text(min_size=1, max_size=5))
@settings(max_examples=100)
def test_the_rest_of_the_body_is_as_it_was(body: dict[str, int], workspace: str) -> None:
    body.pop("workspace", None)
    http = encode(Request("agent", lenient.dumps(body), "f"), OPTIONS, workspace)
    assert lenient.loads(http.body) == {"workspace": workspace, **body}


# --- requests that are no calls of services ---------------------------------------------------------


def asks(**form: object) -> Request:
    return Request("it", b"{}", form=Form(**{"path": "api/metrics/query", **form}))


def test_a_form_goes_out_as_it_is() -> None:
    form = {"path": "api/v1/import-core", "body": b"\x00\xff", "content_type": "application/octet-stream"}
    http = encode(asks(**form, query=(("id", "c"),)), replace(OPTIONS, path="/tg/"))
    assert (http.method, http.target, http.host, http.body) == (
        "POST",
        "/tg/api/v1/import-core?id=c",
        "h:8088",
        b"\x00\xff",
    )
    assert list(http.headers) == [
        ("Accept", "application/json"),
        ("Content-Type", "application/octet-stream"),
        ("Authorization", "Bearer tg_x"),
    ]


@pytest.mark.parametrize(
    ("answer_", "accepted"),
    [(Answer.JSON, "application/json"), (Answer.TEXT, "*/*"), (Answer.BYTES, "*/*")],
)
def test_what_has_no_body_says_nothing_about_it(answer_: Answer, accepted: str) -> None:
    http = encode(asks(method="GET", answer=answer_), ANONYMOUS)
    assert (http.method, http.target, http.body) == ("GET", "/api/metrics/query", b"")
    assert list(http.headers) == [("Accept", accepted)]


def test_where_anybody_may_ask_no_token_is_shown() -> None:
    assert [name for name, _ in encode(asks(public=True), OPTIONS).headers] == ["Accept"]
    encode(asks(public=True), replace(OPTIONS, token=Secret("tg\nx")))


@given(st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple))
def test_a_query_arrives_as_it_was_given(query: tuple[tuple[str, str], ...]) -> None:
    try:
        request = asks(method="GET", query=query)
    except LocalProtocolError:
        return  # it has a lone surrogate
    target = encode(request, OPTIONS).target
    path, _, text = target.partition("?")
    assert path == "/api/metrics/query"
    assert tuple(parse_qsl(text, keep_blank_values=True)) == query
    assert "+" not in text


@pytest.mark.parametrize(
    ("tenant", "named", "known", "query"),
    [
        (True, None, None, "id=c"),
        (True, None, "ac/me", "id=c&workspace=ac%2Fme"),
        (True, "mine", "acme", "id=c&workspace=mine"),
        (False, None, "acme", "id=c"),
    ],
)
def test_the_workspace_of_a_form_is_in_its_query(
    tenant: bool, named: str | None, known: str | None, query: str
) -> None:
    form = Form(path="a", query=(("id", "c"),), tenant=tenant)
    http = encode(Request("it", b"{}", None, named, form=form), OPTIONS, known)
    assert (http.target, http.body) == (f"/a?{query}", b"")


def test_the_body_of_a_form_has_a_limit_too() -> None:
    options = replace(OPTIONS, http=HttpConfig(max_message_bytes=3))
    encode(asks(body=b"abc"), options)
    with pytest.raises(LocalProtocolError, match=r"it: the request has 4 bytes.*max_message_bytes \(3\)"):
        encode(asks(body=b"abcd"), options)


@pytest.mark.parametrize("wrong", [{"method": "CONNECT"}, {"method": ""}, {"content_type": "a\nb"}])
def test_a_form_that_http_cannot_carry_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(LocalProtocolError):
        encode(asks(**wrong), OPTIONS)


# --- answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ['{"response":"x"}', "{}", '{"error":null,"a":[1]}', '{"a":1}\n'])
@pytest.mark.parametrize("kind", [JSON, b"", b"text/plain"])
def test_an_object_is_the_answer_as_it_came(body: str, kind: bytes) -> None:
    payload = answer(200, body, kind)
    assert not isinstance(payload, CallError)
    assert bytes(payload) == body.encode()


@pytest.mark.parametrize("body", ['{"a":NaN,"b":"\\ud800"}', '{"error":"","a":NaN}', '{"error":{}}'])
def test_what_only_gateways_write_is_read_too(body: str) -> None:
    payload = answer(200, body)
    assert not isinstance(payload, CallError)
    assert json.dumps(lenient.loads(payload)) == json.dumps(json.loads(body))


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (200, '{"error":{"type":"llm-error","message":"no luck"}}', LLMError, "llm-error: no luck"),
        (200, '{"a":1,"error":{"message":"no luck"}}', GatewayError, "no luck"),
        (200, '{"error":"Invalid flow w/f"}', GatewayError, "Invalid flow w/f"),
        (200, '{"error":7}', GatewayError, "an error of an unknown form"),
        (200, '{"error":{"type":"workspace-not-found"}}', WorkspaceNotFound, "workspace-not-found"),
        (400, '{"error":"unknown operation"}', UnknownServiceError, "unknown operation"),
        (404, '{"error":"unknown kind"}', UnknownServiceError, "unknown kind"),
        (404, '{"error":"workspace not found"}', WorkspaceNotFound, "workspace not found"),
        (403, '{"error":"access denied"}', AccessDenied, "access-denied: access denied"),
        (401, '{"error":"auth failure"}', AuthenticationError, "HTTP 401"),
        (401, "401: Unauthorized", AuthenticationError, "HTTP 401"),
        (400, '{"error":"invalid json"}', ServiceError, "invalid json (HTTP 400 Bad Request)"),
        (500, '{"error":{"type":"llm-error","message":"x"}}', LLMError, "x"),
        (500, '{"detail":"x"}', ServiceError, "HTTP 500 Internal Server Error"),
        (302, "{}", ServiceError, "HTTP 302 Found"),
        (999, "{}", ServiceError, "HTTP 999"),
    ],
)
def test_a_refusal_becomes_its_error(status: int, body: str, kind: type[CallError], text: str) -> None:
    error = answer(status, body)
    assert type(error) is kind
    assert text in str(error)
    assert error.context == CALL


@pytest.mark.parametrize(
    ("service", "form", "kind"),
    [
        ("i18n/packs", Form(path="api/v1/i18n/packs/en", method="GET", public=True), UnknownServiceError),
        ("metrics", Form(path="api/metrics/nope", method="GET"), NotAGateway),
        ("reranker", None, NotAGateway),
    ],
)
def test_a_path_that_not_every_gateway_has(service: str, form: Form | None, kind: type[CallError]) -> None:
    error = read_answer(
        404, b"text/plain", b"404: Not Found", OPTIONS, CallContext(service, None, None), form
    )
    assert type(error) is kind
    assert ("it came with 2.3.9" in str(error)) is (kind is UnknownServiceError)


@pytest.mark.parametrize(
    ("status", "kind", "body", "expected", "text"),
    [
        (200, b"text/html", b"<html>", NotAGateway, "the answer is text/html, not JSON"),
        (200, b"", b"", NotAGateway, "of no stated type"),
        (200, b"\xff", b"", NotAGateway, "not JSON"),
        (200, b"text/html", b"[1]", NotAGateway, "text/html"),
        (302, b"text/html", b"", NotAGateway, "text/html"),
        (200, JSON, b"[1]", DecodeError, "it is not a JSON object"),
        (200, b"Application/JSON", b"\xff", DecodeError, "it is not UTF-8"),
        (200, JSON, b'{"a":%s}' % (b"[" * 5000 + b"]" * 5000), DecodeError, "nested"),
        (200, JSON, b'{"error":%s}' % (b"[" * 5000 + b"]" * 5000), DecodeError, "nested"),
        (404, b"text/html", b"<html>", NotAGateway, "HTTP 404 Not Found"),
        (403, b"text/html", b"<html>", NotAGateway, "HTTP 403 Forbidden"),
        (413, b"text/plain", b"too large", GatewayError, "413"),
        (502, b"text/html", b"<html>", ServiceError, "HTTP 502 Bad Gateway"),
        (503, JSON, b"[]", ServiceError, "HTTP 503 Service Unavailable"),
    ],
)
def test_what_cannot_be_read(
    status: int, kind: bytes, body: bytes, expected: type[CallError], text: str
) -> None:
    error = answer(status, body, kind)
    assert type(error) is expected
    assert text in str(error)
    assert error.context == CALL


@pytest.mark.parametrize("status", [200, 400, 403, 404, 500])
@pytest.mark.parametrize("said", ["no tg_x", {"type": "tg_x", "message": "tg_x \ud800"}])
def test_a_token_that_is_repeated_is_hidden(status: int, said: object) -> None:
    error = answer(status, json.dumps({"error": said}))
    assert isinstance(error, CallError)
    assert "***" in str(error)
    assert "tg_x" not in repr(error) + str(error.__dict__)
    str(error).encode()


def test_a_token_in_the_name_of_a_type_is_hidden() -> None:
    assert "tg_x" not in str(answer(200, b"?", b"text/tg_x"))


TEXT, BYTES = (Form(path="a", answer=answer_) for answer_ in (Answer.TEXT, Answer.BYTES))


@pytest.mark.parametrize("form", [TEXT, BYTES])
@pytest.mark.parametrize("status", [200, 204, 299])
@pytest.mark.parametrize("body", [b"", b"up 1\n", b"\xff", b'{"error":"no"}', b'{"a":NaN}'])
def test_a_good_answer_that_is_no_json_is_taken_as_it_is(form: Form, status: int, body: bytes) -> None:
    payload = read_answer(status, JSON, body, OPTIONS, CALL, form)
    assert isinstance(payload, Payload)
    assert bytes(payload) == body


@pytest.mark.parametrize("form", [TEXT, BYTES, Form(path="a")])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (302, b""),
        (400, b'{"status":"error","error":"bad query"}'),
        (401, b'{"error":"auth failure"}'),
        (403, b'{"error":"access denied"}'),
        (404, b"404: Not Found"),
        (413, b"too large"),
        (502, b"{}"),
    ],
)
def test_all_other_answers_are_those_of_a_call(form: Form, status: int, body: bytes) -> None:
    error, usual = (read_answer(status, b"", body, OPTIONS, CALL, each) for each in (form, None))
    assert isinstance(error, CallError)
    assert (type(error), str(error)) == (type(usual), str(usual))


@pytest.mark.parametrize("form", [TEXT, BYTES, Form(path="a")])
@pytest.mark.parametrize("status", [500, 502])
def test_what_the_gateway_asks_may_not_answer(form: Form, status: int) -> None:
    error = read_answer(status, b"text/plain", b"metrics upstream unreachable", OPTIONS, CALL, form)
    assert type(error) is ServiceError
    assert f"HTTP {status}" in str(error)
    assert "what the gateway has to ask runs" in str(error)


def test_an_error_is_found_in_json_alone() -> None:
    form = Form(path="a")
    assert isinstance(read_answer(200, JSON, b'{"error":"no"}', OPTIONS, CALL, form), GatewayError)
    assert isinstance(read_answer(200, JSON, b'{"a":1}', OPTIONS, CALL, form), Payload)


@pytest.mark.parametrize("answer_", list(Answer))
def test_where_no_token_was_shown_a_401_is_about_something_else(answer_: Answer) -> None:
    form = Form(path="api/v1/auth/login", answer=answer_, public=True)
    error = read_answer(401, JSON, b'{"error":"auth failure"}', OPTIONS, CALL, form)
    assert isinstance(error, AuthenticationError)
    assert (error.message, error.hint) == ("auth failure", "")
    page = read_answer(401, b"text/html", b"<html>", OPTIONS, CALL, form)
    assert isinstance(page, NotAGateway)
    assert "HTTP 401 Unauthorized" in str(page)


# --- other manners ------------------------------------------------------------------------------------


def fields(form: Form, options: RestOptions = OPTIONS) -> list[tuple[str, str]]:
    return list(encode(Request("a", b"{}", form=form), options).headers)


def test_a_token_is_shown_as_the_service_wants_it() -> None:
    manners = Manners("X-API-Key", "Key ", (("X-Tenant-ID", "t"),))
    options = replace(OPTIONS, manners=manners)
    tenant = ("X-Tenant-ID", "t")
    assert fields(Form(path="a"), options) == [
        ("Accept", "application/json"),
        tenant,
        ("X-API-Key", "Key tg_x"),
    ]
    assert fields(Form(path="a", public=True), options) == [("Accept", "application/json"), tenant]
    anonymous = replace(options, token=Secret(""))
    assert fields(Form(path="a"), anonymous) == [("Accept", "application/json"), tenant]


def test_streams_are_asked_for_neither_compressed_nor_from_a_store() -> None:
    assert fields(Form(path="a", answer=Answer.EVENTS), ANONYMOUS) == [
        ("Accept", "text/event-stream"),
        ("Accept-Encoding", "identity"),
        ("Cache-Control", "no-store"),
    ]


def test_the_fields_of_a_form_replace_those_that_would_be_sent_otherwise() -> None:
    manners = Manners(headers=(("X-Tenant-ID", "t"), ("X-Other", "o")))
    headers = (
        ("x-tenant-id", "mine"),
        ("ACCEPT", "text/csv"),
        ("Authorization", "Basic eA=="),
        ("X-New", "n"),
    )
    form = Form(path="a", headers=headers, body=b"x", content_type="text/plain")
    expected = [*headers, ("X-Other", "o"), ("Content-Type", "text/plain")]
    assert fields(form, replace(OPTIONS, manners=manners)) == expected


@pytest.mark.parametrize("field", [("X Y", "a"), ("X-Y", "a\r\nb"), ("Content-Length", "1"), ("X-Y", "ä")])
def test_fields_that_http_does_not_allow_are_refused(field: tuple[str, str]) -> None:
    with pytest.raises(LocalProtocolError):
        fields(Form(path="a", headers=(field,)))


@given(
    status=st.integers(200, 999),
    kind=st.one_of(st.sampled_from([JSON, b""]), st.binary(max_size=5)),
    body=st.one_of(
        st.binary(max_size=20),
        st.text('[]{}",:\\ 1aNu"', max_size=20).map(str.encode),
        st.dictionaries(
            st.sampled_from(["error", "response"]),
            st.recursive(st.none() | st.text(max_size=3) | st.floats(), st.lists, max_leaves=3),
        ).map(lenient.dumps),
    ),
)
@settings(max_examples=300)
def test_no_answer_raises(status: int, kind: bytes, body: bytes) -> None:
    read = answer(status, body, kind)
    if isinstance(read, CallError):
        str(read).encode()
        assert read.context == CALL
    else:
        assert status < 300
        assert not json.loads(bytes(read)).get("error")


def test_blanks_in_a_query_may_be_sent_as_forms_do() -> None:
    options = replace(OPTIONS, manners=Manners(like_forms=True))
    request = asks(method="GET", query=(("query", "a b+c%"),))
    assert encode(request, options).target == "/api/metrics/query?query=a+b%2Bc%25"
    assert encode(request, OPTIONS).target == "/api/metrics/query?query=a%20b%2Bc%25"
