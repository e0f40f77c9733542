"""The published gateway that `make interop` starts, as something other than our clients sees it."""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.interop.bulk import send_frames

PATIENCE = 10.0
"""Seconds that the gateway has for what it does at once."""


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        pytest.fail(f"{name} is not set: run `make interop`, which starts the gateway")
    return value


@dataclass(frozen=True)
class Published:
    """Where the gateway is, and who may come in.

    Attributes:
        url: Its address.
        token: Key of an administrator, whose workspace is `default`.
        reader: Key of somebody who may only read, in `default`.
        control: Address of the server that tells what the services behind the gateway have seen.
    """

    url: str = field(default_factory=lambda: _variable("TGPROTO_GATEWAY_URL"))
    token: str = field(default_factory=lambda: _variable("TGPROTO_GATEWAY_TOKEN"))
    reader: str = field(default_factory=lambda: _variable("TGPROTO_GATEWAY_READER_TOKEN"))
    control: str = field(default_factory=lambda: _variable("TGPROTO_GATEWAY_CONTROL"))

    def ask(self, path: str, **members: object) -> Any:
        """Return the gateway's answer to the administrator, over REST."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            json.dumps(members).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def requests(self, kind: str) -> list[dict[str, Any]]:
        """Return the requests that a service has received, with the workspace and flow of each."""
        return self._look(f"requests?kind={kind}&last=1000")

    def served(self) -> dict[str, int]:
        """Return how many requests each service has received."""
        return self._look("stats")["total"]

    def add_guest(self) -> str:
        """Make a user whose workspace is `other`; return a key of theirs."""
        user = {"username": f"guest-{time.time_ns()}", "password": "guest-password", "roles": ["reader"]}
        made = self.ask("iam", operation="create-user", workspace="other", user=user)
        key = {"user_id": made["user"]["id"], "name": "interop"}
        return self.ask("iam", operation="create-api-key", workspace="other", key=key)["api_key_plaintext"]

    def import_all(self, kind: str, collection: str, member: str, items: list[dict[str, Any]]) -> None:
        """Import items, and wait until the service that is asked for them has them."""
        frame = {"metadata": {"id": "interop", "root": "", "collection": collection}, member: items}
        sent = send_frames(self.url, self.token, "default", kind, [json.dumps(frame).encode()])
        assert asyncio.run(sent) == 1
        end = time.monotonic() + PATIENCE
        while self._look(f"sink/{kind}?collection={collection}")["items"] < len(items):
            assert time.monotonic() < end, f"the {kind} do not arrive"
            time.sleep(0.02)

    def _look(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.control}/{path}", timeout=PATIENCE) as answer:
            return json.load(answer)
