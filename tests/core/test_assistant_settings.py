"""Settings, and how they stand in the environment."""

from __future__ import annotations

from typing import Any

import pytest

from tgproto.assistant.settings import AssistantSettings


def test_the_documented_environment() -> None:
    documented = {
        "STREAM_ENABLED": "true",
        "STREAM_CHUNK_SIZE": "100",
        "STREAM_TIMEOUT": "300",
        "BATCH_ENABLED": "true",
        "BATCH_MAX_SIZE": "10",
        "BATCH_TIMEOUT": "30",
    }
    assert AssistantSettings.of(documented) == AssistantSettings.of({}) == AssistantSettings()
    assert (AssistantSettings().stream_limit, AssistantSettings().batch_limit) == (310.0, 35.0)


def test_another_environment() -> None:
    settings = AssistantSettings.of(
        {
            "STREAM_ENABLED": " No",
            "BATCH_ENABLED": "ON",
            "BATCH_MAX_SIZE": "3",
            "BATCH_TIMEOUT": "0.5",
            "X": "?",
        }
    )
    assert settings == AssistantSettings(stream_enabled=False, batch_max_size=3, batch_timeout=0.5)
    assert AssistantSettings.of({"BATCH_MAX_SIZE": ""}) == AssistantSettings()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("STREAM_ENABLED", "maybe", "STREAM_ENABLED must be true or false, not 'maybe'"),
        ("BATCH_MAX_SIZE", "ten", "BATCH_MAX_SIZE must be a whole number, not 'ten'"),
        ("BATCH_TIMEOUT", "soon", "BATCH_TIMEOUT must be a number of seconds, not 'soon'"),
        ("BATCH_MAX_SIZE", "0", "BATCH_MAX_SIZE must be at least 1"),
        ("STREAM_TIMEOUT", "nan", "STREAM_TIMEOUT must be above 0 s"),
    ],
)
def test_a_variable_that_is_wrong(name: str, value: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AssistantSettings.of({name: value})


def test_limits_can_be_off() -> None:
    settings = AssistantSettings(stream_timeout=None, batch_timeout=None)
    assert (settings.stream_limit, settings.batch_limit) == (None, None)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"stream_enabled": "false"}, TypeError),
        ({"batch_max_size": 0}, ValueError),
        ({"batch_timeout": "30"}, TypeError),
        ({"batch_timeout": True}, TypeError),
        ({"stream_timeout": 0}, ValueError),
        ({"stream_timeout": float("inf")}, ValueError),
    ],
)
def test_a_setting_that_is_wrong(wrong: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind, match=next(iter(wrong))):
        AssistantSettings(**wrong)
