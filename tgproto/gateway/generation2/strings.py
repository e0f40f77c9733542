"""String tables for people, at `/api/v1/i18n/packs/{lang}`. Real ones have hundreds of entries."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {"status.title": "Status", "status.up": "up", "status.down": "down"}

PACKS: Mapping[str, Mapping[str, str]] = {
    "de": {"status.title": "Zustand", "status.up": "läuft", "status.down": "steht"},
    "en": ENGLISH,
    "es": {"status.title": "Estado", "status.up": "activo", "status.down": "inactivo"},
    "fr": {"status.title": "État", "status.up": "actif", "status.down": "arrêté"},
}
"""The tables, by language."""


def pack(language: str) -> Mapping[str, str]:
    """Return the table of a language, such as `es` or `es-MX`; the English one if there is none."""
    return PACKS.get(language.casefold().replace("_", "-").partition("-")[0], ENGLISH)
