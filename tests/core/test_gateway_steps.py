"""The steps are values: equal if they say the same, and not to be changed."""

from __future__ import annotations

import dataclasses

import pytest

from tgproto.gateway.steps import Failure, Frame, Pause
from tgproto.session.envelope import WireError

ERROR = WireError("t", "m")


def test_what_is_not_said_is_the_usual() -> None:
    assert Frame(b"{}") == Frame(b"{}", final=False)
    assert Failure(ERROR) == Failure(ERROR, final=True)


@pytest.mark.parametrize("step", [Pause(1.0), Frame(b"{}"), Failure(ERROR)])
def test_a_step_does_not_change(step: Pause | Frame | Failure) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(step, dataclasses.fields(step)[0].name, None)
