"""Arguments of queries and chats beside the question: their types, and how they are checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, TypedDict

from tgproto.catalog import arguments as check


class QueryOptions(TypedDict, total=False):
    """Arguments of a query; None is as good as leaving one out. A dialect may have no word for some.

    Attributes:
        mode: How to search: `naive`, `local`, `global`, `hybrid`, `mix` or `bypass`; else what the service
            chooses.
        top_k: How many results to answer from, at most; at least 1.
        rerank: Whether to sort them anew by a model.
        provider: Who has the model that answers; goes with `model`.
        model: The model.
        system_prompt: What to tell the model first.
        conversation_history: Turns before the question, each with `role` and `content`.
        document_filter: Which documents to search, such as `{"document_ids": [...]}`.
        max_results: Another name for `top_k`.
        enable_rerank: Another name for `rerank`.
        llm_provider: Another name for `provider`.
        llm_model: Another name for `model`.
    """

    mode: str | None
    top_k: int | None
    rerank: bool | None
    provider: str | None
    model: str | None
    system_prompt: str | None
    conversation_history: Sequence[Mapping[str, object]] | None
    document_filter: Mapping[str, object] | None
    max_results: int | None
    enable_rerank: bool | None
    llm_provider: str | None
    llm_model: str | None


class ChatOptions(TypedDict, total=False):
    """Arguments of a chat; None is as good as leaving one out. A dialect may have no word for some.

    Attributes:
        model: The model that answers; `"edgequake"` for what the service chooses.
        provider: Who has it.
        conversation_id: The conversation to go on with; else it is a new one.
        parent_id: The message of it to go on behind.
        mode: How to search; see `QueryOptions`.
        top_k: How many results to answer from, at most; at least 1.
        document_filter: Which documents to search.
        max_tokens: Length of what is said, at most; at least 1.
        temperature: How much chance there is in it; not below 0.
        system_prompt: What to tell the model first.
    """

    model: str | None
    provider: str | None
    conversation_id: str | None
    parent_id: str | None
    mode: str | None
    top_k: int | None
    document_filter: Mapping[str, object] | None
    max_tokens: int | None
    temperature: float | None
    system_prompt: str | None


def _number(name: str, value: object) -> float:
    """Return a number that is not negative."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a finite number and not below 0")
    return value


Checks: TypeAlias = Mapping[str, Callable[[str, object], object]]
"""Name of an argument -> what checks it."""

QUERY: Final[Checks] = {
    "mode": check.name_of,
    "top_k": check.positive,
    "rerank": check.flag,
    "provider": check.name_of,
    "model": check.name_of,
    "system_prompt": check.text,
    "conversation_history": check.mappings,
    "document_filter": check.mapping,
}
CHAT: Final[Checks] = {
    "model": check.name_of,
    "provider": check.name_of,
    "conversation_id": check.name_of,
    "parent_id": check.name_of,
    "mode": check.name_of,
    "top_k": check.positive,
    "document_filter": check.mapping,
    "max_tokens": check.positive,
    "temperature": _number,
    "system_prompt": check.text,
}

_OTHER_NAMES: Final = {
    "max_results": "top_k",
    "enable_rerank": "rerank",
    "llm_provider": "provider",
    "llm_model": "model",
}


def checked(checks: Checks, given: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments that were given, by their usual names.

    Args:
        checks: Those that there are.
        given: Arguments by any of their names; None is as good as leaving one out.

    Raises:
        TypeError: There is no such argument, it was given by two names, or it is of the wrong type.
        ValueError: It has an impossible value.
    """
    found: dict[str, object] = {}
    for name, value in given.items():
        usual = _OTHER_NAMES.get(name, name)
        if usual not in checks:
            raise TypeError(f"there is no argument {name}; there are {', '.join(checks)}")
        if value is None:
            continue
        if usual in found:
            raise TypeError(f"{usual} was given twice: {name} is another name for it")
        found[usual] = checks[usual](name, value)
    return found
