"""Ways in, over HTTP, as data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.core.catalogue import answer
from tgproto.catalog import AuthCalls, Call, CallOptions
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import NotOffered, SilentFailure
from tgproto.secrets import Secret

AUTH = AuthCalls(options=CallOptions(retry=True))
ANY: Any = AUTH


@pytest.mark.parametrize(
    ("call", "name", "body", "public"),
    [
        (AUTH.login("me", "hush"), "login", {"username": "me", "password": "hush"}, True),
        (
            AUTH.login("me", Secret("hush"), workspace="w"),
            "login",
            {"username": "me", "password": "hush", "workspace": "w"},
            True,
        ),
        (AUTH.bootstrap(), "bootstrap", {}, True),
        (AUTH.bootstrap_status(), "bootstrap-status", {}, True),
        (
            AUTH.change_password("hush", "quiet"),
            "change-password",
            {"current_password": "hush", "new_password": "quiet"},
            False,
        ),
    ],
)
def test_requests(call: Call[Any], name: str, body: dict[str, str], public: bool) -> None:
    request = call.request(GENERATION_2)
    form = request.form
    assert form is not None
    assert (request.service, request.repeatable) == (f"auth/{name}", True)
    assert (form.method, form.path, form.content_type) == (
        "POST",
        f"api/v1/auth/{name}",
        "application/json",
    )
    assert json.loads(form.body) == body
    assert call.public is form.public is public
    assert not {"hush", "quiet"} & set(repr((call, request)).replace("'", " ").split())
    with pytest.raises(NotOffered, match=f"auth/{name}"):
        call.request(GENERATION_1)


def test_answers() -> None:
    login = answer(AUTH.login("me", "hush"), [b'{"jwt":"a.b.c","jwt_expires":"soon"}'])
    assert login.jwt.reveal() == "a.b.c" if isinstance(login.jwt, Secret) else login.jwt == "a.b.c"
    with pytest.raises(SilentFailure, match="auth/login"):
        answer(AUTH.login("me", "hush"), [b'{"bootstrap_available":false}'])
    assert answer(AUTH.bootstrap_status(), [b'{"bootstrap_available":true}']) is True
    assert answer(AUTH.change_password("a", "b"), [b'{"bootstrap_available":false}']) is None
    made = answer(AUTH.bootstrap(), [b'{"bootstrap_admin_user_id":"u","bootstrap_admin_api_key":"tg_hush"}'])
    assert made.user_id == "u"
    assert "hush" not in repr(made)


@pytest.mark.parametrize(
    ("name", "arguments", "error", "said"),
    [
        ("login", ("", "hush"), ValueError, "username must not be empty"),
        ("login", ("me", ""), ValueError, "password must"),
        ("login", ("me", b"hush"), TypeError, "password must"),
        ("change_password", ("hush", ""), ValueError, "new_password must"),
    ],
)
def test_wrong_arguments(name: str, arguments: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said) as refused:
        getattr(ANY, name)(*arguments)
    assert "hush" not in str(refused.value)
