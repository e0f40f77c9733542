"""What goes over HTTP alone: metrics and string tables. An `Api` for sockets does it that way, too."""

from __future__ import annotations

import json

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, story
from tgproto.catalog import I18nOps, MetricsOps
from tgproto.errors import AccessDenied, NotAGateway


@story(MetricsOps, "get")
async def test_metrics_are_those_of_prometheus(place: Place) -> None:
    metrics = place.api.metrics()
    everything = json.loads(await metrics.get())
    assert everything["status"] == "success"
    jobs = json.loads(await metrics.get("query", {"query": "up"}))["data"]["result"]
    assert {job["metric"]["job"] for job in jobs} == {"api-gateway", "librarian"}
    await failure(metrics.get("nope"), NotAGateway, "404")


@story(MetricsOps, "get", generation=2)
async def test_metrics_are_for_administrators(place: Place) -> None:
    await place.api.iam().create_user("anna", "wagtail", roles=["writer"])
    async with place.connect((await place.api.iam().login("anna", "wagtail")).jwt) as hers:
        await failure(hers.metrics().get(), AccessDenied)


@story(I18nOps, "pack", generation=2)
async def test_string_tables_are_for_everybody(place: Place) -> None:
    english = await place.api.i18n().pack()
    assert english["status.up"] == "up"
    async with place.connect(None) as nobody:
        german = await nobody.i18n().pack("de")
        assert german.keys() == english.keys()
        assert german != english
        assert await nobody.i18n().pack("nope") == english
