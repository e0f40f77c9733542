"""What readers return and raise."""

from __future__ import annotations

from tgproto.errors import TrustGraphError
from tgproto.files import Numbered, UnreadableFile


def test_an_item_has_its_place() -> None:
    assert Numbered(3, "item") == (3, "item")


def test_a_file_that_ends_in_the_middle_is_an_error_of_ours() -> None:
    assert issubclass(UnreadableFile, TrustGraphError)
    assert issubclass(UnreadableFile, ValueError)
