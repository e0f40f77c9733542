"""How gateway 1.7.1 takes the frames of a client, and what it said of those that it did not take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tgproto.session.envelope import ClientRequest, Malformed
from tgproto.session.generation1 import classify_client


def address(service: str, flow: str) -> ClientRequest | Malformed:
    return classify_client(f'{{"id":"1","service":{service},"flow":{flow},"request":{{}}}}')


def test_a_request() -> None:
    text = '{"id":[7],"type":"auth","token":5,"service":"s","flow":"f","workspace":"w","request":{ }}'
    asked = ClientRequest(b"[7]", "s", "f", None, Raw(b"{ }"))
    assert classify_client(text) == classify_client(text.encode()) == asked
    assert classify_client('{"id":[7],"service":"s","request":null}') == ClientRequest(
        b"[7]", "s", None, None, Raw(b"null")
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
def test_encodings_that_are_told_apart(encoding: str) -> None:
    frame = classify_client('{"id":"ü","service":"s","request":{}}'.encode(encoding))
    assert isinstance(frame, ClientRequest)
    assert frame.id in ('"ü"'.encode(), b'"\\u00fc"')


@pytest.mark.parametrize("flow", ["null", '""', "0", "false", "[]", "{}"])
def test_what_stands_for_no_flow(flow: str) -> None:
    frame = address('"s"', flow)
    assert isinstance(frame, ClientRequest)
    assert (frame.service, frame.flow) == ("s", None)


@pytest.mark.parametrize("service", ["5", "null", "true", '""'])
def test_services_that_no_flow_has(service: str) -> None:
    frame = address(service, '"f"')
    assert isinstance(frame, ClientRequest)
    assert (frame.service, frame.flow) == ("", "f")


@pytest.mark.parametrize(
    ("service", "flow", "message"),
    [
        ("5", "null", "5"),
        ("null", "null", "None"),
        ("true", "null", "True"),
        ("[]", "null", "unhashable type: 'list'"),
        ('{"a":1}', "null", "unhashable type: 'dict'"),
        ("[]", '"f"', "unhashable type: 'list'"),
        ('"s"', "5", "Invalid flow"),
        ("5", "true", "Invalid flow"),
        ('"s"', "[1]", "unhashable type: 'list'"),
    ],
)
def test_addresses_that_are_none(service: str, flow: str, message: str) -> None:
    assert address(service, flow) == Malformed(message, None)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{}", "Bad message"),
        ('{"id":"1","service":"s"}', "Bad message"),
        ('{"request":{},"service":"s"}', "Bad message"),
        ('{"type":"auth","token":"t"}', "Bad message"),
        ('{"id":"1","request":{}}', "'service'"),
        ("", "Expecting value: line 1 column 1 (char 0)"),
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        ("{x", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("5", "argument of type 'int' is not iterable"),
        ("null", "argument of type 'NoneType' is not iterable"),
        ("[]", "Bad message"),
        ('["request"]', "Bad message"),
        ('["id","request"]', "list indices must be integers or slices, not str"),
        ('"the request"', "Bad message"),
        ('"id request"', "string indices must be integers, not 'str'"),
        (b"{\xff", "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"),
        (
            '{"id":' + "[" * 600 + "]" * 600 + ',"service":NaN,"request":1}',
            "it is nested deeper than 500 levels",
        ),
    ],
)
def test_what_is_malformed(message: bytes | str, reason: str) -> None:
    assert classify_client(message) == Malformed(reason, None)


@given(st.text() | st.binary())
def test_nothing_raises(message: bytes | str) -> None:
    assert isinstance(classify_client(message), ClientRequest | Malformed)
    assert isinstance(classify_client("[" * 100_000), Malformed)
