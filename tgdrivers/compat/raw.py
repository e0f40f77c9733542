"""The raw doors: whatever path and JSON, as upstream's `request` methods have it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tgproto.catalog import Call
from tgproto.catalog.bind import operation
from tgproto.catalog.scopes import AsyncScope, Scope, SyncScope
from tgproto.catalog.through import LAST
from tgproto.dialect import Dialect
from tgproto.session.request import Request
from tgproto.types import Json

_OF_A_FLOW = re.compile(r"flow/([^/]+)/service/(.+)")


class RawCall(Call[dict[str, Json]], frozen=True, kw_only=True):
    """A call whose body is what the caller says, in any dialect. Its result is the decoded answer."""

    def request(self, dialect: Dialect) -> Request:  # noqa: ARG002
        """Encode; see `Call.request`."""
        body = json.dumps(self.arguments).encode()
        return Request(self.service, body, self.flow, self.workspace, self.repeatable)


@dataclass(frozen=True)
class RawOps(Scope):
    """Requests that are sent as they are."""

    @operation
    def request(self, path: str, request: Mapping[str, Any]) -> Call[dict[str, Json]]:
        """Send a request as it is.

        Args:
            path: What follows `api/v1/`, such as `config` or `flow/default/service/agent`.
            request: The body; it may name a workspace.

        Returns:
            The answer, decoded.

        Raises:
            ServiceError: The answer has an `error`.
        """
        body = dict(request)
        workspace = body.pop("workspace", None) or self.options.workspace
        flow, service = None, path
        if found := _OF_A_FLOW.fullmatch(path):
            flow, service = found.groups()
        return RawCall(service=service, flow=flow, arguments=body, workspace=workspace, start=LAST)


@dataclass(frozen=True)
class RawDoor(SyncScope, RawOps):
    """Requests that are sent as they are, blocking."""


@dataclass(frozen=True)
class AsyncRawDoor(AsyncScope, RawOps):
    """Requests that are sent as they are, awaited."""
