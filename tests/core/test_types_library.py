"""Records of the library: times in every form, and copies."""

from __future__ import annotations

import dataclasses
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.types import DocumentMetadata, ProcessingMetadata, Triple, UploadStatus
from tgproto.types.library import moment, seconds

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "time",
    [
        NOON,
        NOON.replace(tzinfo=None),
        NOON.astimezone(timezone(timedelta(hours=5))),
        int(NOON.timestamp()),
        NOON.timestamp(),
    ],
)
def test_a_time_is_told_in_many_ways(time: Any) -> None:
    found = moment(time)
    assert found == NOON
    assert found.tzinfo is UTC
    assert DocumentMetadata(time=time).time == ProcessingMetadata(time=time).time == NOON


def test_no_time() -> None:
    assert moment(None) is None
    assert seconds(None) == 0


@pytest.mark.parametrize("time", ["2024", True, b""])
def test_what_is_no_time(time: Any) -> None:
    with pytest.raises(TypeError, match="time must be a datetime, a number of seconds or None"):
        moment(time)


@pytest.mark.parametrize("time", [10**18, float("nan"), float("inf"), -(10**12)])
def test_times_that_no_calendar_has(time: float) -> None:
    with pytest.raises(ValueError, match="no time between the years 1 and 9999"):
        moment(time)


@given(st.datetimes(timezones=st.just(UTC)))
def test_whole_seconds_are_kept(time: datetime) -> None:
    whole = time.replace(microsecond=0)
    assert moment(seconds(time)) == whole
    assert seconds(whole) == seconds(time)


def test_lists_become_tuples_and_copies_can_be_changed() -> None:
    triple = Triple("urn:a", "urn:b", "c")
    document = DocumentMetadata("urn:d", 1, "text/plain", "T", "C", [triple], ["a"], "urn:p", "page", "me")
    assert (document.metadata, document.tags) == ((triple,), ("a",))
    copy = dataclasses.replace(document, title="U")
    assert (copy.title, copy.user, copy.parent_id) == ("U", "me", "urn:p")
    assert dataclasses.replace(copy, title="T") == document
    processing = ProcessingMetadata("p", "urn:d", 1, "f", "c", ["a"], "me")
    assert dataclasses.replace(processing, flow="g").flow == "g"
    for record in (document, processing):
        assert pickle.loads(pickle.dumps(record)) == record
        assert hash(record) == hash(pickle.loads(pickle.dumps(record)))


def test_members_are_reached_by_their_names_on_the_wire() -> None:
    status = UploadStatus("u", "in-progress", payload=b'{"upload-id":"u","more":[1]}')
    assert (status["upload-id"], status["more"], status.get("less", 0)) == ("u", [1], 0)
    assert status.in_progress
    assert not UploadStatus("u", "expired").in_progress
