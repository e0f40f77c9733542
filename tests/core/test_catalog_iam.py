"""Users, workspaces and keys as data."""

from __future__ import annotations

from tests.core.catalogue import answer, payloads
from tgproto.catalog import IamCalls
from tgproto.dialect import GENERATION_2
from tgproto.session.request import Request


def test_whoami() -> None:
    call = IamCalls().whoami()
    assert call.request(GENERATION_2) == Request("iam", b'{"operation":"whoami"}')
    assert answer(call, payloads("2.11.1 iam whoami")).default_workspace == "default"
