"""A client session agrees with the model of `session_model` after every step, in any order of steps."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.properties.session_model import AUTH_REPLIES, JUNK, SHAPES, Conversation
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2
from tgproto.session.config import ClientConfig, KeepaliveConfig

# --- steps in any order -------------------------------------------------------------------------------

CONFIG: dict[str, list[Any]] = {
    "dialect": [GENERATION_2, GENERATION_2, None, GENERATION_1, MIXED_2_2],
    "span_limit": [3, 2, 1, None],
    "stream_window": [700, 100_000],
    "max_queued": [4],
    "renewable": [True, False],
    "keepalive": [KeepaliveConfig(interval=None), KeepaliveConfig(20.0, 15.0)],
}
INDEX = list(range(1, 16))
STEPS: dict[str, tuple[int, dict[str, list[Any]]]] = {
    "request": (6, {"pair": INDEX, "timeout": [60.0, None, None, 5.0], "total": [None, None, 90.0, 8.0]}),
    "write": (6, {"limit": [9, 9, 1]}),
    "respond": (9, {"n": INDEX, "size": [5, 500, 500, None], "final": [False, False, True]}),
    "fail": (2, {"n": INDEX, "shape": list(SHAPES), "kind": ["auth-required", "auth-required", "llm-error"]}),
    "fail_without_id": (1, {"bare": [False, True]}),
    "cancel": (2, {"n": INDEX}),
    "take": (3, {"n": INDEX}),
    "hear": (2, {}),
    "advance": (5, {"seconds": [None, None, None, None, 1.0, 4.0, 11.0, 70.0, 700.0]}),
    "authenticate": (2, {}),
    "auth_reply": (2, {"reply": ["ok", "ok", *AUTH_REPLIES]}),
    "pong": (1, {}),
    "noise": (1, {"n": INDEX}),
    "carrier_opens": (1, {}),
    "end": (1, {"how": ["drain", "drain", "drain", "close", "drop", *JUNK], "chance": INDEX}),
}
"""Every step, how often it is to happen, and what it can be given."""


def begin(config: ClientConfig, opened: str, requests: int) -> Conversation:
    model = Conversation(config)
    if opened != "new":
        model.carrier_opens()
    if opened == "ready":
        model.auth_reply("ok")
    for n in range(requests):
        model.request(n, None, None)
    model.write(9)
    return model


def step(model: Conversation, name: str, **given: Any) -> None:
    getattr(model, name)(**given)
    model.check()


def finish(model: Conversation) -> None:
    """Whatever happened: the connection ends, every call gets its outcome, and all of it can be repeated."""
    model.carrier_drops()
    model.check()
    model.hear()
    for n in range(len(model.calls)):
        model.take(n)
    model.write(1)
    model.check()
    assert not model.session.holds_streams
    assert len(model.ended) == 1
    model.replay()


def walk(seed: int, steps: int) -> None:
    """Choose at random: many more steps in the same time than hypothesis makes, but no shrinking."""
    random = Random(seed)
    config = ClientConfig(**{name: random.choice(values) for name, values in CONFIG.items()})
    model = begin(
        config, random.choice(["ready", "ready", "ready", "ready", "opened", "new"]), random.randrange(4)
    )
    names, weights = list(STEPS), [weight for weight, _ in STEPS.values()]
    for name in random.choices(names, weights, k=steps):
        step(model, name, **{key: random.choice(values) for key, values in STEPS[name][1].items()})
        if model.session.over and random.random() < 0.3:
            break
    finish(model)


class Machine(RuleBasedStateMachine):
    """The same steps, chosen and shrunk by hypothesis."""

    model: Conversation | None = None

    @initialize(
        config=st.builds(ClientConfig, **{name: st.sampled_from(values) for name, values in CONFIG.items()}),
        opened=st.sampled_from(["ready", "opened", "new"]),
        requests=st.sampled_from([3, 2, 1, 0]),
    )
    def begin(self, config: ClientConfig, opened: str, requests: int) -> None:
        self.model = begin(config, opened, requests)

    def teardown(self) -> None:
        if self.model is not None:
            finish(self.model)


def add_rule(name: str, given: dict[str, list[Any]], copy: int) -> None:
    def run(self: Machine, **given: Any) -> None:
        step(self.model, name, **given)

    run.__name__ = f"{name}_{copy}"
    setattr(
        Machine, run.__name__, rule(**{key: st.sampled_from(values) for key, values in given.items()})(run)
    )


for name, (weight, given) in STEPS.items():
    for copy in range(weight):
        add_rule(name, given, copy)


SMALL = ClientConfig(dialect=GENERATION_2, stream_window=700, keepalive=KeepaliveConfig(interval=None))
RENEWABLE = replace(SMALL, renewable=True, span_limit=3)
REGRESSIONS: dict[str, tuple[ClientConfig, int, list[tuple[Any, ...]]]] = {
    "announced, then cancelled": (SMALL, 1, [("respond", 1, 5, True), ("cancel", 0), ("hear",)]),
    "announced, then taken": (SMALL, 1, [("respond", 1, 5, False), ("take", 0), ("hear",)]),
    "taken after its end and its cancellation": (
        SMALL,
        2,
        [("respond", 6, 500, False), ("respond", 6, 500, True), ("take", 0), ("cancel", 0), ("take", 0)],
    ),
    "cancelled while full, late frames": (
        replace(SMALL, span_limit=None),
        2,
        [
            ("respond", 6, 500, False),
            ("cancel", 0),
            ("take", 0),
            ("respond", 6, 500, False),
            ("advance", 11.0),
        ],
    ),
    "a token refused later while requests wait": (
        replace(SMALL, span_limit=1),
        2,
        [("authenticate",), ("write", 9), ("auth_reply", "failed"), ("respond", 1, 5, True), ("write", 9)],
    ),
    "refused while draining": (
        RENEWABLE,
        2,
        [("close", 30.0), ("fail", 6, "envelope", "auth-required"), ("advance", None)],
    ),
    "refused on a retired connection": (
        RENEWABLE,
        3,
        [("cancel", 0), ("fail", 7, "envelope", "auth-required"), ("advance", 21.0)],
    ),
    "refused in front of an abandoned one": (
        RENEWABLE,
        3,
        [("cancel", 1), ("fail", 6, "envelope", "auth-required"), ("advance", 21.0), ("respond", 1, 5, True)],
    ),
    "a final frame larger than the window is no pause": (
        SMALL,
        0,
        [
            ("request", 0, 60.0, None),
            ("request", 1, 60.0, None),
            ("write", 9),
            ("advance", 1.0),
            ("respond", 1, 500, True),
            ("advance", None),
        ],
    ),
    "several full windows": (
        SMALL,
        3,
        [("respond", 6, 500, False), ("respond", 7, 500, False), ("advance", None), ("advance", None)],
    ),
    "a full window and one below": (
        SMALL,
        2,
        [("respond", 7, 5, False), ("respond", 6, 500, False), ("take", 0), ("advance", 11.0)],
    ),
    "an answer to a token that cannot be read yet": (
        SMALL,
        1,
        [("authenticate",), ("respond", 1, 500, False), ("advance", 21.0), ("take", 0), ("auth_reply", "ok")],
    ),
    "an error without id and an abandoned request": (
        replace(SMALL, span_limit=None),
        2,
        [("cancel", 0), ("fail_without_id", True), ("fail_without_id", True)],
    ),
}


@pytest.mark.parametrize("name", REGRESSIONS)
def test_what_once_went_wrong(name: str) -> None:
    config, requests, steps = REGRESSIONS[name]
    model = begin(config, "ready", requests)
    for method, *given in steps:
        getattr(model, method)(*given)
        model.check()
    finish(model)


def explore(examples: int, steps: int) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    profile = settings(max_examples=examples, stateful_step_count=steps, suppress_health_check=checks)
    run_state_machine_as_test(Machine, settings=profile)


def test_any_order_of_steps() -> None:
    explore(300, 40)


@pytest.mark.parametrize("first", range(0, 1000, 250))
def test_random_walks(first: int) -> None:
    for seed in range(first, first + 250):
        walk(seed, 60)


@pytest.mark.slow
def test_any_order_of_many_steps() -> None:
    explore(1000, 50)


@pytest.mark.slow
def test_long_random_walks() -> None:
    for seed in range(10_000, 20_000):
        walk(seed, 150)
