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
