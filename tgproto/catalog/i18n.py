"""String tables that gateways have for user interfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.reader import Start
from tgproto.catalog.scopes import AsyncScope, PureScope, Scope, SyncScope
from tgproto.catalog.single import single
from tgproto.session.request import Form
from tgproto.types.wire import Json, Shape


def _pack(frame: dict[str, Any]) -> dict[str, Json]:
    return frame


PACK: Final[Start[dict[str, Json], dict[str, Json]]] = single(Shape(dict[str, Any]), _pack)
"""Makes the readers of string tables."""


@dataclass(frozen=True)
class I18nOps(Scope):
    """String tables; gateways 2.3.9 and later, over HTTP only."""

    entries: ClassVar = {"i18n/packs": "pack"}

    @operation
    def pack(self, lang: str = "en") -> Call[dict[str, Json]]:
        """Fetch the strings of a language. Anybody may.

        Args:
            lang: Code of the language.

        Returns:
            Strings by name; those of English for a language that the gateway does not have
            (`gateway/endpoint/i18n.py`, 2.11.1).

        Raises:
            ServiceError: The code is one that gateways refuse.
            UnknownServiceError: The gateway is too old.
            NotOffered: The same, if it is known beforehand which gateway it is.
            TypeError: The code is no string.
            ValueError: It is empty, or has a slash or `..` in it.
        """
        code = check.name_of("lang", lang)
        if "/" in code or code in (".", ".."):
            raise ValueError("lang must be the code of a language, such as 'en'")
        form = Form(path=f"api/v1/i18n/packs/{check.quoted('lang', code, '')}", method="GET", public=True)
        return Call(
            service="i18n/packs",
            arguments={},
            start=PACK,
            form=lambda _: form,
            anybody=True,
            repeatable=True,
        )


@dataclass(frozen=True)
class I18nCalls(PureScope, I18nOps):
    """String tables, as calls that somebody else carries out."""


@dataclass(frozen=True)
class I18n(SyncScope, I18nOps):
    """String tables, blocking."""


@dataclass(frozen=True)
class AsyncI18n(AsyncScope, I18nOps):
    """String tables, awaited."""
