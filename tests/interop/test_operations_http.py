"""What goes over HTTP alone, whatever the way of other calls: ways in, metrics, string tables."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest

from tests.interop.published import Published2
from tests.interop.world import World, each_way, each_way_on_1x, each_way_on_2x
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    NotOffered,
    ServiceError,
    SilentFailure,
    UnknownServiceError,
)

READER = ("reader", "interop-password")


def asked_by_other(world: World, path: str) -> Any:
    """Return what another client gets at a path."""
    request = urllib.request.Request(
        f"{world.gateway.url}/{path}", headers={"Authorization": f"Bearer {world.gateway.token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.mark.exercises("metrics")
@each_way()
async def test_metrics(world: World) -> None:
    metrics = world.services.metrics()
    told = json.loads(await metrics.get("query_range", {"query": "up{a='ü'}", "step": "5s"}))
    assert told["data"] == {"path": "query_range", "parameters": {"query": "up{a='ü'}", "step": "5s"}}
    everything = json.loads(await metrics.get())
    assert everything["data"] == {"path": "query", "parameters": {"query": '{__name__=~".+"}'}}
    assert everything == asked_by_other(world, "api/metrics/query?query=%7B__name__%3D~%22.%2B%22%7D")
    assert json.loads(await metrics.get("label/job/values", {}))["data"]["parameters"] == {}
    await world.failure(metrics.get("query", {"query": "fail"}), ServiceError)


@each_way_on_2x
async def test_who_may_read_metrics(world: World) -> None:
    async with world.connect(world.gateway.reader, transport=world.transport) as api:
        await world.failure(api.metrics().get(), AccessDenied)
    async with world.connect("tg_wrong", transport=world.transport) as api:
        await world.failure(api.metrics().get(), AuthenticationError)


@each_way_on_1x
async def test_metrics_take_the_secret(world: World) -> None:
    async with world.connect("wrong", transport=world.transport) as api:
        await world.failure(api.metrics().get(), AuthenticationError)


@pytest.mark.exercises("i18n/packs")
@each_way_on_2x
async def test_string_tables(world: World) -> None:
    i18n = world.services.i18n()
    for language in ("en", "de", "pt-br"):
        told = await i18n.pack(language)
        assert told == asked_by_other(world, f"api/v1/i18n/packs/{language}")
        assert len(told) > 10
    assert await i18n.pack("xx") == await i18n.pack()  # there is English for everybody
    async with world.connect("tg_wrong", transport=world.transport) as api:
        assert await api.i18n().pack() == await i18n.pack("en")


# --- ways in ----------------------------------------------------------------------------------


@pytest.mark.exercises("auth/login")
@each_way_on_2x
async def test_logging_in(world: World) -> None:
    async with world.connect("", transport=world.transport) as nobody:
        login = await nobody.auth().login(*READER)
        assert login.jwt.count(".") == 2
        assert login.expires > "2026"
        assert login.jwt not in repr(login)
        await world.failure(nobody.auth().login("reader", "nope"), SilentFailure)
        await world.failure(nobody.auth().login("nobody", "nope"), SilentFailure)
        elsewhere = await nobody.auth().login(*READER, workspace="other")
    async with world.connect(login.jwt, transport=world.transport) as api:
        assert (await api.iam().whoami()).username == "reader"
        assert "bare" in await api.flow().list()
    assert elsewhere.jwt


@pytest.mark.exercises("auth/bootstrap", "auth/bootstrap-status")
@each_way_on_2x
async def test_there_are_users_already(world: World) -> None:
    async with world.connect("", transport=world.transport) as nobody:
        assert await nobody.auth().bootstrap_status() is False
        await world.failure(nobody.auth().bootstrap(), SilentFailure)
    users = world.gateway.ask("iam", operation="list-users")["users"]
    assert [user["username"] for user in users if user["roles"] == ["admin"]] == ["admin"]


@pytest.mark.exercises("auth/change-password")
@each_way_on_2x
async def test_a_password_of_ones_own(world: World) -> None:
    gateway = world.gateway
    assert isinstance(gateway, Published2)
    name = f"made-{time.time_ns()}"
    user = {"username": name, "password": "first-password", "roles": ["reader"]}
    made = gateway.ask("iam", operation="create-user", workspace="default", user=user)["user"]

    def lets_in(password: str) -> bool:
        return "jwt" in gateway.ask("auth/login", username=name, password=password)

    token = gateway.ask("auth/login", username=name, password="first-password")["jwt"]
    async with world.connect(token, transport=world.transport) as api:
        await api.auth().change_password("wrong", "second-password")  # the gateway says nothing of it
        assert (lets_in("first-password"), lets_in("second-password")) == (True, False)
        await api.auth().change_password("first-password", "second-password")
        assert (lets_in("first-password"), lets_in("second-password")) == (False, True)
    async with world.connect("tg_wrong", transport=world.transport) as api:
        await world.failure(api.auth().change_password("a", "b"), AuthenticationError)
    gateway.ask("iam", operation="delete-user", user_id=made["id"])


@each_way_on_1x
async def test_older_gateways_have_neither_users_nor_string_tables(world: World) -> None:
    """They say so in words of their own, unless it is known already which gateway it is."""
    for begin in (
        lambda api: api.auth().login(*READER),
        lambda api: api.auth().bootstrap(),
        lambda api: api.auth().bootstrap_status(),
        lambda api: api.i18n().pack(),
    ):
        await world.failure(begin(world.services), UnknownServiceError, "does not have it; it came with 2")
        async with world.connect(dialect="1.x") as api:
            await world.failure(begin(api), NotOffered)
    await world.failure(world.services.auth().change_password("a", "b"), NotOffered)
