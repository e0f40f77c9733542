"""What a failed attempt to connect is taken for."""

from __future__ import annotations

import ssl

import pytest

from tgdrivers.network import endpoint
from tgproto.address import parse_address
from tgproto.closing import DialFault

UNTRUSTED = ssl.SSLCertVerificationError(1, "self-signed certificate")
CUT = ssl.SSLEOFError(8, "EOF occurred in violation of protocol")


@pytest.mark.parametrize(("error", "fault"), [(UNTRUSTED, DialFault.TLS), (CUT, DialFault.TLS_ENDED)])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_handshake_that_is_cut_off_says_nothing_about_certificates(
    error: ssl.SSLError, fault: DialFault | None, wrapped: bool
) -> None:
    raised: BaseException = error
    if wrapped:  # as trio does
        raised = OSError("broken")
        raised.__cause__ = error
    text, told = endpoint(parse_address("http://h/"), True).loss(raised)
    assert told is fault
    assert "cannot connect to h" in text
