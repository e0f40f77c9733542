"""The queue of what a link reports: one order, whichever way it is drained."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.link.events import LinkEvent, Opened, Pong
from tgproto.link.inbox import Inbox


def filled(*items: LinkEvent) -> Inbox:
    inbox = Inbox()
    for item in items:
        if isinstance(item, bytes):
            inbox.texts.append(item)
        else:
            assert isinstance(item, (Pong, Opened))
            inbox.put(item)
    return inbox


def drained(inbox: Inbox) -> list[LinkEvent]:
    return list(iter(inbox.next_event, None))


def test_an_empty_queue_gives_nothing() -> None:
    assert Inbox().next_event() is None
    assert Inbox().take_messages() == []


def test_messages_are_taken_up_to_the_next_other_event() -> None:
    inbox = filled(b"1", b"2", Pong(b"p"), b"3")
    assert inbox.take_messages() == [b"1", b"2"]
    assert inbox.take_messages() == []
    assert inbox.next_event() == Pong(b"p")
    assert inbox.take_messages() == [b"3"]
    assert inbox.take_messages() == []


def test_the_list_taken_is_the_callers() -> None:
    inbox = filled(b"1")
    run = inbox.take_messages()
    inbox.texts.append(b"2")
    assert run == [b"1"]
    assert inbox.take_messages() == [b"2"]


def test_a_run_can_be_begun_one_by_one_and_taken_as_a_list() -> None:
    inbox = filled(b"1", b"2")
    assert inbox.next_event() == b"1"
    inbox.texts.append(b"3")
    inbox.put(Opened())
    assert inbox.take_messages() == [b"2", b"3"]
    assert drained(inbox) == [Opened()]


def test_a_run_used_up_one_by_one_leaves_no_trace() -> None:
    inbox = filled(b"1", b"")
    assert drained(inbox) == [b"1", b""]
    inbox.texts.append(b"2")
    assert inbox.take_messages() == [b"2"]


ITEMS = st.lists(st.one_of(st.binary(max_size=1), st.builds(Pong, st.binary(max_size=1))), max_size=12)


@settings(max_examples=100)
@given(ITEMS, st.lists(st.booleans(), max_size=30))
def test_nothing_is_lost_or_reordered(items: list[LinkEvent], in_runs: list[bool]) -> None:
    inbox = filled(*items)
    found: list[LinkEvent] = []
    for in_run in in_runs:
        if in_run:
            found += inbox.take_messages()
        elif (event := inbox.next_event()) is not None:
            found.append(event)
    assert found + drained(inbox) == items


def test_notices_may_come_without_texts_between_them() -> None:
    inbox = filled(Pong(b"a"), Pong(b"b"), b"text", Pong(b"c"))
    assert list(iter(inbox.next_event, None)) == [Pong(b"a"), Pong(b"b"), b"text", Pong(b"c")]
