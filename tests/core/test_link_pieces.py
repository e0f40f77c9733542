"""Collecting a byte string: nothing lost, nothing reordered, whatever the sizes of the parts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.link.pieces import Pieces

SIZES = st.sampled_from([0, 1, 7, 4095, 4096, 4097, 9000])


@settings(max_examples=80)
@given(st.lists(SIZES, max_size=12))
def test_the_whole_is_the_sum_of_its_parts(sizes: list[int]) -> None:
    pieces = Pieces()
    parts = [bytes([number % 251]) * size for number, size in enumerate(sizes)]
    for part in parts:
        pieces.add(part)
    assert pieces.size == sum(sizes)
    assert pieces.take() == b"".join(parts)
    assert pieces.size == 0
    assert pieces.take() == b""


def test_tiny_parts_come_out_in_order_before_and_after_a_large_one() -> None:
    pieces = Pieces()
    for number in range(10_000):
        pieces.add(b"%d," % number)
    pieces.add(b"x" * 5000)
    pieces.add(b"end")
    assert pieces.take() == b"".join(b"%d," % number for number in range(10_000)) + b"x" * 5000 + b"end"


def test_it_can_be_used_again() -> None:
    pieces = Pieces()
    pieces.add(b"a" * 5000)
    pieces.take()
    pieces.add(b"b")
    assert pieces.take() == b"b"
