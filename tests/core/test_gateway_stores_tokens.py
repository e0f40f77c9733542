"""Tokens of the right shape."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.credentials import expiry
from tgproto.gateway.stores.tokens import Signer
from tgproto.secrets import Secret

CLAIMS = {"sub": "ann", "exp": 4_000_000_000}


def test_a_token_is_read_by_others() -> None:
    token = Signer().sign(CLAIMS)
    parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]
    assert json.loads(parts[0]) == {"alg": "EdDSA", "kid": "0" * 16, "typ": "JWT"}
    assert json.loads(parts[1]) == CLAIMS
    assert len(parts[2]) == 64  # as of Ed25519
    assert expiry(Secret(token)) == 4_000_000_000.0


def test_a_signer_knows_its_own_tokens_alone() -> None:
    token = Signer(b"seed").sign(CLAIMS)
    assert Signer(b"seed").claims(token) == CLAIMS
    assert Signer(b"other").claims(token) is None
    assert Signer().sign(CLAIMS) == Signer().sign(CLAIMS)


@given(st.text() | st.text(alphabet="abc._-", max_size=20))
def test_no_text_is_taken_for_a_token(text: str) -> None:
    assert Signer().claims(text) is None


@pytest.mark.parametrize("at", range(3))
def test_a_token_that_was_changed(at: int) -> None:
    parts = Signer().sign(CLAIMS).split(".")
    parts[at] = parts[at][:-2] + ("AA" if parts[at][-2:] != "AA" else "BB")
    assert Signer().claims(".".join(parts)) is None


def test_a_running_gateway_knows_the_first_key_only() -> None:
    signer = Signer()
    old = signer.sign(CLAIMS)
    signer.rotate()
    assert signer.claims(old) == CLAIMS
    assert signer.claims(signer.sign(CLAIMS)) is None


def test_what_cannot_be_guessed() -> None:
    assert Signer(b"a").unpredictable("x") != Signer(b"b").unpredictable("x")
    assert Signer(b"a").unpredictable("x") != Signer(b"a").unpredictable("y")
    assert Signer(b"a").unpredictable("x") == Signer(b"a").unpredictable("x")
