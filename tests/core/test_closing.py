"""Why a connection ended: what a cause says, and whether trying again can help."""

from __future__ import annotations

import pytest

from tgproto.closing import CloseCause, CloseFrame, CloseKind, DialFault, RefusedUpgrade


@pytest.mark.parametrize(
    ("kind", "retryable"),
    [
        (CloseKind.LOCAL, False),
        (CloseKind.REMOTE, True),
        (CloseKind.LOST, True),
        (CloseKind.REJECTED, False),
        (CloseKind.PROTOCOL, False),
        (CloseKind.TIMEOUT, True),
    ],
)
def test_which_endings_may_go_better_next_time(kind: CloseKind, retryable: bool) -> None:
    assert CloseCause(kind).retryable is retryable


def test_every_kind_was_judged_above() -> None:
    assert len(CloseKind) == 6


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_refusal_that_may_pass(status: int) -> None:
    assert CloseCause(CloseKind.REJECTED, refused=RefusedUpgrade(status)).retryable


@pytest.mark.parametrize("status", [101, 200, 302, 400, 401, 403, 404, 501])
def test_a_refusal_that_stays(status: int) -> None:
    assert not CloseCause(CloseKind.REJECTED, refused=RefusedUpgrade(status)).retryable


@pytest.mark.parametrize("fault", list(DialFault))
def test_a_certificate_and_a_proxys_mind_do_not_become_better_by_themselves(fault: DialFault) -> None:
    cause = CloseCause(CloseKind.LOST, "no transport", fault=fault)
    assert cause.retryable is (fault not in (DialFault.TLS, DialFault.PROXY_REFUSED))


def test_what_a_peer_sent_instead_of_an_upgrade_is_not_shown() -> None:
    refused = RefusedUpgrade(400, ((b"location", b"/?token=tg_x"),), b"no such page: /?token=tg_x")
    assert repr(refused) == "RefusedUpgrade(status=400)"


def test_a_close_is_clean_if_both_sides_said_it() -> None:
    frame = CloseFrame(1000)
    assert CloseCause(CloseKind.REMOTE, sent=frame, received=frame).clean
    assert not CloseCause(CloseKind.REMOTE, sent=frame).clean
    assert not CloseCause(CloseKind.REMOTE, received=frame).clean
    assert not CloseCause(CloseKind.LOST).clean


def test_what_it_says() -> None:
    assert str(CloseCause(CloseKind.TIMEOUT, "no pong within 20 s")) == "timed out (no pong within 20 s)"
    assert str(CloseCause(CloseKind.REMOTE)) == "closed by the peer"


def test_the_first_header_of_a_name_counts() -> None:
    refused = RefusedUpgrade(503, ((b"server", b"x"), (b"retry-after", b"3"), (b"retry-after", b"4")))
    assert refused.header(b"retry-after") == b"3"
    assert refused.header(b"location") is None
    assert RefusedUpgrade(503).header(b"server") is None
