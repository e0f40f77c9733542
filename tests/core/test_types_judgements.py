"""What judgements say of themselves."""

from __future__ import annotations

from tgproto.types import Answers, Classification, ClozeModel, ImageDescription, ModelInfo


def test_texts() -> None:
    assert str(Classification("l", 0.5)) == "l"
    assert ImageDescription("a cat", model="m") == "a cat"


def test_members_by_wire_name() -> None:
    assert Classification("l", payload=b'{"label":"l","confidence":1.0}')["confidence"] == 1.0
    assert ClozeModel("m", payload=b'{"name":"m","x":1}')["x"] == 1
    assert ModelInfo("m", payload=b'{"id":"m","owned_by":"o"}').get("owned_by") == "o"
    assert Answers({"q": 1}, payload=b'{"answers":{"q":1}}')["answers"] == {"q": 1}
    assert ImageDescription("a", payload=b'{"description":"a"}')["description"] == "a"
