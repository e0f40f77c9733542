"""The state tables: complete, without traps, and every ending is explained."""

from itertools import product

import pytest

from tgproto.closing import CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.link.config import WebSocketConfig
from tgproto.link.tables import ENDINGS, TIMED, TRANSITIONS, LinkInput, LinkState, advance

EXPLAINED_BY_THEIR_CAUSE = {LinkInput.FAIL, LinkInput.BROKEN, LinkInput.CLOSE_FRAME, LinkInput.REJECT}


@pytest.mark.parametrize(("state", "what"), list(product(LinkState, LinkInput)))
def test_every_pair_moves_on_or_is_refused_by_name(state: LinkState, what: LinkInput) -> None:
    if what in TRANSITIONS[state]:
        assert advance(state, what) is TRANSITIONS[state][what]
    else:
        with pytest.raises(LocalProtocolError, match=f"^cannot {what.value} while .* is {state.value}$"):
            advance(state, what)


@pytest.mark.parametrize(("state", "what"), list(product(LinkState, LinkInput)))
def test_every_ending_is_explained_once(state: LinkState, what: LinkInput) -> None:
    ends = state is not LinkState.CLOSED and TRANSITIONS[state].get(what) is LinkState.CLOSED
    assert ((state, what) in ENDINGS) == (ends and what not in EXPLAINED_BY_THEIR_CAUSE)


def test_no_state_waits_for_ever_but_those_that_others_watch() -> None:
    unwatched = {LinkState.IDLE, LinkState.OPEN, LinkState.CLOSED}
    assert set(TIMED) == set(LinkState) - unwatched
    for state in LinkState:
        assert (LinkInput.DEADLINE in TRANSITIONS[state]) == (state in TIMED)
    assert all(getattr(WebSocketConfig(), option) > 0 for option in TIMED.values())


def test_the_end_is_final_and_can_be_reached_from_everywhere() -> None:
    assert set(TRANSITIONS[LinkState.CLOSED].values()) == {LinkState.CLOSED}
    for state in LinkState:
        assert advance(state, LinkInput.GONE) is LinkState.CLOSED
        assert advance(state, LinkInput.FAIL) is LinkState.CLOSED


def test_closing_ourselves_is_never_called_a_loss() -> None:
    ours = {ENDINGS[LinkState.CLOSING, what].kind for what in (LinkInput.GONE, LinkInput.DEADLINE)}
    assert ours == {CloseKind.LOCAL}
