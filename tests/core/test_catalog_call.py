"""Calls as data: requests in each dialect, and answers read as a whole."""

from __future__ import annotations

import dataclasses
import json

import msgspec
import pytest

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.text import TextReader
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2
from tgproto.errors import CallContext, DecodeError, LocalProtocolError, SilentFailure
from tgproto.session.request import Request, Submission
from tgproto.types import Literal, TextCompletion

CALL = Call(
    service="a-service", arguments={"a": 1, "b": None}, start=TextReader, flow="a-flow", repeatable=True
)
GOOD = b'{"response":"good"}'
NULL = b'{"response":null}'


def test_it_is_a_submission() -> None:
    submission: Submission = CALL
    assert submission.request(GENERATION_2) == Request("a-service", b'{"a":1}', "a-flow", None, True)
    assert CALL.context == CallContext("a-service", "a-flow")


def test_it_is_a_value() -> None:
    assert dataclasses.replace(CALL, flow="a-flow") == CALL
    assert dataclasses.replace(CALL, flow=None) != CALL
    with pytest.raises(dataclasses.FrozenInstanceError):
        CALL.flow = None  # type: ignore[misc]


@pytest.mark.parametrize(
    ("user", "members"), [("anna", {"a": 1, "user": "anna"}), (None, {"a": 1})], ids=["user", "none"]
)
def test_users_are_for_gateways_that_have_them(user: str | None, members: object) -> None:
    call = dataclasses.replace(CALL, user=user)
    assert json.loads(call.request(GENERATION_1).body) == members
    assert json.loads(call.request(MIXED_2_2).body) == members
    assert json.loads(call.request(GENERATION_2).body) == {"a": 1}


def test_workspaces_are_for_gateways_that_have_them() -> None:
    call = dataclasses.replace(CALL, workspace="w")
    assert call.request(GENERATION_2).workspace == "w"
    assert call.context.workspace == "w"
    with pytest.raises(LocalProtocolError, match=r"a-service: this gateway \(1\.x\) has users"):
        call.request(GENERATION_1)


def test_what_a_dialect_cannot_express_names_service_and_member() -> None:
    call = dataclasses.replace(CALL, arguments={"o": Literal("a", language="en")})
    with pytest.raises(LocalProtocolError, match=r"^a-service: o: a literal"):
        call.request(GENERATION_1)
    assert b'"ln":"en"' in call.request(GENERATION_2).body


@pytest.mark.parametrize("payloads", [[GOOD], [msgspec.Raw(b'{"response":"go"}'), b'{"response":"od"}']])
def test_all_frames_make_the_result(payloads: list[msgspec.Raw | bytes]) -> None:
    result = CALL.decode(GENERATION_2, payloads)
    assert result == "good"
    assert type(result) is TextCompletion


def test_failures_say_which_call() -> None:
    with pytest.raises(SilentFailure, match="a-service in flow 'a-flow'") as silent:
        CALL.decode(GENERATION_2, [GOOD, NULL])
    assert silent.value.partial == "good"
    with pytest.raises(DecodeError, match="a-service in flow 'a-flow': the answer has no frames"):
        CALL.decode(GENERATION_2, [])


def test_what_came_before_a_failure() -> None:
    assert CALL.partial(GENERATION_2, [GOOD, GOOD]) == "goodgood"
    assert CALL.partial(GENERATION_2, [GOOD, NULL, GOOD]) == "good"
    assert CALL.partial(GENERATION_2, []) is None


def test_a_stream_call_is_read_frame_by_frame_too() -> None:
    call = StreamCall(service="a-service", arguments={}, start=TextReader, streaming=True)
    reader = call.reader(GENERATION_2)
    chunk = reader.read(GOOD)
    assert chunk is not None
    assert chunk.content == "good"
    assert reader.result() == call.decode(GENERATION_2, [GOOD]) == "good"
    assert call.request(GENERATION_2).flow is None
