"""JSON web tokens of the right shape. Real ones are signed with Ed25519 (2.11.1, `iam/service/iam.py`)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import blake2b
from typing import cast

from tgproto import lenient
from tgproto.types.wire import encode

ISSUER = "trustgraph-iam"
"""Who says so."""

LIFETIME = 3600
"""Seconds for which a token is accepted."""

_SIGNATURE_BYTES = 64


class Signer:
    """Makes tokens, and recognises its own.

    Args:
        seed: What makes them unpredictable; empty for the same tokens in every run.
    """

    def __init__(self, seed: bytes = b"") -> None:
        self._seed = blake2b(seed, digest_size=_SIGNATURE_BYTES).digest()
        self._rotations = 0

    def rotate(self) -> None:
        """Sign with a new key from now on. A running gateway knows the first one only."""
        self._rotations += 1

    def unpredictable(self, purpose: str) -> str:
        """Return a text that nobody guesses who does not know the seed.

        Args:
            purpose: What it is for; the same purpose gives the same text.
        """
        return _text(blake2b(purpose.encode(), key=self._seed, digest_size=32).digest())

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return a token.

        Args:
            claims: What it says.
        """
        header = {"alg": "EdDSA", "kid": f"{self._rotations:016x}", "typ": "JWT"}
        signed = f"{_text(encode(header))}.{_text(encode(claims))}"
        return f"{signed}.{self._signature(signed, self._rotations)}"

    def claims(self, token: str) -> Mapping[str, object] | None:
        """Return what a token says; None if it is not signed with the first key."""
        signed, _, signature = token.rpartition(".")
        if not signed or signature != self._signature(signed, 0):
            return None
        return cast("Mapping[str, object]", lenient.loads(_bytes(signed.partition(".")[2])))

    def _signature(self, signed: str, rotation: int) -> str:
        key = blake2b(rotation.to_bytes(8), key=self._seed, digest_size=_SIGNATURE_BYTES).digest()
        data = signed.encode("utf-8", "surrogatepass")
        return _text(blake2b(data, key=key, digest_size=_SIGNATURE_BYTES).digest())


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
