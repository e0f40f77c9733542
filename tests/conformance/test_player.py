"""The player: it must find what is wrong, in cases and in what they are played on."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tgconformance.__main__ import CASES, main
from tgconformance.match import Captures, Mismatch, match, render
from tgconformance.members import CaseError
from tgconformance.model import Layer, load_case, load_cases, read_case
from tgconformance.play import play

Raw = dict[str, Any]
Change = Callable[[Raw], object]


def raw(name: str) -> Raw:
    content: Raw = json.loads((CASES / name.partition(".")[0] / f"{name}.json").read_bytes())
    return content


def failures(case: Raw) -> list[str]:
    return [verdict.failure for verdict in play(read_case(case)) if verdict.failure is not None]


def changed(name: str, change: Change) -> Raw:
    case = raw(name)
    change(case)
    return case


# --- ways to change a case ------------------------------------------------------------------------


def number_of(case: Raw, kind: str, count: int) -> int:
    """Return the place of the step that is number `count` of its kind, from 0."""
    return [number for number, step in enumerate(case["steps"]) if kind in step][count]


def add(**step: Any) -> Change:
    new = {name.rstrip("_"): value for name, value in step.items()}
    return lambda case: case["steps"].append(new)


def remove(kind: str, count: int = 0) -> Change:
    return lambda case: case["steps"].pop(number_of(case, kind, count))


def insert(kind: str, count: int, **step: Any) -> Change:
    new = {name.rstrip("_"): value for name, value in step.items()}
    return lambda case: case["steps"].insert(number_of(case, kind, count), new)


def replace(kind: str, count: int, **step: Any) -> Change:
    def change(case: Raw) -> None:
        case["steps"][number_of(case, kind, count)] = step

    return change


def swap(kind: str, one: int, other: int) -> Change:
    def change(case: Raw) -> None:
        first, second = number_of(case, kind, one), number_of(case, kind, other)
        steps = case["steps"]
        steps[first], steps[second] = steps[second], steps[first]

    return change


def set_step(kind: str, count: int, **members: Any) -> Change:
    new = {name.rstrip("_"): value for name, value in members.items()}
    return lambda case: case["steps"][number_of(case, kind, count)].update(new)


def set_value(kind: str, count: int, **members: Any) -> Change:
    return lambda case: case["steps"][number_of(case, kind, count)][kind].update(members)


def set_case(**members: Any) -> Change:
    return lambda case: case.update(members)


def set_option(**members: Any) -> Change:
    return lambda case: case["config"]["client"].update(members)


def expect_token(**matcher: Any) -> Change:
    return set_value("out", 0, token={f"${name}": argument for name, argument in matcher.items()})


# --- every expectation of every case counts -------------------------------------------------------

LOOKS = {"out", "ask", "event"}


def expectations(case: Raw) -> list[int]:
    """Return where the first role of a case is expected to do something."""
    roles = (None, case.get("roles", [None])[0])
    steps = enumerate(case["steps"])
    return [number for number, step in steps if LOOKS & step.keys() and step.get("role") in roles]


def drop(steps: list[Raw], number: int) -> None:
    del steps[number]


def repeat(steps: list[Raw], number: int) -> None:
    steps.insert(number, steps[number])


def delay(steps: list[Raw], number: int) -> None:
    for step in steps[number:]:
        step["t"] += 1


def alter(steps: list[Raw], number: int) -> None:
    (kind,) = LOOKS & steps[number].keys()
    steps[number][kind] = "something-else" if kind == "ask" else {"something": "else"}


def found_wrong(case: Raw) -> bool:
    try:
        return bool(failures(case))
    except CaseError as error:  # a later step needs what was captured or named here
        return "captured" in str(error) or "no request" in str(error)


@pytest.mark.parametrize("path", sorted(CASES.glob("*/*.json")), ids=lambda path: path.stem)
def test_no_expectation_can_be_dropped_repeated_delayed_or_altered(path: Path) -> None:
    original = raw(path.stem)
    timed = original["layer"] == Layer.MESSAGE.value
    for number in expectations(original):
        for change in (drop, repeat, alter, delay) if timed else (drop, repeat, alter):
            case = copy.deepcopy(original)
            change(case["steps"], number)
            assert found_wrong(case), f"{change.__name__} step {number + 1}"


# --- what it says about a wrong subject -----------------------------------------------------------

LATE = "cancel.late-frames"
WRONG: list[tuple[str, str, Change, str]] = [
    ("a message too few", LATE, remove("out"), "unlisted output"),
    ("a message too many", LATE, add(t=60, out={}), "nothing happened"),
    ("an event too few", LATE, remove("event"), "unlisted event"),
    ("an event too many", LATE, add(t=60, event={"is": "unmatched"}), "nothing happened"),
    ("the last event too few", LATE, remove("event", -1), "unlisted event at t=60"),
    ("events in the wrong order", LATE, swap("event", -1, -2), "$: unexpected members payload"),
    ("requests in the wrong order", "auth.requests-wait", swap("out", 1, 2), "$.service: expected"),
    ("a message for a wish", LATE, replace("out", 0, t=0, ask="ping"), "$: unexpected members message"),
    ("a wish for a message", "keepalive.ping", replace("ask", 0, t=1005, out={}), "expected a message"),
    (
        "another wish",
        "keepalive.ping",
        set_step("ask", 0, ask="close"),
        '$.ask: expected "close", got "ping"',
    ),
    ("another close code", "close.local", set_step("ask", 0, code=1001), "$.code: expected 1001, got 1000"),
    ("another payload", LATE, set_value("event", 1, payload={}), "$.payload: unexpected members response"),
    ("a member too many", LATE, set_value("out", 1, more=1), "$: more is missing"),
    ("a member too few", LATE, lambda case: case["steps"][5]["out"].pop("flow"), "unexpected members flow"),
    ("another capture", LATE, set_value("in", 1, id={"$use": "f"}), "step 10 (t=20, event): $.of"),
    ("too early", "timeout.silence", set_step("event", 1, t=1009), "nothing happened"),
    ("too late", "timeout.silence", set_step("event", 1, t=1011), "unlisted event at t=1010"),
    ("another state", LATE, set_value("state", 0, live=2), "$.live: expected 2, got 1"),
    ("an unknown state", "mux.same-id-twice", add(t=99, state={"live": 0}), "live is missing"),
    ("not quiet", LATE, insert("out", 0, t=0, quiet=True), "unlisted output"),
    ("no refusal", LATE, set_step("local", 0, refused=True), "the subject does not refuse"),
    ("a refusal", "auth.one-at-a-time", set_step("local", 1, refused=False), "the subject refuses: "),
    ("awake", "timeout.late-wake-up", insert("tick", 0, t=1200, quiet=True), "unlisted event at t=1010"),
    ("asleep", "timeout.silence", replace("event", 1, t=1015, tick=True), "unlisted event at t=1015"),
    ("an id", "envelope.falsy-id", set_value("out", 1, id="0"), '$.id: expected "0", got 0'),
    ("true for 1", "envelope.id-of-any-type", set_value("out", -1, id=1), "$.id: expected 1, got true"),
    ("bytes too few", "sse.several-data-lines", set_step("in", 0, in_="data: {\n"), "nothing happened"),
    ("bytes too many", "sse.at-once", insert("in", 3, in_="data: y\n\n"), "unlisted before"),
    ("a stream's event too few", "sse.bom", remove("event"), "unlisted at the end"),
    ("a stream's event too early", "sse.at-once", insert("in", 2, event={}), "nothing happened"),
    ("a stream's state", "sse.cut-line", set_value("state", 0, dropped=False), "$.dropped: expected false"),
]


@pytest.mark.parametrize(
    ("name", "change", "says"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG]
)
def test_it_finds_what_is_wrong(name: str, change: Change, says: str) -> None:
    assert failures(raw(name)) == []
    found = failures(changed(name, change))
    assert found
    assert says in found[0]


def test_it_plays_the_mirror_image() -> None:
    """What a gateway must send is what the client receives."""

    def garble(case: Raw) -> None:
        set_value("in", 0, default_workspace="other")(case)
        set_value("event", 1, default_workspace="other")(case)

    verdicts = {verdict.way: verdict.failure for verdict in play(read_case(changed("auth.ok", garble)))}
    assert verdicts["client"] is None
    assert "$.default_workspace" in str(verdicts["server"])


def test_a_subject_that_raises_has_failed() -> None:
    found = failures(changed("auth.ok", add(t=9, carrier="opened")))
    assert len(found) == 2
    assert all("the subject raised LocalProtocolError" in failure for failure in found)


def test_an_open_message_may_have_more_members() -> None:
    assert failures(raw("envelope.id-is-text")) == []
    case = changed("envelope.id-is-text", set_step("out", -1, open=False))
    assert "unexpected members flow, request, workspace" in failures(case)[0]


# --- what it says about a wrong case --------------------------------------------------------------

NO_CASES: list[tuple[str, Change, str]] = [
    ("no id", lambda case: case.pop("id"), "the case: id is missing"),
    ("a number for a title", set_case(title=1), "the case: title must be a string"),
    ("no array of requirements", set_case(requirements="AUTH-001"), "requirements must be an array"),
    ("no strings", set_case(requirements=[1]), "requirements must be an array of strings"),
    ("no known level", set_case(level="WILL"), "'WILL' is none of MUST, SHOULD, MAY"),
    ("no known layer", set_case(layer="wire"), "'wire' is none of message, sse"),
    ("no known role", set_case(roles=["proxy"]), "'proxy' is none of client, server"),
    ("no roles", set_case(roles=[]), "needs a role"),
    ("an unknown member", set_case(mood="good"), "the case: unknown members mood"),
    ("no options", set_case(config=[]), "the case: config must be an object"),
    ("an unknown option", set_option(mood=1), "config of the client: unknown members mood"),
    ("an unknown generation", set_option(generation="3"), "there is no generation 3"),
    ("a negative limit", set_option(auth_timeout=-1), "auth_timeout must be a whole number, not negative"),
    ("no flag", set_option(renewable=1), "renewable must be true or false"),
    ("a step that is none", lambda case: case["steps"].append(1), "step 6: must be an object"),
    ("a step of no kind", add(t=9), "step 6: needs exactly one of"),
    ("a step of two kinds", add(t=9, quiet=True, tick=True), "step 6: needs exactly one of"),
    ("a step of another layer", add(t=9, end=True), "step 6: needs exactly one of"),
    ("a step without time", add(quiet=True), "step 6: t is missing"),
    ("time that goes back", add(t=1, quiet=True), "step 6: time goes back"),
    ("a step with more", add(t=9, quiet=True, of="A"), "step 6: unknown members of"),
    ("an unknown intent", add(t=9, local="wait"), "nobody in this role wants to wait"),
    ("a gateway's intent", add(t=9, local="accept"), "nobody in this role wants to accept"),
    ("no intent", add(t=9, local=1), "local must be a word"),
    ("an intent with more", add(t=9, local="close", of="A"), "the intent: unknown members of"),
    ("an unknown report", add(t=9, carrier="sunk"), "no carrier reports sunk"),
    ("an unknown request", add(t=9, local="cancel", of="Z"), "there is no request Z"),
    ("a named event", set_step("event", 0, as_="A"), "an event of a client cannot be called A"),
    ("an unknown matcher", expect_token(grab=1), "there is no matcher $grab"),
    ("an unknown type", expect_token(type="text"), "there is no type text"),
    ("a matcher without name", expect_token(use=1), "a matcher needs a name, not 1"),
    ("nothing captured", expect_token(use="z"), "nothing was captured as z"),
    ("nothing to send", add(t=9, in_={"id": {"$any": True}}), "$any does not say what to send"),
    ("no digits", add(t=9, in_={"$hex": "0g"}), "0g are no hexadecimal digits"),
    ("no parts", add(t=9, in_={"$text": "x"}), "$text must be an array"),
]


@pytest.mark.parametrize(("what", "change", "says"), NO_CASES)
def test_it_says_what_is_wrong_with_a_case(what: str, change: Change, says: str) -> None:
    case = raw("auth.ok-workspace-member")
    case["steps"] = [*case["steps"][:4], {"t": 6, "quiet": True}]
    assert failures(case) == []
    change(case)
    with pytest.raises(CaseError) as caught:
        failures(case)
    assert says in str(caught.value)


def test_a_gateway_does_not_answer_unknown_requests() -> None:
    answer = add(t=99, local="respond", of="Z", payload=1, complete=True)
    with pytest.raises(CaseError, match="there is no request Z"):
        failures(changed("mux.same-id-twice", answer))
    with pytest.raises(CaseError, match="no request has come that could be called Z"):
        failures(changed("envelope.missing-members-2x", set_step("event", 1, as_="Z")))


def test_bytes_of_a_stream_must_be_bytes() -> None:
    with pytest.raises(CaseError, match=r"sse\.bom: step 1 .*bytes must be a string, or an object"):
        failures(changed("sse.bom", insert("in", 0, in_=5)))


def test_a_file_must_be_a_case_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="there are no cases"):
        load_cases(tmp_path)
    (tmp_path / "auth").mkdir()
    path = tmp_path / "auth" / "auth.other.json"
    path.write_text(json.dumps(raw("auth.ok")), "utf-8")
    with pytest.raises(CaseError, match=r"other\.json: the case auth\.ok belongs into auth/auth\.ok\.json"):
        load_case(path)
    path.write_text("[]", "utf-8")
    with pytest.raises(CaseError, match=r"other\.json: the file must hold a JSON object"):
        load_cases(tmp_path)
    path.write_text("{", "utf-8")
    with pytest.raises(CaseError, match=r"other\.json: Expecting"):
        load_cases(tmp_path)


# --- matching -------------------------------------------------------------------------------------

TWICE = [{"$capture": "a"}, {"$use": "a"}]


@pytest.mark.parametrize(
    ("expected", "actual", "fits"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (None, None, True),
        (None, False, False),
        ("a", "b", False),
        ([1, 2], [1, 2], True),
        ([1, 2], [1], False),
        ([1], {"0": 1}, False),
        ({"a": [True]}, {"a": [1]}, False),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, True),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, False),
        ({"a": 1}, 1, False),
        ({}, {}, True),
        ({"$any": True}, {"a": [1]}, True),
        ({"a": {"$any": True}}, {}, False),
        ({"a": {"$absent": True}}, {}, True),
        ({"a": {"$absent": True}}, {"a": None}, False),
        ({"$type": "number"}, 1.5, True),
        ({"$type": "number"}, True, False),
        ({"$type": "integer"}, 1, True),
        ({"$type": "integer"}, 1.5, False),
        ({"$type": "boolean"}, False, True),
        ({"$type": "string"}, "x", True),
        ({"$type": "object"}, {}, True),
        ({"$type": "array"}, {}, False),
        ({"$type": "null"}, None, True),
        (TWICE, [{"x": [1]}, {"x": [1.0]}], True),
        (TWICE, [{"x": [1]}, {"x": [2]}], False),
        (TWICE, [{"x": [1]}, {"x": [1, 1]}], False),
        (TWICE, [{"x": 1}, {"y": 1}], False),
    ],
)
def test_values_match_or_not(expected: Any, actual: Any, fits: bool) -> None:
    captures: Captures = {}
    if fits:
        match(expected, actual, captures)
    else:
        with pytest.raises(Mismatch, match=r"^\$"):
            match(expected, actual, captures)


def test_long_values_are_cut_in_messages() -> None:
    with pytest.raises(Mismatch) as caught:
        match("x" * 1000, 1, {})
    assert len(str(caught.value)) < 400


def test_what_is_sent_is_filled_in() -> None:
    captures: Captures = {"a": "1"}
    template: Any = {"id": {"$use": "a"}, "gone": {"$absent": True}, "list": [{"$capture": "b"}, {}, 2]}
    assert render(template, captures) == {"id": "1", "list": [captures["b"], {}, 2]}
    assert isinstance(captures["b"], str)


# --- the command ----------------------------------------------------------------------------------


def test_the_command_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "keepalive"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list((CASES / "keepalive").iterdir()))
    assert lines[0].split()[:3] == ["keepalive.dead", "MUST", "client"]


def test_the_command_plays(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "sse.bom*"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "pass sse.bom (as given, one chunk, byte by byte, random cuts)"
    assert lines[-1] == f"{len(lines) - 1} passed, 0 failed"


def test_the_command_tells_what_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "auth").mkdir()
    case = changed("auth.ok", add(t=99, role="client", event={"is": "unmatched"}))
    (tmp_path / "auth" / "auth.ok.json").write_text(json.dumps(case), "utf-8")
    assert main(["play", "--cases", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("FAIL auth.ok (client): step ")
    assert lines[1:] == ["0 passed, 1 failed"]


def test_the_command_tells_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "nothing.*"]) == 2
    assert "no case is called nothing.*" in capsys.readouterr().err
    assert main(["play", "--cases", str(tmp_path)]) == 2
    assert "there are no cases" in capsys.readouterr().err
