"""How services are talked to, unless they say otherwise."""

from __future__ import annotations

from tgproto.rest.manners import GATEWAY, Manners


def test_the_usual_manners_are_those_of_the_gateway() -> None:
    assert Manners() == GATEWAY
    assert f"{GATEWAY.token_header}: {GATEWAY.token_prefix}" == "Authorization: Bearer "
    assert GATEWAY.headers == ()
    assert (GATEWAY.refusal, GATEWAY.patience) == (None, None)
