"""Calls as data: requests in each dialect, and readers for the answers."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest

from tgproto.catalog.call import Call, StreamCall, leading_to
from tgproto.catalog.spelling import Spelling, embeds_many, has_blueprints
from tgproto.catalog.text import TextReader
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.errors import CallContext, LocalProtocolError, NotOffered, SilentFailure
from tgproto.secrets import Secret
from tgproto.session.request import Form, Request, Submission
from tgproto.types import Literal

CALL = Call(
    service="a-service", arguments={"a": 1, "b": None}, start=TextReader, flow="a-flow", repeatable=True
)
GOOD = b'{"response":"good"}'
NULL = b'{"response":null}'


def test_it_is_a_submission() -> None:
    submission: Submission = CALL
    assert submission.request(GENERATION_2) == Request("a-service", b'{"a":1}', "a-flow", None, True)
    assert CALL.context == CallContext("a-service", "a-flow")
    assert not submission.public


def test_it_is_a_value() -> None:
    assert msgspec.structs.replace(CALL, flow="a-flow") == CALL
    assert msgspec.structs.replace(CALL, flow=None) != CALL
    with pytest.raises(AttributeError):
        CALL.flow = None  # type: ignore[misc]


@pytest.mark.parametrize(
    ("user", "members"), [("anna", {"a": 1, "user": "anna"}), (None, {"a": 1})], ids=["user", "none"]
)
def test_users_are_for_gateways_that_have_them(user: str | None, members: object) -> None:
    call = msgspec.structs.replace(CALL, user=user)
    assert json.loads(call.request(GENERATION_1).body) == members
    assert json.loads(call.request(MIXED_2_2).body) == members
    assert json.loads(call.request(GENERATION_2).body) == {"a": 1}


def test_workspaces_are_for_gateways_that_have_them() -> None:
    call = msgspec.structs.replace(CALL, workspace="w")
    assert call.request(GENERATION_2).workspace == "w"
    assert call.context.workspace == "w"
    with pytest.raises(LocalProtocolError, match=r"a-service: this gateway \(1\.x\) has users"):
        call.request(GENERATION_1)


def test_what_a_dialect_cannot_express_names_service_and_member() -> None:
    call = msgspec.structs.replace(CALL, arguments={"o": Literal("a", language="en")})
    with pytest.raises(LocalProtocolError, match=r"^a-service: o: a literal"):
        call.request(GENERATION_1)
    assert b'"ln":"en"' in call.request(GENERATION_2).body


def test_spellings_depend_on_the_gateway() -> None:
    spelling = Spelling(embeds_many, {"texts": ["a"]}, {"text": "a"})
    call = msgspec.structs.replace(CALL, spellings=(spelling, Spelling(has_blueprints, {"b": 2}, {})))
    assert json.loads(call.request(GENERATION_1).body) == {"a": 1, "text": "a"}
    assert json.loads(call.request(GENERATION_2).body) == {"a": 1, "b": 2, "texts": ["a"]}
    assert CALL.arguments == {"a": 1, "b": None}


@pytest.mark.parametrize(
    ("user", "dialect", "ignored"),
    [
        ("anna", GENERATION_1, ()),
        ("anna", MIXED_2_2, ()),
        ("anna", GENERATION_2, ("user",)),
        (None, GENERATION_2, ()),
        (None, GENERATION_1, ()),
    ],
)
def test_what_a_gateway_is_not_told(user: str | None, dialect: Dialect, ignored: tuple[str, ...]) -> None:
    told: list[tuple[str, ...]] = []
    call = msgspec.structs.replace(CALL, user=user, on_ignored=told.append)
    assert call.ignored(dialect) == ignored
    call.request(dialect)
    assert told == ([ignored] if ignored else [])


def test_every_reader_is_new() -> None:
    first, second = CALL.reader(), CALL.reader()
    first.read(GOOD)
    assert (first.result(), second.result()) == ("good", "")


def test_failures_say_which_call() -> None:
    reader = CALL.reader()
    reader.read(GOOD)
    with pytest.raises(SilentFailure, match="a-service in flow 'a-flow'"):
        reader.read(NULL)


def test_a_stream_call_is_read_frame_by_frame() -> None:
    call = StreamCall(service="a-service", arguments={}, start=TextReader, streaming=True)
    reader = call.reader()
    chunk = reader.read(GOOD)
    assert chunk is not None
    assert chunk.content == "good"
    assert reader.result() == "good"
    assert call.request(GENERATION_2).flow is None


def test_the_name_of_an_operation_may_depend_on_the_gateway() -> None:
    call = Call(
        service="flow",
        operation=lambda d: "list-blueprints" if d.blueprints else "list-classes",
        arguments={},
        start=TextReader,
    )
    assert call.request(GENERATION_2).body == b'{"operation":"list-blueprints"}'
    assert call.request(GENERATION_1).body == b'{"operation":"list-classes"}'
    unknown = msgspec.structs.replace(call, operation=lambda d: "list-classes")
    with pytest.raises(NotOffered, match=r"^flow list-classes: .*it went with 1\.8\.13"):
        unknown.request(GENERATION_2)


def test_secrets_are_sent_but_not_shown() -> None:
    call = Call(service="iam", arguments={"user": {"password": Secret("hush")}}, start=TextReader)
    assert json.loads(call.request(GENERATION_2).body) == {"user": {"password": "hush"}}
    assert "hush" not in f"{call!r} {call} {call.context}"


def test_what_a_gateway_has_not_is_refused() -> None:
    rows = Call(
        service="rows", arguments={}, start=TextReader, named=lambda d: "rows" if d.rows else "objects"
    )
    assert rows.request(GENERATION_2).service == "rows"
    assert rows.request(GENERATION_1).service == "objects"
    for service, operation, gateway, words in (
        (
            "reranker",
            "",
            GENERATION_1,
            r"reranker: this gateway \(1\.x\) does not have it; it came with 2\.6\.4",
        ),
        (
            "objects",
            "",
            GENERATION_2,
            r"objects: this gateway \(2\.x\) does not have it; it went with 2\.0\.11",
        ),
        ("iam", "whoami", GENERATION_1, r"iam whoami: .*it came with 2\.4\.5"),
        ("thru/a/b", "", GENERATION_1, r"thru/a/b: .*it came with 2\.8\.7"),
        ("librarian", "begin-upload", GENERATION_1, r"librarian begin-upload: .*it came with 2\.1\.1"),
    ):
        call = Call(service=service, operation=operation, arguments={}, start=TextReader)
        with pytest.raises(NotOffered, match=words) as caught:
            call.request(gateway)
        assert isinstance(caught.value, NotImplementedError)
    assert (
        Call(service="librarian", operation="list-documents", arguments={}, start=TextReader)
        .request(replace(GENERATION_2, lacks=frozenset()))
        .body
        == b'{"operation":"list-documents"}'
    )


def test_what_is_no_call_of_a_service() -> None:
    form = Form(path="a", tenant=True)
    call = Call(service="a", arguments={}, start=TextReader, form=lambda _: form, workspace="w", anybody=True)
    assert call.public
    assert call.request(GENERATION_2) == Request("a", b"{}", None, "w", form=form)
    with pytest.raises(LocalProtocolError, match="has users, not workspaces"):
        call.request(GENERATION_1)


def test_what_a_gateway_does_not_know_is_refused_unless_it_would_change_nothing() -> None:
    call = Call(
        service="document-rag",
        arguments={"query": "q", "fetch-limit": 0},
        usual={"fetch-limit": 0},
        start=TextReader,
    )
    assert call.request(GENERATION_1).body == b'{"query":"q"}'
    assert call.request(GENERATION_2).body == b'{"query":"q","fetch-limit":0}'
    for arguments in ({"fetch-limit": 5}, {"fetch-limit": None}):
        one = Call(service="document-rag", arguments=arguments, start=TextReader)
        if arguments["fetch-limit"] is None:
            assert one.request(GENERATION_1).body == b"{}"
            continue
        with pytest.raises(NotOffered, match=r"document-rag: this gateway .1\.x. does not know fetch_limit"):
            one.request(GENERATION_1)


def test_the_first_half_of_a_procedure_is_refused_in_its_name() -> None:
    call = Call(service="embeddings", arguments={}, start=TextReader, flow="a-flow")
    with pytest.raises(NotOffered, match=r"^iam create-user: this gateway \(1\.x\) does not have it"):
        leading_to("iam create-user", call).request(GENERATION_1)
    assert leading_to("iam create-user", call).request(GENERATION_2) == call.request(GENERATION_2)
