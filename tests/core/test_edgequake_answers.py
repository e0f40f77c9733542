"""Whole answers of EdgeQuake."""

from __future__ import annotations

from typing import Any

import pytest

from tgproto.edgequake.answers import chat_answer, query_answer, whole_text


def test_the_answer_to_a_query() -> None:
    answer = query_answer({"mode": "mix", "sources": [{"id": "s"}], "stats": {"n": 1}}, "Yes.")
    assert answer["answer"] == answer.answer == answer.text == str(answer) == "Yes."
    assert (answer.mode, answer.sources[0].id, answer.stats) == ("mix", "s", {"n": 1})
    assert query_answer({"query_mode": "local"}, "").mode == "local"
    assert query_answer({}, "").mode == ""


def test_what_is_said_in_a_chat() -> None:
    answer = chat_answer({"conversation_id": "c", "title": "T"}, "Yes.")
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "Yes."}
    assert answer["content"] == answer.content == answer.text == str(answer) == "Yes."
    assert (answer.conversation_id, answer.title) == ("c", "T")
    own = [{"message": {"content": "a"}}, {"message": {"content": "b"}}]
    assert chat_answer({"choices": own}, "a")["choices"] == own


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"answer": "a", "content": "b"}, "a"),
        ({"content": ""}, ""),
        ({"choices": [{"message": {"content": "c"}}]}, "c"),
        ({"response": "d"}, "d"),
        ({"message": {"content": "e"}}, "e"),
        ({"choices": []}, None),
        ({"choices": [{"message": None}]}, None),
        ({"choices": [5], "message": "m"}, None),
        ({"answer": 5}, None),
    ],
)
def test_where_the_text_is(members: dict[str, Any], text: str | None) -> None:
    assert whole_text(members) == text
