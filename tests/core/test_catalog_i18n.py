"""String tables as data."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import answer
from tgproto.catalog import I18nCalls
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import NotOffered
from tgproto.session.request import Form, Request

ANY: Any = I18nCalls()


def test_anybody_may_ask() -> None:
    call = I18nCalls().pack("de-AT")
    form = Form(path="api/v1/i18n/packs/de-AT", method="GET", public=True)
    assert call.request(GENERATION_2) == Request("i18n/packs", b"{}", None, None, True, form)
    assert call.public
    with pytest.raises(NotOffered, match=r"i18n/packs: .* it came with 2\.3\.9"):
        call.request(GENERATION_1)
    default = I18nCalls().pack().request(GENERATION_2).form
    assert default is not None
    assert default.path.endswith("/en")


@pytest.mark.parametrize("code", ["a/b", "..", ".", ""])
def test_what_is_no_code(code: str) -> None:
    with pytest.raises(ValueError, match="lang must"):
        ANY.pack(code)
    with pytest.raises(TypeError, match="lang must be a str"):
        ANY.pack(5)


def test_the_answer_is_a_table() -> None:
    assert answer(I18nCalls().pack(), [b'{"a":"b"}']) == {"a": "b"}
