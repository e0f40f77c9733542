"""Diagnoses of samples."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.diagnosis import OPERATIONS, Diagnosis, DiagnosisError, Sample, diagnose
from tgproto.gateway.tables import tables

TABLES = tables(demo_graphs().graph("default", "default"))
CSV, JSON, XML = (
    "name;openedIn;x\nOld;1641;0",
    '[{"name": "Old", "openedIn": 1641}]',
    "<a><name>Old</name></a>",
)


@pytest.mark.parametrize(
    ("text", "kind", "confidence"),
    [
        ("", "", 0.0),
        (" \n", "", 0.0),
        (XML, "xml", 0.9),
        (" <?xml version='1.0'?>", "xml", 0.9),
        ("<a", "csv", 0.8),
        (JSON, "json", 0.9),
        ("{", "json", 0.9),
        (CSV, "csv", 0.8),
        ("word", "csv", 0.8),
    ],
)
def test_types(text: str, kind: str, confidence: float) -> None:
    found = diagnose("detect-type", Sample(text), TABLES)
    assert (found.kind, found.confidence) == (kind, confidence)
    assert bool(found.metadata) == (kind == "csv")
    assert (found.descriptor, found.schemas) == (None, None)


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_delimiters(delimiter: str) -> None:
    found = diagnose("detect-type", Sample(f"a{delimiter}b\n1{delimiter}2"), TABLES)
    written = "\\t" if delimiter == "\t" else delimiter
    assert found.metadata == {"csv_options": f'{{"delimiter":"{written}","has_header":true}}'}


NAME = {"source_field": "name", "target_field": "name"}
OPENED = {"source_field": "openedIn", "target_field": "opened_in"}


@pytest.mark.parametrize(
    ("kind", "text", "mappings"),
    [
        ("csv", CSV, [NAME, OPENED]),
        ("csv", '"name"', [NAME]),
        ("json", JSON, [NAME, OPENED]),
        ("json", '{"name": 1}', [NAME]),
        ("json", "[]", []),
        ("json", "[1]", []),
        ("json", "{", []),
        ("xml", XML, [NAME]),
        ("xml", "<?xml version='1.0'?>", []),
        ("xml", "<r><name >Old</name><name/><openedIn>1</openedIn></r>", [NAME, OPENED]),
    ],
)
def test_descriptors(kind: str, text: str, mappings: list[object]) -> None:
    found = diagnose("generate-descriptor", Sample(text, kind, "bridge"), TABLES)
    assert found.metadata == {"schema_name": "bridge", "type": kind}
    assert found.descriptor == {
        "format": {"type": kind},
        "mappings": mappings,
        "output": {"schema_name": "bridge"},
    }


def test_a_diagnosis() -> None:
    found = diagnose("diagnose", Sample(JSON, schema="bridge"), TABLES)
    assert (found.kind, found.confidence, found.schemas) == ("json", 0.9, None)
    assert found.metadata == {"schema_name": "bridge", "auto_selected_schema": False}
    chosen = diagnose("diagnose", Sample(JSON), TABLES)
    assert chosen.metadata == {"schema_name": "river", "auto_selected_schema": True}


def test_which_tables_fit() -> None:
    assert diagnose("schema-selection", Sample("crosses,openedIn\na TOWN,1"), TABLES).schemas == (
        "bridge",
        "town",
    )
    assert diagnose("schema-selection", Sample(""), TABLES) == Diagnosis(schemas=())


@pytest.mark.parametrize(
    ("operation", "sample", "kind"),
    [
        ("nope", Sample("x"), "InvalidOperation"),
        ("generate-descriptor", Sample("x", "", "bridge"), "MissingParameter"),
        ("generate-descriptor", Sample("x", "csv"), "MissingParameter"),
        ("generate-descriptor", Sample("x", "csv", "nope"), "SchemaNotFound"),
        ("generate-descriptor", Sample("x", "yaml", "bridge"), "DescriptorGenerationFailed"),
        ("diagnose", Sample(""), "TypeDetectionFailed"),
        ("diagnose", Sample("x", schema="nope"), "SchemaNotFound"),
    ],
)
def test_what_fails(operation: str, sample: Sample, kind: str) -> None:
    with pytest.raises(DiagnosisError) as failed:
        diagnose(operation, sample, TABLES)
    assert failed.value.kind == kind
    assert str(failed.value)


def test_without_tables() -> None:
    with pytest.raises(DiagnosisError) as failed:
        diagnose("diagnose", Sample("x"), {})
    assert failed.value.kind == "NoSchemaAvailable"


@given(st.sampled_from(sorted(OPERATIONS)), st.text(), st.sampled_from(["", "csv", "json", "xml"]))
@settings(max_examples=100)
def test_any_sample_has_a_diagnosis_or_an_error(operation: str, text: str, kind: str) -> None:
    impossible = {"generate-descriptor": not kind, "diagnose": not text.strip()}.get(operation)
    with pytest.raises(DiagnosisError) if impossible else nullcontext():
        diagnose(operation, Sample(text, kind, "bridge"), TABLES)
