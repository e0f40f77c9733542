"""Keys and values of the configuration."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from tgproto.types import ConfigKey, Configuration, ConfigValue

VALUE = ConfigValue("prompt", "system", "Be brief")


def test_a_value_answers_by_attribute_and_by_name() -> None:
    assert (VALUE.type, VALUE.key, VALUE.value, VALUE.workspace) == ("prompt", "system", "Be brief", "")
    assert VALUE.members() == {"type": "prompt", "key": "system", "value": "Be brief"}
    assert (VALUE["key"], VALUE.get("workspace"), "workspace" in VALUE) == ("system", None, False)
    assert list(VALUE) == ["type", "key", "value"]
    there = ConfigValue("prompt", "system", None, workspace="acme")
    assert (there["workspace"], there["value"]) == ("acme", None)


def test_what_else_the_gateway_says_is_reached_by_name() -> None:
    value = ConfigValue("t", "k", "v", payload=b'{"type":"t","key":"k","value":"v","more":1}')
    assert value == ConfigValue("t", "k", "v")
    assert (value["more"], value["value"]) == (1, "v")
    assert dataclasses.replace(value, value="w").members() == {
        "type": "t",
        "key": "k",
        "value": "w",
        "more": 1,
    }


@pytest.mark.parametrize("value", [VALUE, ConfigKey("prompt", "system")])
def test_they_are_values(value: ConfigKey | ConfigValue) -> None:
    for twin in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert twin == value
        assert hash(twin) == hash(value)
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.key = "x"  # type: ignore[misc]


def test_the_configuration_unpacks() -> None:
    config, version = whole = Configuration({"prompt": {"system": "Be brief"}}, 5)
    assert (config["prompt"]["system"], version, whole.version) == ("Be brief", 5, 5)
    assert whole == (config, version)
