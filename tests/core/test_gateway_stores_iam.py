"""Users, workspaces, keys, and whom a token stands for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tgproto.gateway.callers import Caller
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.failures import ServiceFailure
from tgproto.gateway.stores.iam import Iam, User
from tgproto.gateway.stores.tokens import Signer
from tgproto.secrets import NO_TOKEN, Secret

START = datetime(2026, 5, 1, tzinfo=UTC)


class World:
    """An IAM with a clock, a graph in the workspace `acme`, and Ann."""

    def __init__(self, *, empty: bool = False) -> None:
        self.now = START.timestamp()
        graphs = GraphStore()
        graphs.add([], workspace="acme")
        self.iam = Iam(Calendar(lambda: self.now), graphs, Signer(), empty=empty)
        self.ann = self.iam.add_user(
            User(Caller("ann", ("acme",), ("reader",)), "Ann", "a@x", Secret("pw"), True, False, "then")
        )


def test_a_user_is_described() -> None:
    of = World()
    assert of.ann.record() == {
        "id": "user-ann",
        "default_workspace": "acme",
        "username": "ann",
        "name": "Ann",
        "email": "a@x",
        "roles": ["reader"],
        "enabled": True,
        "must_change_password": False,
        "created": "then",
    }
    assert "pw" not in repr(of.ann)
    assert of.iam.user("user-ann") == of.ann
    with pytest.raises(ServiceFailure, match="user not found"):
        of.iam.user("ann")


def test_workspaces() -> None:
    iam = World().iam
    assert iam.knows("acme")
    assert not iam.knows("attic")
    made = iam.open_workspace("attic", "The attic")
    assert made.record() == {
        "id": "attic",
        "name": "The attic",
        "enabled": True,
        "created": "2026-05-01T00:00:00+00:00",
    }
    assert iam.open_workspace("attic", "Another") == made
    assert set(iam.workspaces()) == {"attic", "acme"}
    iam.change_workspace(replace(made, enabled=False))
    assert not iam.knows("attic")
    assert not iam.knows("*")


def test_keys() -> None:
    of = World()
    plain, key = of.iam.add_key(of.ann, "work", of.iam.calendar.after(60))
    assert plain.startswith("tg_")
    assert len(plain) == 46
    assert key.record() == {
        "id": "key-1",
        "user_id": "user-ann",
        "name": "work",
        "prefix": plain[:7],
        "expires": "2026-05-01T00:01:00+00:00",
        "created": "2026-05-01T00:00:00+00:00",
        "last_used": "",
    }
    assert of.iam.caller(Secret(plain)) == of.ann.caller
    other, forever = of.iam.add_key(of.ann, "home", None)
    assert forever.record()["expires"] == ""
    assert of.iam.keys(of.ann) == [key, forever]
    assert of.iam.key("key-2") == forever
    of.now += 61
    assert of.iam.caller(Secret(plain)) is None
    assert of.iam.caller(Secret(other)) == of.ann.caller
    of.iam.revoke(forever)
    assert of.iam.caller(Secret(other)) is None
    with pytest.raises(ServiceFailure, match="api key not found"):
        of.iam.key("key-2")
    for token in ("", "tg_x", "x", "a.b.c", plain + "x"):
        assert of.iam.caller(Secret(token)) is None


def test_who_is_not_let_in_any_more() -> None:
    of = World()
    plain, _ = of.iam.add_key(of.ann, "work", None, "tg_mine")
    assert plain == "tg_mine"
    of.iam.change_workspace(replace(of.iam.open_workspace("acme"), enabled=False))
    assert of.iam.caller(Secret("tg_mine")) is None
    of.iam.change_workspace(replace(of.iam.open_workspace("acme"), enabled=True))
    assert of.iam.caller(Secret("tg_mine")) == of.ann.caller
    of.iam.close(of.ann)
    assert not of.iam.user("user-ann").enabled
    assert of.iam.caller(Secret("tg_mine")) is None
    of.iam.add_key(of.ann, "work", None, "tg_mine")
    assert of.iam.caller(Secret("tg_mine")) is None
    del of.iam.users["user-ann"]
    assert of.iam.caller(Secret("tg_mine")) is None


def test_callers_without_a_token() -> None:
    of = World()
    of.iam.admit_anonymous(of.ann)
    assert of.iam.caller(NO_TOKEN) == of.ann.caller


def test_tokens() -> None:
    of = World()
    of.iam.open_workspace("attic")
    made = of.iam.token(of.ann, "attic", user_context={})
    assert made["jwt_expires"] == (START + timedelta(hours=1)).isoformat()
    token = Secret(str(made["jwt"]))
    caller = of.iam.caller(token)
    assert caller == replace(of.ann.caller, bound="attic")
    assert caller is not None
    assert caller.default_workspace == "attic"
    assert not caller.may_use("attic")
    of.now += 3601
    assert of.iam.caller(token) is None


def test_the_first_administrator() -> None:
    of = World(empty=True)
    assert of.iam.bootstrap_available
    made = of.iam.bootstrap()
    caller = of.iam.caller(Secret(str(made["bootstrap_admin_api_key"])))
    assert caller is not None
    assert caller.id == made["bootstrap_admin_user_id"] == "user-admin"
    assert caller.may("users:admin", "anywhere")
    assert not of.iam.bootstrap_available
    with pytest.raises(ServiceFailure, match="auth failure"):
        of.iam.bootstrap()


def test_passwords_are_made_up_anew() -> None:
    iam = World().iam
    assert len({iam.password() for _ in range(3)}) == 3
