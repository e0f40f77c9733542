"""The cases of the suite: well formed, tied to the requirements, and kept by our core."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tgconformance.model import Case, Layer, load_cases
from tgconformance.options import client_config, make_decoder, server_config
from tgconformance.play import play

SUITE = Path(__file__).resolve().parents[2] / "conformance"
CASES = load_cases(SUITE / "cases")
FILES = sorted((SUITE / "cases").glob("*/*.json"))
SCHEMA = json.loads((SUITE / "schema" / "case.schema.json").read_bytes())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
REQUIREMENTS = {
    requirement["id"]: requirement
    for requirement in json.loads((SUITE / "requirements.json").read_bytes())["requirements"]
}
LEVELS = ["MUST", "SHOULD", "MAY"]


def named(case: Case) -> str:
    return case.id


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_core_keeps_it(case: Case) -> None:
    assert [verdict for verdict in play(case) if verdict.failure is not None] == []


@pytest.mark.parametrize("case", [case for case in CASES if case.layer is Layer.SSE], ids=named)
def test_streams_are_cut_four_ways(case: Case) -> None:
    assert [verdict.way for verdict in play(case)] == ["as given", "one chunk", "byte by byte", "random cuts"]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_fits_the_schema(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_bytes()))


STEPS: list[tuple[dict[str, Any], bool]] = [
    ({"t": 0, "quiet": True}, True),
    ({"t": 0, "quiet": True, "role": "server"}, True),
    ({"quiet": True}, False),
    ({"t": -1, "quiet": True}, False),
    ({"t": 0.5, "quiet": True}, False),
    ({"t": 0, "quiet": True, "role": "proxy"}, False),
    ({"t": 0, "quiet": True, "tick": True}, False),
    ({"t": 0, "end": True}, False),
    ({"t": 0, "local": "request", "as": "A", "service": "s", "body": {}}, True),
    ({"t": 0, "local": "request", "as": "A", "service": "s", "body": {}, "drain": 5}, False),
    ({"t": 0, "local": "request", "as": "A", "service": "s"}, False),
    ({"t": 0, "local": "wait"}, False),
    ({"t": 0, "local": "close", "drain": 5, "code": 1000}, False),
    ({"t": 0, "out": {"id": {"$capture": "a"}}, "open": True}, True),
    ({"t": 0, "out": {"id": {"$grab": "a"}}}, False),
    ({"t": 0, "out": {"id": [{"$any": 1}]}}, False),
    ({"t": 0, "in": {"$hex": "0g"}}, False),
    ({"t": 0, "in": {"$hex": "00", "more": 1}}, False),
    ({"t": 0, "event": {"is": "response", "of": "A", "payload": None}}, True),
    ({"t": 0, "event": {"is": "response", "of": "A"}}, False),
    ({"t": 0, "event": {"is": "surprise"}}, False),
    ({"t": 0, "state": {}}, False),
    ({"t": 0, "state": {"mood": "good"}}, False),
]


@pytest.mark.parametrize(("step", "fits"), STEPS, ids=lambda value: json.dumps(value)[:60])
def test_the_schema_tells_good_steps_from_bad(step: dict[str, Any], fits: bool) -> None:
    case = {
        "id": "mux.example",
        "title": "An example",
        "why": "It shows something.",
        "requirements": ["MUX-001"],
        "level": "MUST",
        "revision": "1",
        "layer": "message",
        "roles": ["client"],
        "steps": [step],
    }
    assert VALIDATOR.is_valid(case) is fits
    assert not VALIDATOR.is_valid(case | {"layer": "sse"})
    assert not VALIDATOR.is_valid(case | {"roles": []})
    assert not VALIDATOR.is_valid(case | {"mood": "good"})


def test_every_file_is_a_case_of_its_own() -> None:
    assert len(FILES) == len(CASES) >= 80
    assert len({case.id for case in CASES}) == len(CASES)
    assert len({case.title for case in CASES}) == len(CASES)


def test_every_requirement_has_a_case() -> None:
    cited = {requirement for case in CASES for requirement in case.requirements}
    assert cited == REQUIREMENTS.keys()


@pytest.mark.parametrize("case", CASES, ids=named)
def test_it_fits_its_requirements(case: Case) -> None:
    cited = [REQUIREMENTS[name] for name in case.requirements]
    assert case.level.value == min((one["level"] for one in cited), key=LEVELS.index)
    roles = {role.value for role in case.roles} or {"client"}
    bound = {one["role"] for one in cited}
    assert bound <= roles | {"both"}
    assert roles <= bound or "both" in bound


def test_the_requirements_say_the_same_twice() -> None:
    row = re.compile(r"^\| ([A-Z]+-\d{3}) \| (\w+) \| (\w+) \| (.+) \| (.+) \|$", re.MULTILINE)
    text = (SUITE / "SPEC.md").read_text("utf-8")
    names = ("id", "level", "role", "text", "source")
    written = [dict(zip(names, match, strict=True)) for match in row.findall(text)]
    assert written == list(REQUIREMENTS.values())
    assert text.count("\n| ") == len(written) + text.count("\n| Id |")


def test_requirements_are_numbered_sentences() -> None:
    numbers: Counter[str] = Counter()
    for requirement in REQUIREMENTS.values():
        area, number = requirement["id"].split("-")
        numbers[area] += 1
        assert int(number) == numbers[area]
        assert requirement["level"] in LEVELS
        assert requirement["role"] in ("client", "server", "both")
        assert requirement["text"].endswith(".")


def test_the_schema_has_the_defaults_of_the_player() -> None:
    def defaults(properties: dict[str, Any]) -> dict[str, Any]:
        return {name: value["default"] for name, value in properties.items() if "default" in value}

    message = SCHEMA["$defs"]["config-message"]["properties"]
    client = defaults(message["client"]["properties"])
    server = defaults(message["server"]["properties"])
    assert len(client) == 8
    assert len(server) == 6
    assert client_config({"client": client}) == client_config({})
    assert server_config({"server": server}) == server_config({})
    sse = defaults(SCHEMA["$defs"]["config-sse"]["properties"])
    assert vars(make_decoder(sse)) == vars(make_decoder({}))
