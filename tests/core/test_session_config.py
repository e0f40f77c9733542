"""Options: their defaults, and that a useless value is refused by name."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from tgproto.dialect import GENERATION_2
from tgproto.secrets import Secret
from tgproto.session.config import ClientConfig, KeepaliveConfig, ReceiverConfig, SenderConfig, ServerConfig

KEEPALIVE = KeepaliveConfig()
CLIENT = ClientConfig()
SERVER = ServerConfig(GENERATION_2)
SENDER = SenderConfig()
RECEIVER = ReceiverConfig()


def test_the_documented_defaults() -> None:
    assert asdict(KEEPALIVE) == {"interval": 20.0, "timeout": 20.0}
    assert (CLIENT.token, CLIENT.dialect, CLIENT.span_limit) == (Secret(""), None, 16)
    assert (CLIENT.stream_window, CLIENT.stall_timeout, CLIENT.auth_timeout) == (2 * 2**20, 10.0, 20.0)
    assert (CLIENT.close_timeout, CLIENT.tombstone_timeout, CLIENT.max_queued) == (15.0, 660.0, 10_000)
    assert (CLIENT.renewable, CLIENT.keepalive) == (False, KEEPALIVE)
    assert (SERVER.slots, SERVER.queue, SERVER.auth_timeout) == (16, 11, 60.0)
    assert (SERVER.answer_timeout, SERVER.close_timeout) == (600.0, 15.0)
    assert SERVER.keepalive == KeepaliveConfig(60.0, 60.0)
    assert (SENDER.barrier_frames, SENDER.barrier_bytes, SENDER.barrier_delay) == (64, 256 * 2**10, 1.0)
    assert (SENDER.window_barriers, SENDER.lag_frames) == (4, 0)
    assert (SENDER.progress_timeout, SENDER.close_timeout) == (60.0, 60.0)
    assert (RECEIVER.window, RECEIVER.close_timeout, RECEIVER.keepalive) == (2 * 2**20, 15.0, KEEPALIVE)


NOT_POSITIVE: list[tuple[Any, str]] = [
    (KEEPALIVE, "interval"),
    (KEEPALIVE, "timeout"),
    (CLIENT, "span_limit"),
    (CLIENT, "stream_window"),
    (CLIENT, "stall_timeout"),
    (CLIENT, "auth_timeout"),
    (CLIENT, "close_timeout"),
    (CLIENT, "tombstone_timeout"),
    (CLIENT, "max_queued"),
    (SERVER, "slots"),
    (SERVER, "queue"),
    (SERVER, "auth_timeout"),
    (SERVER, "answer_timeout"),
    (SERVER, "close_timeout"),
    (SENDER, "barrier_frames"),
    (SENDER, "barrier_bytes"),
    (SENDER, "barrier_delay"),
    (SENDER, "window_barriers"),
    (SENDER, "progress_timeout"),
    (SENDER, "close_timeout"),
    (RECEIVER, "window"),
    (RECEIVER, "close_timeout"),
]


@pytest.mark.parametrize(("config", "option"), NOT_POSITIVE)
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_limit_is_above_zero(config: Any, option: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"{option} must be above 0"):
        replace(config, **{option: value})


@pytest.mark.parametrize(("config", "option"), NOT_POSITIVE)
def test_a_small_limit_is_allowed(config: Any, option: str) -> None:
    assert getattr(replace(config, **{option: 1}), option) == 1


def test_the_lag_may_be_nothing_but_not_less() -> None:
    assert replace(SENDER, lag_frames=0) == SENDER
    with pytest.raises(ValueError, match="lag_frames must not be negative"):
        replace(SENDER, lag_frames=-1)


@pytest.mark.parametrize(
    ("config", "option"),
    [(KEEPALIVE, "interval"), (CLIENT, "span_limit"), (SERVER, "slots"), (SENDER, "barrier_frames")],
)
def test_none_turns_a_rule_off(config: Any, option: str) -> None:
    assert getattr(replace(config, **{option: None}), option) is None


def test_a_shown_config_hides_its_token() -> None:
    assert "tg_secret" not in repr(ClientConfig(token=Secret("tg_secret")))


def test_there_need_be_no_token_yet_if_there_will_be_one() -> None:
    assert ClientConfig(None, renewable=True).secret == Secret("")
    assert ClientConfig(Secret("tg_x")).secret == Secret("tg_x")
    with pytest.raises(ValueError, match="renewable"):
        ClientConfig(None)
