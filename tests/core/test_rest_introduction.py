"""What is asked before the first request over REST, and what is made of the answers."""

from __future__ import annotations

import pytest

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    CallContext,
    CallError,
    ConnectionLost,
    ConnectionRefused,
    DecodeError,
    FlowError,
    GatewayError,
    NotAGateway,
    RequestTimeout,
    ServiceError,
    UnknownServiceError,
)
from tgproto.rest.introduction import LIST_BLUEPRINTS, WHOAMI, Introduction, needs_workspace
from tgproto.session.events import Payload
from tgproto.session.request import Form, Request

CALL = CallContext("graph-rag", "f")
FLOW = Request("agent", b"{}", "f")
GLOBAL = Request("config", b"{}")
USER = Payload(b'{"user":{"id":"1","default_workspace":"acme"},"bootstrap_available":false}')
NO_IAM = GatewayError("'iam'", "error")


def test_only_flow_services_need_to_know_the_workspace() -> None:
    assert needs_workspace(FLOW, GENERATION_2)
    assert not needs_workspace(Request("agent", b"{}", "f", "acme"), GENERATION_2)
    assert not needs_workspace(GLOBAL, GENERATION_2)
    assert not needs_workspace(FLOW, GENERATION_1)


def test_so_do_other_requests_that_say_so() -> None:
    form = Form(path="api/v1/export-core", tenant=True)
    assert needs_workspace(Request("export-core", b"{}", form=form), GENERATION_2)
    assert not needs_workspace(Request("export-core", b"{}", None, "acme", form=form), GENERATION_2)
    assert not needs_workspace(Request("export-core", b"{}", form=form), GENERATION_1)
    assert not needs_workspace(Request("metrics", b"{}", "f", form=Form(path="m")), GENERATION_2)


@pytest.mark.parametrize("dialect", [None, GENERATION_1, GENERATION_2])
def test_where_anybody_may_ask_nothing_is_asked_before(dialect: Dialect | None) -> None:
    form = Form(path="api/v1/auth/login", public=True, tenant=True)
    assert Introduction(dialect).missing(Request("auth/login", b"{}", form=form)) is None


@pytest.mark.parametrize(
    ("dialect", "question"), [(GENERATION_1, None), (GENERATION_2, WHOAMI), (None, WHOAMI)]
)
def test_what_is_known_is_not_asked(dialect: Dialect | None, question: Request | None) -> None:
    introduction = Introduction(dialect)
    assert introduction.missing(FLOW) is question
    assert introduction.missing(GLOBAL) is (None if dialect else WHOAMI)
    assert introduction.missing(None) is (None if dialect else WHOAMI)


def test_one_answer_tells_dialect_and_workspace() -> None:
    introduction = Introduction(None)
    assert introduction.learn(WHOAMI, USER) is None
    assert (introduction.dialect, introduction.workspace) == (GENERATION_2, "acme")
    assert introduction.missing(FLOW) is None


def test_a_dialect_that_was_given_stays() -> None:
    introduction = Introduction(GENERATION_2)
    assert introduction.learn(WHOAMI, USER) is None
    assert introduction.dialect is GENERATION_2


@pytest.mark.parametrize(
    ("answer", "dialect"),
    [
        (Payload(b'{"blueprint-names":[]}'), MIXED_2_2),
        (FlowError("invalid operation", "flow-error"), GENERATION_1),
        (ServiceError("", "bad-operation"), GENERATION_1),
    ],
)
def test_a_gateway_without_access_control_is_asked_about_blueprints(
    answer: Payload | CallError, dialect: Dialect
) -> None:
    introduction = Introduction(None)
    assert introduction.learn(WHOAMI, NO_IAM) is None
    assert introduction.missing(FLOW) is LIST_BLUEPRINTS
    assert introduction.learn(LIST_BLUEPRINTS, answer) is None
    assert introduction.dialect is dialect
    assert introduction.missing(FLOW) is None


def test_those_who_ask_at_once_learn_the_same() -> None:
    introduction = Introduction(None)
    for _ in range(2):
        assert introduction.learn(WHOAMI, NO_IAM) is None
    assert introduction.learn(LIST_BLUEPRINTS, FlowError("no")) is None
    assert introduction.learn(WHOAMI, NO_IAM) is None
    assert introduction.learn(LIST_BLUEPRINTS, FlowError("no")) is None
    assert introduction.dialect is GENERATION_1
    assert introduction.missing(FLOW) is None


@pytest.mark.parametrize(
    "answer", [GatewayError("Timeout", "gateway-error"), DecodeError("?"), RequestTimeout("timeout", 60.0)]
)
def test_no_dialect_is_guessed_if_that_question_failed(answer: CallError) -> None:
    introduction = Introduction(None)
    introduction.learn(WHOAMI, NO_IAM)
    failed = introduction.learn(LIST_BLUEPRINTS, answer)
    assert failed is not None
    assert "pass dialect=" in failed.hint
    assert introduction.missing(FLOW) is LIST_BLUEPRINTS


def test_a_2_x_gateway_without_access_control_is_a_surprise_if_it_was_said_to_be_one() -> None:
    failed = Introduction(GENERATION_2).learn(WHOAMI, NO_IAM)
    assert isinstance(failed, GatewayError)
    assert "pass workspace=" in failed.hint


@pytest.mark.parametrize(
    ("text", "workspace"),
    [
        ('{"user":{"id":"1","default_workspace":"acme"},"bootstrap_available":false}', "acme"),
        ('{"user":{"workspace":"acme"}}', "acme"),
        ('{"user":{"default_workspace":"","workspace":"acme"}}', "acme"),
        ('{"user":{"default_workspace":""}}', "default"),
        ('{"user":{"default_workspace":7}}', "default"),
        ('{"user":{}}', "default"),
        ('{"user":null}', "default"),
        ("{}", "default"),
        ("[]", "default"),
        ("?", "default"),
    ],
)
def test_the_workspace_of_the_caller(text: str, workspace: str) -> None:
    introduction = Introduction(None)
    assert introduction.learn(WHOAMI, Payload(text.encode())) is None
    assert introduction.workspace == workspace


def test_a_gateway_that_does_not_know_the_question_has_one_workspace() -> None:
    introduction = Introduction(None)
    assert introduction.learn(WHOAMI, UnknownServiceError("unknown kind")) is None
    assert (introduction.dialect, introduction.workspace) == (GENERATION_2, "default")


@pytest.mark.parametrize("question", [WHOAMI, LIST_BLUEPRINTS])
def test_who_waited_for_a_question_that_was_lost_was_not_sent(question: Request) -> None:
    lost = ConnectionLost(CloseCause(CloseKind.LOST, "reset"), sent=True)
    told = Introduction(None).learn(question, lost)
    assert isinstance(told, ConnectionLost)
    assert told.cause == lost.cause
    assert (told.sent, lost.sent) == (False, True)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (AuthenticationError("no"), AuthenticationError.default_hint),
        (ConnectionRefused("no"), ConnectionRefused.default_hint),
        (NotAGateway("no"), NotAGateway.default_hint),
        (GatewayError("busy"), "pass workspace="),
        (AccessDenied("no"), "pass workspace="),
        (DecodeError("?"), "pass workspace="),
        (RequestTimeout("timeout", 60.0), "pass workspace="),
    ],
)
def test_no_workspace_is_guessed_if_the_question_failed(error: CallError, hint: str) -> None:
    before = str(error)
    told = Introduction(GENERATION_2).learn(WHOAMI, error)
    assert isinstance(told, CallError)
    assert type(told) is type(error)
    assert told.summary == error.summary
    assert hint in told.hint
    told.with_context(CALL)
    assert str(error) == before  # another call may wait for the same answer
