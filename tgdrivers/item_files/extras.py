"""Packages that only some formats need."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MissingExtra(ImportError):
    """A format needs a package that is not installed. The message says how to have it."""


def need(module: str, package: str, extra: str, what: str) -> Any:
    """Import a module of an optional package.

    Args:
        module: Its name.
        package: The package, for people.
        extra: The extra of this project that brings it along.
        what: What needs it.

    Raises:
        MissingExtra: It is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        raise MissingExtra(
            f"{what} needs {package}: pip install 'tgproto[{extra}]'", name=missing.name
        ) from None
