"""Requests: what is refused before anything is sent."""

from __future__ import annotations

import pytest

from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.errors import LocalProtocolError
from tgproto.session.request import MAX_BODY_BYTES, Answer, Form, Request, check_limits, for_socket


def test_a_request_is_encoded_already() -> None:
    request = Request("graph-rag", b'{"query":"x"}', "default", "acme", repeatable=True)
    assert request.request(GENERATION_1) is request
    assert request.request(GENERATION_2) is request


def test_a_request_needs_only_a_service_and_a_body() -> None:
    request = Request("config", b"{}")
    assert (request.flow, request.workspace, request.repeatable) == (None, None, False)


def test_a_request_names_a_service() -> None:
    with pytest.raises(LocalProtocolError, match="name of a service"):
        Request("", b"{}")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"a":',
        b'{},"id":"other"',
        b'{"a":"\xff"}',
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
    ],
)
def test_a_body_is_an_object(body: bytes) -> None:
    with pytest.raises(LocalProtocolError, match="'config': the body of a request must be a JSON object"):
        Request("config", body)


@pytest.mark.parametrize("field", ["service", "flow", "workspace"])
def test_a_name_can_be_written_as_utf8(field: str) -> None:
    names = {"service": "config", "flow": "größe", "workspace": "\U0001f600"}
    Request(body=b"{}", **names)
    with pytest.raises(LocalProtocolError, match="lone surrogate"):
        Request(body=b"{}", **{**names, field: "x\ud800"})


@pytest.mark.parametrize("body", [' {"a":"ü\u2028"} '.encode(), b'{"a":"\\ud800"}', b'{"a":Infinity}'])
def test_a_body_may_have_what_the_gateway_takes(body: bytes) -> None:
    assert Request("config", body).body == body


@pytest.mark.parametrize("limits", [(0, None), (None, 0), (-1, 5), (5, float("nan"))])
def test_limits_that_cannot_be_kept_are_refused(limits: tuple[float | None, float | None]) -> None:
    with pytest.raises(LocalProtocolError, match="timeout and total_timeout must be above 0 s"):
        check_limits(*limits)


@pytest.mark.parametrize("limits", [(None, None), (0.1, None), (None, 0.1), (60, 600)])
def test_other_limits_are_taken(limits: tuple[float | None, float | None]) -> None:
    check_limits(*limits)


def test_what_no_gateway_takes_over_a_socket_is_refused() -> None:
    fits = Request("librarian", b'{"a":"' + b"x" * (MAX_BODY_BYTES - 8) + b'"}')
    assert for_socket(fits, GENERATION_2) is fits
    with pytest.raises(LocalProtocolError, match=r"^librarian: the request has 52424705 bytes"):
        for_socket(Request("librarian", fits.body + b" "), GENERATION_2)


# --- what is no call of a service -------------------------------------------------------------------

LOGIN = Form(path="api/v1/auth/login", body=b'{"password":"s3cret"}', public=True)
EXPORT = Form(path="api/v1/export-core", method="GET", query=(("id", "c"),), answer=Answer.BYTES, tenant=True)


def test_a_form_is_a_post_without_a_body_for_which_a_token_is_shown() -> None:
    form = Form(path="api/v1/auth/change-password")
    assert (form.method, form.query, form.body, form.content_type) == ("POST", (), b"", "")
    assert (form.answer, form.public, form.tenant) == (Answer.JSON, False, False)


def test_what_is_sent_with_a_form_is_not_shown() -> None:
    assert repr(LOGIN) == "Form(POST api/v1/auth/login, body=<21 bytes>)"
    assert "s3cret" not in repr(Request("auth/login", b"{}", form=LOGIN))


@pytest.mark.parametrize("path", ["", "/api", "a b", "a?b", "a#b", "é", "a/../b", "./a", "a\n", "a\\b"])
def test_a_path_is_below_the_gateways(path: str) -> None:
    with pytest.raises(LocalProtocolError, match="no percent-encoded path below the gateway's"):
        Form(path=path)


@pytest.mark.parametrize("path", ["api/v1/i18n/packs/de-AT", "api/metrics/query", "a%2F%3F/..b/c.", "a//b/"])
def test_other_paths_are_taken(path: str) -> None:
    assert Form(path=path).path == path


@pytest.mark.parametrize("pair", [("x\ud800", "1"), ("x", "\ud800")])
def test_a_query_can_be_written_as_utf8(pair: tuple[str, str]) -> None:
    Form(path="a", query=(("größe", "ü &=+"),))
    with pytest.raises(LocalProtocolError, match="the query of a has a lone surrogate"):
        Form(path="a", query=(("größe", "1"), pair))


def test_a_body_belongs_into_the_form() -> None:
    with pytest.raises(LocalProtocolError, match="'auth/login': the body belongs into the form"):
        Request("auth/login", b'{"a":1}', form=LOGIN)


def test_a_workspace_that_has_no_place_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="'auth/login': this concerns no workspace"):
        Request("auth/login", b"{}", workspace="acme", form=LOGIN)
    assert Request("export-core", b"{}", workspace="acme", form=EXPORT).workspace == "acme"


@pytest.mark.parametrize(
    ("request_", "public", "tells"),
    [
        (Request("config", b"{}"), False, False),
        (Request("agent", b"{}", "f"), False, True),
        (Request("auth/login", b"{}", form=LOGIN), True, False),
        (Request("export-core", b"{}", form=EXPORT), False, True),
        (Request("metrics", b"{}", "f", form=Form(path="api/metrics/query")), False, False),
    ],
)
def test_who_may_ask_and_who_has_to_name_a_workspace(request_: Request, public: bool, tells: bool) -> None:
    assert (request_.public, request_.tells_workspace) == (public, tells)


class Lazy:
    """Becomes a request, or a form."""

    service, flow, public = "it", None, False

    def __init__(self, form: Form | None) -> None:
        self.form = form

    def request(self, dialect: Dialect) -> Request:
        return Request(dialect.name, b"{}", form=self.form)


def test_over_a_socket_there_are_calls_of_services_alone() -> None:
    call, lazy = Request("config", b"{}"), Lazy(None)
    assert for_socket(call, None) is for_socket(call, GENERATION_1) is call
    assert for_socket(lazy, None) is lazy
    assert for_socket(lazy, GENERATION_1) == Request("1.x", b"{}")
    assert for_socket(Lazy(LOGIN), None).service == "it"  # it is not known yet what becomes of it


@pytest.mark.parametrize("submission", [Request("auth/login", b"{}", form=LOGIN), Lazy(LOGIN)])
def test_what_has_a_form_goes_over_http_only(submission: Request | Lazy) -> None:
    with pytest.raises(LocalProtocolError, match="goes over HTTP only") as caught:
        for_socket(submission, GENERATION_2)
    assert "s3cret" not in str(caught.value)


def test_what_is_sent_is_not_shown_at_all() -> None:
    login = Request("iam", b'{"operation":"login","password":"s3cret"}', workspace="w")
    assert repr(login) == "Request('iam', <41 bytes>, workspace='w')"
    assert repr(Request("agent", b"{}", "f")) == "Request('agent', <2 bytes>, flow='f')"
