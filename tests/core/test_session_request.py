"""Requests: what is refused before anything is sent."""

from __future__ import annotations

import pytest

from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import LocalProtocolError
from tgproto.session.request import MAX_BODY_BYTES, Request, check_limits, encoded


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
    assert encoded(fits, GENERATION_2) is fits
    with pytest.raises(LocalProtocolError, match=r"^librarian: the request has 52424705 bytes"):
        encoded(Request("librarian", fits.body + b" "), GENERATION_2)
