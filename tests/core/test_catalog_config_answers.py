"""Answers of `config`, captured and made up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.core.catalogue import payloads
from tgproto.catalog.config_answers import CONFIG_ALL, CONFIG_KEYS, CONFIG_VALUES
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types import Configuration, ConfigValue

STARTS = {"values": CONFIG_VALUES, "directory": CONFIG_KEYS, "config": CONFIG_ALL}
SKELETON: dict[str, Any] = {"version": 0, "values": [], "directory": [], "config": {}}


def read(start: Any, frame: bytes | dict[str, Any]) -> Any:
    reader = start(CallContext("config"))
    reader.read(frame if isinstance(frame, bytes) else json.dumps(frame).encode())
    return reader.result()


@pytest.mark.parametrize("release", ["1.7.1", "2.11.1"])
def test_captured(release: str) -> None:
    assert read(CONFIG_VALUES, payloads(f"{release} config get")[0]) == [
        ConfigValue("interop", "greeting", "hello"),
        ConfigValue("interop", "absent", None),
    ]
    assert read(CONFIG_KEYS, payloads(f"{release} config list")[0]) == ["greeting", "smoke"]


def test_values_of_all_workspaces() -> None:
    value = {"workspace": "w", "type": "t", "key": "k", "value": "v"}
    assert read(CONFIG_VALUES, {"version": 1, "values": [value]}) == [ConfigValue("t", "k", "v", "w")]


def test_everything() -> None:
    config = {"a": {"b": "c"}, "d": {}}
    assert read(CONFIG_ALL, {**SKELETON, "version": 7, "config": config}) == Configuration(config, 7)
    assert read(CONFIG_ALL, {"config": {}}) == Configuration({}, 0)


@pytest.mark.parametrize("member", STARTS)
def test_an_empty_answer_is_one_only_if_it_has_a_version(member: str) -> None:
    for frame in (payloads("2.11.1 config getvalues-all-ws")[0], SKELETON):
        with pytest.raises(SilentFailure, match=r"^config: the answer is empty: the service failed"):
            read(STARTS[member], frame)
    nothing = SKELETON[member]
    for frame in ({**SKELETON, "version": 3}, {"version": 0, member: nothing}):  # 2.x, 1.x
        assert read(STARTS[member], frame) in (nothing, (nothing, frame["version"]))


@pytest.mark.parametrize("member", STARTS)
def test_the_member_must_be_there(member: str) -> None:
    with pytest.raises(DecodeError, match=f"^config: the answer has no member `{member}`"):
        read(STARTS[member], {"version": 1})


@pytest.mark.parametrize("value", [{"type": "t"}, {"key": "k"}, {"type": "t", "key": "k", "value": {}}])
def test_wrong_shapes(value: object) -> None:
    with pytest.raises(DecodeError, match=r"^config: .*documented shape.*\$\.values\[0\]"):
        read(CONFIG_VALUES, {"version": 1, "values": [value]})
