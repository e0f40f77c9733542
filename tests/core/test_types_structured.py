"""What results about structured data say of themselves."""

from __future__ import annotations

from tgproto.types import Diagnosis, RowsAnswer, SchemaMatches


def test_a_diagnosis_reads_as_its_type() -> None:
    assert str(Diagnosis("csv", 0.5)) == "csv"


def test_members_by_wire_name() -> None:
    assert RowsAnswer(None, payload=b'{"data":null,"more":1}')["more"] == 1
    assert Diagnosis(payload=b'{"detected-type":"csv"}').get("detected-type") == "csv"
    schemas = SchemaMatches(["a", "b"], payload=b'{"schema-matches":["a","b"]}')
    assert schemas == ["a", "b"] == schemas["schema-matches"]
