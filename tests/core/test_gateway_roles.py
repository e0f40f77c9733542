"""Which role may do what."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tgproto.gateway.generation2.services import SERVICES
from tgproto.gateway.roles import FLOW_SERVICES, ROLES, allow


def test_each_role_may_do_what_the_one_before_it_may() -> None:
    assert list(ROLES) == ["reader", "writer", "owner", "admin"]
    for less, more in pairwise(ROLES.values()):
        assert less < more


@pytest.mark.parametrize(
    ("capability", "least"),
    [
        ("llm", "reader"),
        ("config:read", "reader"),
        ("documents:write", "writer"),
        ("config:write", "owner"),
        ("flows:write", "owner"),
        ("metrics:read", "admin"),
        ("users:admin", "admin"),
    ],
)
def test_who_may_do_what(capability: str, least: str) -> None:
    names = list(ROLES)
    for name in names:
        assert allow([name], capability) is (names.index(name) >= names.index(least))


def test_several_roles_and_none() -> None:
    assert allow(["nope", "reader", "admin"], "users:admin")
    assert not allow(["nope"], "llm")
    assert not allow([], "llm")


def test_every_service_of_a_flow_is_for_readers() -> None:
    assert FLOW_SERVICES.keys() == SERVICES.keys()
    assert set(FLOW_SERVICES.values()) <= ROLES["reader"]
