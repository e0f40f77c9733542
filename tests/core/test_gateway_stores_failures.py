"""How a service says no."""

from __future__ import annotations

import json

import pytest

from tgproto.gateway.stores.failures import (
    MAX_RECORDS,
    RequestRefused,
    ServiceFailure,
    Unexpected,
    in_pythons_words,
    keep,
)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ServiceFailure("x-error", "no"), "x-error"),
        (RequestRefused("no"), "request-error"),
        (Unexpected("no"), "unexpected-error"),
    ],
)
def test_kinds(failure: ServiceFailure, kind: str) -> None:
    assert (failure.kind, str(failure)) == (kind, "no")


def test_pythons_words() -> None:
    with pytest.raises(ServiceFailure) as caught, in_pythons_words("x-error"):
        json.loads("{}")["keys"]
    assert (caught.value.kind, str(caught.value)) == ("x-error", "'keys'")
    with pytest.raises(Unexpected, match="mine"), in_pythons_words("x-error"):
        raise Unexpected("mine")
    with in_pythons_words("x-error"):
        pass


def test_there_is_an_end_to_it() -> None:
    records = {str(number): number for number in range(MAX_RECORDS)}
    keep(records, "0", 5)
    assert records["0"] == 5
    with pytest.raises(Unexpected, match="room for 10000"):
        keep(records, "new", 5)
    assert "new" not in records
