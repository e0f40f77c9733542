"""Which releases have what."""

from __future__ import annotations

import pytest

from tgproto.offers import AFTER_1_7, BEGINNING, OFFERS, Offer, lacking, unknown_members


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        (Offer((2, 6, 4)), "it came with 2.6.4"),
        (Offer(until=(2, 0, 11)), "it went with 2.0.11"),
        (Offer((1, 8, 13), (2, 4, 5)), "it came with 1.8.13, it went with 2.4.5"),
        (Offer(AFTER_1_7), "the 1.7 line has it not"),
    ],
)
def test_what_people_read(offer: Offer, words: str) -> None:
    assert str(offer) == words


@pytest.mark.parametrize("name", OFFERS)
def test_an_offer_has_an_end_that_counts(name: str) -> None:
    offer = OFFERS[name]
    end = offer.until
    assert offer.since > BEGINNING or end is not None
    if end is not None:
        assert offer.since < end
        assert name in lacking(end, end)
        assert name not in lacking(offer.since, end)
    assert name not in lacking(offer.since, offer.since)
    assert (name in lacking(BEGINNING, BEGINNING)) is (offer.since > BEGINNING)


def test_what_came_some_day_may_be_there() -> None:
    assert "reranker" not in lacking((2, 4, 5), None)
    assert "objects" in lacking((2, 4, 5), None)


def test_members_that_came_later() -> None:
    old = lacking(BEGINNING, BEGINNING)
    assert unknown_members("document-rag", old) == {"fetch-limit": Offer(AFTER_1_7)}
    assert unknown_members("graph-rag", lacking((2, 10, 3), (2, 10, 3))) == {"graph": Offer((2, 10, 7))}
    assert unknown_members("graph-rag", lacking((2, 4, 5), None)) == unknown_members("prompt", old) == {}
