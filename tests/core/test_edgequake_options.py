"""Arguments of queries and chats."""

from __future__ import annotations

from typing import Any

import pytest

from tgproto.edgequake.options import CHAT, QUERY, ChatOptions, QueryOptions, checked


def test_arguments_have_one_name_afterwards() -> None:
    given = {"max_results": 3, "enable_rerank": False, "llm_provider": "p", "llm_model": "m", "mode": None}
    assert checked(QUERY, given) == {"top_k": 3, "rerank": False, "provider": "p", "model": "m"}
    assert checked(CHAT, {"temperature": 0, "max_tokens": 5}) == {"temperature": 0, "max_tokens": 5}


def test_there_is_a_check_for_every_argument_that_is_declared() -> None:
    names = {"max_results", "enable_rerank", "llm_provider", "llm_model"}
    assert set(QueryOptions.__annotations__) == set(QUERY) | names
    assert set(ChatOptions.__annotations__) == set(CHAT)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"nope": 1}, TypeError, "there is no argument nope; there are model"),
        ({"llm_model": "a", "model": "b"}, TypeError, "model was given twice: model is another|given twice"),
        ({"model": ""}, ValueError, "model must not be empty"),
        ({"top_k": 0}, ValueError, "top_k must be at least 1"),
        ({"temperature": True}, TypeError, "temperature must be a number, not bool"),
        ({"temperature": "1"}, TypeError, "temperature must be a number, not str"),
        ({"temperature": -1}, ValueError, "temperature must be a finite number"),
        ({"temperature": float("nan")}, ValueError, "temperature must be a finite number"),
        ({"document_filter": []}, TypeError, "document_filter must be a mapping"),
    ],
)
def test_wrong_arguments_are_named(given: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        checked(CHAT, given)


def test_an_argument_has_its_other_name_in_errors() -> None:
    with pytest.raises(TypeError, match="max_results must be an int"):
        checked(QUERY, {"max_results": "3"})
    with pytest.raises(TypeError, match="top_k was given twice: max_results is another name for it"):
        checked(QUERY, {"top_k": 3, "max_results": 3})
