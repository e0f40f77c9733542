"""Tokens stay out of sight: in what is shown, pickled, and in URLs."""

from __future__ import annotations

import html
import json
import pickle
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.secrets import HIDDEN, Secret, hide, redact_url

TOKEN = "tg_k4Xz"


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret(TOKEN)
    assert secret.reveal() == TOKEN
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r}", "%s" % secret, repr([secret])):  # noqa: UP031
        assert TOKEN not in shown
        assert HIDDEN in shown


def test_a_secret_is_compared_by_its_token() -> None:
    assert Secret(TOKEN) == Secret(TOKEN)
    assert Secret(TOKEN) != Secret("other")
    assert Secret(TOKEN) != TOKEN
    assert len({Secret(TOKEN), Secret(TOKEN), Secret("other")}) == 2


def test_an_empty_secret_is_no_token() -> None:
    assert Secret(TOKEN)
    assert not Secret("")


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(TOKEN))


@pytest.mark.parametrize("value", [None, 5, TOKEN.encode()])
def test_a_token_is_a_string(value: object) -> None:
    with pytest.raises(TypeError, match=f"not {type(value).__name__}"):
        Secret(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"ws://h/api/v1/socket?token={TOKEN}", "ws://h/api/v1/socket?token=***"),
        (f"/socket?token={TOKEN}&x=1#end", "/socket?token=***&x=1#end"),
        (f"/socket?x=1&access_token={TOKEN}", "/socket?x=1&access_token=***"),
        (f"/socket?API_KEY={TOKEN}&token={TOKEN}", "/socket?API_KEY=***&token=***"),
        (f"/socket?token='{TOKEN}'", "/socket?token=***"),
        ("/socket?token=", "/socket?token=***"),
        (f"http://{TOKEN}@h:8088/", "http://***@h:8088/"),
        (f"http://ann:{TOKEN}@h/", "http://***@h/"),
        (f"http://ann:p@{TOKEN}@h/", "http://***@h/"),
        ("http://h/a@b?c=d@e", "http://h/a@b?c=d@e"),
        ("http://h?mail=a@b", "http://h?mail=a@b"),
        ("ws://h/socket?tokens=3&nottoken=4", "ws://h/socket?tokens=3&nottoken=4"),
        ("", ""),
    ],
)
def test_a_url_without_its_secrets(url: str, shown: str) -> None:
    assert redact_url(url) == shown


SECRET_TEXT = st.text(st.characters(codec="ascii", exclude_characters="/?#&\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f "))


@given(password=SECRET_TEXT, token=SECRET_TEXT, name=st.sampled_from(["token", "Token", "access_token"]))
@settings(max_examples=100)
def test_no_token_is_left_in_any_url(password: str, token: str, name: str) -> None:
    url = f"http://u:{password}@host/path?a=b&{name}={token}&c=d"
    assert redact_url(url) == f"http://***@host/path?a=b&{name}=***&c=d"


@pytest.mark.parametrize("token", [TOKEN, 'tg_"a"', "tg_ä\\b&c/d", "x", "\ud800"])
def test_a_token_is_hidden_in_texts_of_others(token: str) -> None:
    secret = Secret(token)
    spellings = [token, json.dumps(token)[1:-1], json.dumps(token, ensure_ascii=False)[1:-1]]
    if token.isprintable():
        spellings.append(quote(token, safe=""))
    for spelling in spellings:
        assert secret.hide_in(f"<{spelling}, {spelling}>") == "<***, ***>"


def test_no_token_hides_nothing() -> None:
    assert Secret("").hide_in("text") == "text"
    assert hide([], "text") == "text"


def test_a_secret_that_is_a_part_of_another_does_not_show_the_rest() -> None:
    assert hide(["tg_k", TOKEN], f"{TOKEN} tg_k") == "*** ***"


AWKWARD = 'tg_a/b+c d"e\\f<g&h=i%jé\U0001f511'


def escaped_like_go(text: str) -> str:
    return json.dumps(text).replace("<", "\\u003C").replace("&", "\\u0026").replace("/", "\\/")


@pytest.mark.parametrize(
    "spelt",
    [
        AWKWARD,
        json.dumps(AWKWARD),
        json.dumps(AWKWARD, ensure_ascii=False),
        json.dumps(json.dumps({"a": AWKWARD})),
        json.dumps(json.dumps(json.dumps(AWKWARD))),
        escaped_like_go(AWKWARD),
        quote(AWKWARD),
        quote(AWKWARD, safe=""),
        quote(AWKWARD, safe="").lower(),
        quote_plus(AWKWARD),
        html.escape(AWKWARD),
        html.escape(AWKWARD).replace("/", "&#x2F;").replace("=", "&#61;"),
        repr(AWKWARD),
    ],
)
def test_a_secret_is_found_however_it_is_spelt(spelt: str) -> None:
    hidden = hide([AWKWARD], f"before {spelt} after")
    assert HIDDEN in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")
    assert "tg_a" not in hidden
    assert "i%j" not in hidden


def test_a_secret_that_was_cut_off_is_found_at_the_end() -> None:
    secret = "tg_0123456789"
    for size in range(8, len(secret)):
        assert hide([secret], f"no: {secret[:size]}") == f"no: {HIDDEN}"
    assert hide([secret], f"no: {secret[:7]}") == f"no: {secret[:7]}"
    assert hide([secret], f"{secret[:9]} no") == f"{secret[:9]} no"
