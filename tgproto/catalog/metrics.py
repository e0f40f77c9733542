"""Metrics of the deployment, as its Prometheus server knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.plain import PlainTextReader
from tgproto.catalog.scopes import AsyncScope, PureScope, Scope, SyncScope
from tgproto.session.request import Answer, Form

EVERYTHING = '{__name__=~".+"}'
"""A query for the latest value of every metric."""


@dataclass(frozen=True)
class MetricsOps(Scope):
    """Metrics. The gateway passes what is asked on to Prometheus, and its answer back.

    Source: gateway `endpoint/metrics.py`, releases 1.7.1 to 2.11.1. On 2.x it takes the capability
    `metrics:read`, which administrators have. They go over HTTP only.
    """

    entries: ClassVar = {"metrics": "get"}

    @operation
    def get(self, path: str = "query", parameters: Mapping[str, str] | None = None) -> Call[str]:
        """Ask Prometheus; by default, for the latest value of every metric.

        There is no gateway that lists its metrics: the address that older clients ask is 404 on all of them.

        Args:
            path: What to ask, below `/api/v1/` of Prometheus: `query`, `query_range`, `series`, `labels` and
                so on.
            parameters: Its parameters, such as `{"query": "up"}`; None for `query` over every metric.

        Returns:
            The answer of Prometheus: JSON text.

        Raises:
            ServiceError: Prometheus refuses the question, or cannot be reached (HTTP 502; 500 on 1.x).
            AccessDenied: The caller may not read metrics.
            TypeError: An argument is of the wrong type.
            ValueError: The path is empty, or has `.` or `..` in it.
        """
        address = check.name_of("path", path).strip("/")
        if not address or {".", "..", ""} & set(address.split("/")):
            raise ValueError("path must name something below /api/v1/ of Prometheus, such as 'query'")
        given = {"query": EVERYTHING} if parameters is None else parameters
        form = Form(
            path=f"api/metrics/{check.quoted('path', address)}",
            method="GET",
            query=tuple(check.text_by_name("parameters", given).items()),
            answer=Answer.TEXT,
        )
        return Call(
            service="metrics",
            arguments={},
            start=PlainTextReader,
            form=lambda _: form,
            repeatable=self.options.retry,
        )


@dataclass(frozen=True)
class MetricsCalls(PureScope, MetricsOps):
    """Metrics, as calls that somebody else carries out."""


@dataclass(frozen=True)
class Metrics(SyncScope, MetricsOps):
    """Metrics, blocking."""


@dataclass(frozen=True)
class AsyncMetrics(AsyncScope, MetricsOps):
    """Metrics, awaited."""
