"""Options: defaults, and what is refused."""

from __future__ import annotations

import pytest

from tgproto.catalog import CallOptions


def test_defaults() -> None:
    options = CallOptions()
    assert (options.timeout, options.total_timeout, options.workspace, options.retry) == (
        60.0,
        None,
        None,
        False,
    )


def test_possible_values() -> None:
    options = CallOptions(None, 0.5, "default", True)
    assert (options.timeout, options.total_timeout, options.workspace, options.retry) == (
        None,
        0.5,
        "default",
        True,
    )
    assert CallOptions(timeout=5).timeout == 5


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", "5"),
        ("timeout", True),
        ("total_timeout", [1]),
        ("workspace", 5),
        ("retry", None),
        ("retry", 1),
    ],
)
def test_wrong_types(option: str, value: object) -> None:
    with pytest.raises(TypeError, match=f"^{option} must be"):
        CallOptions(**{option: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0),
        ("timeout", -1.0),
        ("timeout", float("inf")),
        ("total_timeout", float("nan")),
        ("workspace", ""),
    ],
)
def test_impossible_values(option: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{option} must"):
        CallOptions(**{option: value})  # type: ignore[arg-type]
