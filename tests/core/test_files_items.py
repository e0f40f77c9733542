"""What readers return and raise."""

from __future__ import annotations

from tgproto.errors import TrustGraphError
from tgproto.files import Numbered, UnreadableFile
from tgproto.files.items import unmarked
from tgproto.types.bulk import Unreadable


def test_an_item_has_its_place() -> None:
    assert Numbered(3, "item") == (3, "item")


def test_a_file_that_ends_in_the_middle_is_an_error_of_ours() -> None:
    assert issubclass(UnreadableFile, TrustGraphError)
    assert issubclass(UnreadableFile, ValueError)


def test_the_byte_order_mark_in_front_of_the_first_line_alone_is_none_of_it() -> None:
    assert list(unmarked(["\ufeffa", "\ufeffb"])) == ["a", "\ufeffb"]
    assert list(unmarked(["a", "\ufeffb"])) == ["a", "\ufeffb"]
    assert list(unmarked(["\ufeffa".encode(), "\ufeffb".encode()])) == [b"a", "\ufeffb".encode()]
    assert list(unmarked(iter(["\ufeff\ufeff"]))) == ["\ufeff"]
    broken = Unreadable("too long")
    assert list(unmarked([broken, "\ufeffa"])) == [broken, "\ufeffa"]
    nothing: list[str] = []
    assert list(unmarked(nothing)) == []
