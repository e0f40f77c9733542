"""REST over a client of httpx: which gateway it is, and tokens that a function supplies."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.drivers.contract.conftest import nothing_left, patience, quick_collection
from tests.drivers.contract.drivers import DRIVERS, Driver
from tests.drivers.contract.errors import failure
from tests.drivers.httpx_wire import (
    GOOD,
    IAM,
    driver,
    mocked,
)
from tgproto.errors import AuthenticationError, RequestTimeout

__all__ = ["driver", "nothing_left", "patience", "quick_collection"]


def test_an_old_gateway_is_recognised(driver: Driver) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        match request.url.path, json.loads(request.content):
            case "/api/v1/iam", _:
                return httpx.Response(200, json={"error": "'iam'"})
            case "/api/v1/flow", {"operation": "list-blueprints"}:
                error = {"type": "flow-error", "message": "Invalid operation"}
                return httpx.Response(200, json={"error": error})
            case _, body:
                assert "workspace" not in body
                return httpx.Response(200, json={"vectors": [[1.0]]} if "text" in body else GOOD)

    async def use(flow: Any) -> None:
        assert await flow.embeddings("a") == [[1.0]]
        assert await flow.text_completion("s", "p") == "yes"

    async def scenario() -> None:
        wire = await mocked(driver, handle, use, dialect="auto")
        assert wire.paths[:2] == [IAM, "/api/v1/flow"]
        assert len(wire.requests) == 4

    driver.run(scenario)


def guarded(*good: str) -> tuple[list[str], Callable[[httpx.Request], httpx.Response]]:
    """Return what was shown to a gateway that lets in whoever shows one of these, and the gateway."""
    shown: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        shown.append(token)
        if token not in good:
            return httpx.Response(401, json={"error": "auth failure"})
        return httpx.Response(200, json=GOOD)

    return shown, handle


def test_a_function_supplies_tokens(driver: Driver) -> None:
    async def use(flow: Any) -> None:
        for _ in range(2):
            assert await flow.text_completion("s", "p") == "yes"

    async def scenario() -> None:
        tokens = iter(["tg_bad", "tg_good"])
        shown, handle = guarded("tg_good")
        await mocked(driver, handle, use, token=lambda: next(tokens), workspace="w")
        assert shown == ["tg_bad", "tg_good", "tg_good"]

    driver.run(scenario)


def test_a_token_that_has_ended_is_not_shown_again(driver: Driver) -> None:
    def jwt(seconds: float) -> str:
        claims = json.dumps({"exp": time.time() + seconds}).encode()
        return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"

    async def use(flow: Any) -> None:
        assert await flow.text_completion("s", "p") == "yes"
        await driver.sleep(0.06)
        assert await flow.text_completion("s", "p") == "yes"

    async def scenario() -> None:
        made = [jwt(0.05), jwt(60)]
        shown, handle = guarded(*made)
        tokens = iter(made)
        await mocked(driver, handle, use, token=lambda: next(tokens), workspace="w")
        assert shown == made

    driver.run(scenario)


@pytest.mark.parametrize("wrong", [KeyError("tg_hunter2"), 5])
def test_a_function_that_supplies_none(driver: Driver, wrong: object) -> None:
    def source() -> Any:
        if isinstance(wrong, Exception):
            raise wrong
        return wrong

    async def use(flow: Any) -> None:
        error = await failure(flow.text_completion("s", "p"), AuthenticationError, "token=")
        assert "hunter2" not in str(error)
        assert str(error).startswith("text-completion in flow 'default'")

    async def scenario() -> None:
        shown, handle = guarded()
        await mocked(driver, handle, use, token=source)
        assert shown == []

    driver.run(scenario)


@pytest.mark.parametrize(
    ("limits", "kind", "said"),
    [
        ({"auth_timeout": 0.05}, AuthenticationError, "within 0.05 s .auth_timeout."),
        ({"auth_timeout": 0.05, "total_timeout": 20}, AuthenticationError, "within 0.05 s .auth_timeout."),
        ({"total_timeout": 0.05}, RequestTimeout, "not over after 0.05 s"),
    ],
)
def test_a_function_that_takes_too_long(
    driver: Driver, limits: dict[str, float], kind: type[Exception], said: str
) -> None:
    over = threading.Event()

    def source() -> str:
        over.wait(20)
        return "tg_late"

    async def use(flow: Any) -> None:
        await failure(flow.text_completion("s", "p"), kind, said)
        over.set()

    async def scenario() -> None:
        shown, handle = guarded()
        await mocked(driver, handle, use, token=source, **limits)
        assert shown == []

    driver.run(scenario)


def test_a_fresh_token_that_is_refused(driver: Driver) -> None:
    async def use(flow: Any) -> None:
        await failure(flow.text_completion("s", "p"), AuthenticationError, "refused the token")

    async def scenario() -> None:
        shown, handle = guarded()
        await mocked(driver, handle, use, token=lambda: "tg_bad")
        assert shown == ["tg_bad"] * 2

    driver.run(scenario)


@pytest.mark.parametrize("driver", [driver for driver in DRIVERS if driver.cancels], ids=lambda d: d.name)
def test_an_asynchronous_function_supplies_tokens(driver: Driver) -> None:
    async def source() -> str:
        await driver.sleep(0.001)
        return "tg_good"

    async def use(flow: Any) -> None:
        assert await flow.text_completion("s", "p") == "yes"

    async def scenario() -> None:
        shown, handle = guarded("tg_good")
        await mocked(driver, handle, use, token=source, workspace="w")
        assert shown == ["tg_good"]

    driver.run(scenario)
