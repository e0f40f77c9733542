"""The configuration: requests, and changes that are read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.catalogue import AsyncScript, Script, answer, body, payloads, run
from tgproto.catalog import AsyncConfig, Config, ConfigCalls
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2
from tgproto.errors import NotOffered, ServiceError, SilentFailure, service_error
from tgproto.types import ConfigKey, Configuration, ConfigValue, TextCompletion

CALLS = ConfigCalls()
ACK = b'{"version":0,"values":[],"directory":[],"config":{}}'
KEYS = [
    ConfigKey("t", "k"),
    ConfigValue("t", "k", "v"),
    ("t", "k"),
    {"type": "t", "key": "k"},
    {"type": "t", "key": "k", "value": 5},
    (TextCompletion("t"), "k"),
]
VALUES = [ConfigValue("t", "k", "v"), ("t", "k", "v"), {"type": "t", "key": "k", "value": "v"}]


def found(*values: tuple[str, str, str | None]) -> bytes:
    members = [dict(zip(("type", "key", "value"), value, strict=True)) for value in values]
    return json.dumps({"version": 9, "values": members}).encode()


def sync(*replies: bytes | BaseException) -> tuple[Config, Script]:
    script = Script(GENERATION_2, list(replies))
    return Config(script), script


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_get(key: Any) -> None:
    call = CALLS.get([key, ("t", "other")])
    keys = [{"type": "t", "key": "k"}, {"type": "t", "key": "other"}]
    assert (call.service, call.flow) == ("config", None)
    assert body(call) == body(call, GENERATION_1) == {"operation": "get", "keys": keys}
    assert answer(call, payloads("2.11.1 config get"))[0].value == "hello"


def test_the_other_readings() -> None:
    assert body(CALLS.list("t")) == {"operation": "list", "type": "t"}
    assert answer(CALLS.list("t"), payloads("1.7.1 config list")) == ["greeting", "smoke"]
    assert body(CALLS.get_values("t")) == {"operation": "getvalues", "type": "t"}
    assert answer(CALLS.get_values("t"), [found(("t", "k", "v"))]) == [ConfigValue("t", "k", "v")]
    assert body(CALLS.all()) == {"operation": "config"}
    assert answer(CALLS.all(), [b'{"version":2,"config":{"t":{"k":"v"}}}']) == Configuration(
        {"t": {"k": "v"}}, 2
    )


def test_the_values_of_all_workspaces_are_not_to_be_had() -> None:
    call = CALLS.get_values_all_workspaces("flow")
    assert body(call) == {"operation": "getvalues-all-ws", "type": "flow"}
    with pytest.raises(SilentFailure):
        answer(call, payloads("2.11.1 config getvalues-all-ws"))
    with pytest.raises(NotOffered, match="config getvalues-all-ws"):
        call.request(GENERATION_1)
    assert call.request(MIXED_2_2)


def test_options_go_into_the_requests() -> None:
    config = CALLS.with_options(workspace="w", retry=True)
    for call in (config.get([]), next(config.put([])), next(config.delete([]))):
        request = call.request(GENERATION_2)  # type: ignore[union-attr]
        assert (request.flow, request.workspace, request.repeatable) == (None, "w", True)


# --- writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_put_is_read_back(value: Any) -> None:
    config, script = sync(ACK, found(("t", "k", "v")))
    config.put([value])
    assert script.calls == [
        {"operation": "put", "values": [{"type": "t", "key": "k", "value": "v"}]},
        {"operation": "get", "keys": [{"type": "t", "key": "k"}]},
    ]


def test_of_several_values_for_a_key_the_last_counts() -> None:
    config, script = sync(ACK, found(("t", "k", "new"), ("t", "j", "v")))
    config.put([("t", "k", "old"), ("t", "j", "v"), ("t", "k", "new")])
    assert len(script.calls[0]["values"]) == 3
    assert script.calls[1]["keys"] == [{"type": "t", "key": "k"}, {"type": "t", "key": "j"}]


@pytest.mark.parametrize("there", [found(("t", "k", "old")), found(("t", "k", None)), found()])
def test_a_value_that_was_not_put(there: bytes) -> None:
    config, _ = sync(ACK, there)
    with pytest.raises(SilentFailure, match=r"^config: the value of 'k', of type 't', is not what") as failed:
        config.put([("t", "k", "hush-hush")])
    assert "hush" not in str(failed.value)


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.text(max_size=3)] * 3), max_size=5))
def test_what_is_put_is_what_is_compared(values: list[tuple[str, str, str]]) -> None:
    last = {(kind, key): value for kind, key, value in values}
    sync(ACK, found(*((*place, value) for place, value in last.items())))[0].put(values)
    for wrong in last:
        there = [(*place, value + "." * (place == wrong)) for place, value in last.items()]
        with pytest.raises(SilentFailure):
            sync(ACK, found(*there))[0].put(values)


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_delete_is_read_back(key: Any) -> None:
    config, script = sync(ACK, found(("t", "k", None)))
    config.delete([key])
    assert script.calls == [
        {"operation": "delete", "keys": [{"type": "t", "key": "k"}]},
        {"operation": "get", "keys": [{"type": "t", "key": "k"}]},
    ]


def test_a_value_that_was_not_deleted() -> None:
    config, _ = sync(ACK, found(("t", "j", None), ("t", "k", "")))
    with pytest.raises(SilentFailure, match=r"^config: the value of 'k', of type 't', was not deleted"):
        config.delete([("t", "j"), ("t", "k")])


# --- wrong arguments ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("tk", "keys must be a list, not str"),
        (5, "keys must be a list, not int"),
        (("t", "k"), r"keys\[0\] must be a ConfigKey, or have type, key as a tuple or a mapping"),
        ([("t",)], r"keys\[0\] must be a ConfigKey"),
        ([{"type": "t"}], r"keys\[0\] must be a ConfigKey"),
        ([["t", "k"]], r"keys\[0\] must be a ConfigKey"),
        ([ConfigKey("t", "k"), ("t", 5)], r"keys\[1\]\.key must be a str, not int"),
        ([{"type": None, "key": "k"}], r"keys\[0\]\.type must be a str, not NoneType"),
    ],
)
@pytest.mark.parametrize("operation", ["get", "delete"])
def test_wrong_keys(operation: str, keys: Any, said: str) -> None:
    config, script = sync()
    with pytest.raises(TypeError, match=f"^{said}"):
        getattr(config, operation)(keys)
    assert script.calls == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (ConfigKey("t", "k"), r"values\[0\] must be a ConfigValue, or have type, key, value as"),
        (("t", "k"), r"values\[0\] must be a ConfigValue"),
        (("t", 5, "v"), r"values\[0\]\.key must be a str, not int"),
        (("t", "k", {"a": 1}), r"values\[0\]\.value must be a str, not dict: .* pass json\.dumps\(…\)"),
        (ConfigValue("t", "k", None), r"values\[0\]\.value must be a str, not NoneType: a value is text"),
    ],
)
def test_wrong_values(value: Any, said: str) -> None:
    config, script = sync()
    with pytest.raises(TypeError, match=f"^{said}"):
        config.put([value])
    assert script.calls == []


@pytest.mark.parametrize("operation", ["list", "get_values", "get_values_all_workspaces"])
def test_a_type_is_text(operation: str) -> None:
    with pytest.raises(TypeError, match="type must be a str, not NoneType"):
        getattr(CALLS, operation)(None)


# --- both colours ---------------------------------------------------------------------------------


def test_awaited() -> None:
    config = AsyncConfig(
        AsyncScript(GENERATION_2, [found(("t", "k", "v")), ACK, found(), ACK, found(("t", "k", "v"))])
    )
    assert run(config.get([("t", "k")]))[0].value == "v"
    run(config.delete([("t", "k")]))
    run(config.put([("t", "k", "v")]))


@pytest.mark.parametrize("failing", range(2))
def test_errors_that_the_gateway_shows_are_raised(failing: int) -> None:
    replies: list[bytes | BaseException] = [ACK, found(("t", "k", "v"))]
    replies[failing] = service_error("config-error", "no")
    with pytest.raises(ServiceError, match="config-error: no"):
        sync(*replies)[0].put([("t", "k", "v")])
