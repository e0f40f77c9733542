"""What a gateway relays from Prometheus, made up: a few series that do not change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from tgproto.serving.messages import TEXT, WebAnswer
from tgproto.types.wire import encode

Labels = Mapping[str, str]

SERIES: Sequence[tuple[Labels, str]] = (
    ({"__name__": "up", "job": "api-gateway", "instance": "api-gateway:8000"}, "1"),
    ({"__name__": "up", "job": "librarian", "instance": "librarian:8000"}, "1"),
    ({"__name__": "requests_total", "job": "api-gateway", "status": "ok"}, "42"),
    ({"__name__": "requests_total", "job": "api-gateway", "status": "error"}, "1"),
)
"""The series, each with its only value."""

_NAME = re.compile(r"\s*([A-Za-z_:][\w:]*)")
_LABEL = re.compile(r"label/(\w+)/values")


def measure(path: str, query: Mapping[str, str], *, now: float) -> WebAnswer:
    """Answer like Prometheus does.

    Args:
        path: Behind `/api/v1/` there.
        query: The query; of an expression only its first name counts.
        now: Seconds since 1970.
    """
    if found := _LABEL.fullmatch(path):
        return _success(sorted({labels[found[1]] for labels, _ in SERIES if found[1] in labels}))
    if path not in _PATHS:
        return WebAnswer(404, b"404 page not found\n", TEXT)
    try:
        return _success(_PATHS[path](query, now))
    except KeyError as missing:
        told = f"invalid parameter {missing.args[0]!r}: it is missing"
        error = {"status": "error", "errorType": "bad_data", "error": told}
        return WebAnswer(400, encode(error), TEXT)


def _success(data: object) -> WebAnswer:
    return WebAnswer(200, encode({"status": "success", "data": data}), TEXT)


def _matching(expression: str) -> Sequence[tuple[Labels, str]]:
    name = _NAME.match(expression)
    return [(labels, value) for labels, value in SERIES if name and labels["__name__"] == name[1]]


def _query(query: Mapping[str, str], now: float) -> object:
    found = _matching(query["query"])
    result = [{"metric": labels, "value": [now, value]} for labels, value in found]
    return {"resultType": "vector", "result": result}


def _query_range(query: Mapping[str, str], now: float) -> object:
    found = _matching(query["query"])
    result = [{"metric": labels, "values": [[now, value]]} for labels, value in found]
    return {"resultType": "matrix", "result": result}


def _series(query: Mapping[str, str], now: float) -> object:  # noqa: ARG001
    return [labels for labels, _ in _matching(query["match[]"])]


def _labels(query: Mapping[str, str], now: float) -> object:  # noqa: ARG001
    return sorted({name for labels, _ in SERIES for name in labels})


_PATHS: Mapping[str, Callable[[Mapping[str, str], float], object]] = {
    "labels": _labels,
    "query": _query,
    "query_range": _query_range,
    "series": _series,
}
