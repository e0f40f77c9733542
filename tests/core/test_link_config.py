"""The options of a WebSocket link: each refuses what makes no sense, by name."""

import math

import pytest

from tgproto.link.config import WebSocketConfig


def test_the_defaults() -> None:
    config = WebSocketConfig()
    assert config.max_message_bytes == 64 * 1024 * 1024
    assert config.max_head_bytes == 65536
    assert config.max_reject_body == 4096
    assert config.open_timeout == 20.0
    assert config.close_timeout == 10.0
    assert config.compression is False


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_message_bytes", 0),
        ("max_message_bytes", 2**63),
        ("max_head_bytes", 1023),
        ("max_head_bytes", 2**20 + 1),
        ("max_reject_body", -1),
        ("max_reject_body", 16385),
        ("open_timeout", 0.0),
        ("open_timeout", math.inf),
        ("close_timeout", -1.0),
        ("close_timeout", math.nan),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(option: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"^{option} must be "):
        WebSocketConfig(**{option: value})


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_message_bytes", 1),
        ("max_message_bytes", 2**63 - 1),
        ("max_head_bytes", 1024),
        ("max_head_bytes", 2**20),
        ("max_reject_body", 0),
        ("max_reject_body", 16384),
        ("open_timeout", 0.001),
    ],
)
def test_the_ends_of_the_ranges_are_allowed(option: str, value: float) -> None:
    assert getattr(WebSocketConfig(**{option: value}), option) == value
