"""What is known about the entries of `conformance/services.json`: who has them, where, and how they fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tgproto.offers import AFTER_1_7, BEGINNING, OFFERS, Offer, Release

SERVICES: Mapping[str, Mapping[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "conformance/services.json").read_text("utf-8")
)

LOST = {
    "visible": "They arrive.",
    "visible-not-final": "They arrive, on a frame that claims not to be the last; nothing follows it.",
    "garbled": "They arrive without their type and text, as a `gateway-error`.",
    "invisible": "They are lost: the gateway reports an empty success.",
}
"""What becomes of a service's errors in gateways from 2.10.6 on."""


def known(entry: str) -> bool:
    """Tell whether there is such an entry, or such an operation of one."""
    return entry in SERVICES or (entry in OFFERS and entry.partition(" ")[0] in SERVICES)


def fact(entry: str) -> Mapping[str, Any]:
    """Return what is known about an entry, or about that of which it is an operation."""
    return SERVICES.get(entry) or SERVICES[entry.partition(" ")[0]]


def release(number: Release) -> str:
    """Return a release as it is written."""
    return ".".join(map(str, number))


def offer(entry: str) -> Offer | None:
    """Return which releases have an entry, as far as it is known; a service's offer is its operations'."""
    return OFFERS.get(entry) or OFFERS.get(entry.partition(" ")[0]) or OFFERS.get(entry.partition("/")[0])


def having(entry: str) -> str:
    """Say which gateways have an entry."""
    span = offer(entry)
    if span is None:
        since, generations = fact(entry).get("since"), fact(entry)["generations"]
        text = f"{since} and later" if since else " and ".join(generations)
    elif span.since == BEGINNING:
        text = f"before {release(span.until or BEGINNING)}"
    else:
        text = "2.x" if span.since == AFTER_1_7 else f"{release(span.since)} and later"
        if span.until is not None:
            text += f", before {release(span.until)}"
    broken = fact(entry).get("broken")
    return f"{text}; broken in {broken['from']} to {broken['to']}" if broken else text


def rest(entry: str) -> str:
    """Return method and path of an entry, or nothing if it is not for REST."""
    it = fact(entry)
    return "" if "bulk-socket" in it["transports"] else f"{it['method']} {it['path']}"


def socket(entry: str) -> str:
    """Say how an entry is reached over a socket."""
    it = fact(entry)
    if "bulk-socket" in it["transports"]:
        return f"a socket of its own at `{it['path']}`"
    if "socket" not in it["transports"]:
        return "not over the socket"
    service = entry.partition(" ")[0].replace("{name}", "…")
    flow = "with `flow`" if it["scope"] == "flow" else "without `flow`"
    return f"service `{service}`, {flow}"


def capability(entry: str) -> str:
    """Say what a caller of a 2.x gateway needs."""
    name = fact(entry).get("capability", "")
    plain = {"": "", "(public)": "none: anybody may", "(authenticated)": "none: every user may"}
    return plain.get(name, f"`{name}` (2.x)")
