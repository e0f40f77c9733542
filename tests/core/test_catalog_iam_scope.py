"""What calls of `iam` have in common."""

from __future__ import annotations

import pytest

from tgproto.catalog import CallOptions, IamCalls
from tgproto.catalog.iam_scope import undone
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import NotOffered
from tgproto.session.request import Request

CALLS = IamCalls(options=CallOptions(workspace="w", retry=True))


def test_no_workspace_is_addressed_but_one_can_be_named() -> None:
    for workspace, more in ((None, b""), ("acme", b',"workspace":"acme"')):
        call = CALLS.get_user("u", workspace=workspace)
        expected = b'{"operation":"get-user","user_id":"u"%b}' % more
        assert call.request(GENERATION_2) == Request("iam", expected, None, None, True)
    assert CALLS.whoami().request(GENERATION_2) == Request("iam", b'{"operation":"whoami"}', None, None, True)


def test_there_is_no_such_service_in_1x() -> None:
    with pytest.raises(NotOffered, match="iam whoami"):
        IamCalls().whoami().request(GENERATION_1)


def test_what_was_not_done() -> None:
    error = undone(CALLS.whoami(), "nothing was done")
    assert str(error).startswith("iam: nothing was done, and the gateway lost the error. ")
