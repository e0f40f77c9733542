"""Answers about structured data, frame by frame."""

from __future__ import annotations

import pytest

from tgproto.catalog.reader import Start
from tgproto.catalog.structured import DIAGNOSIS, NLP, ROWS, SCHEMAS, STRUCTURED
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types import Diagnosis, NLPQuery, QueryFault, RowsAnswer, StructuredAnswer


def read(start: Start[object, object], frame: bytes) -> object:
    reader = start(CallContext("s"))
    reader.read(frame)
    return reader.result()


@pytest.mark.parametrize(
    ("start", "frame", "result"),
    [
        (ROWS, b'{"data":null}', RowsAnswer(None)),
        (
            ROWS,
            b'{"data":{"a":1},"errors":[{"message":"m","path":["a",0],"extensions":{"x":1}},{}],'
            b'"extensions":{"y":"z"},"more":5}',
            RowsAnswer({"a": 1}, (QueryFault("m", ("a", 0), {"x": 1}), QueryFault("")), {"y": "z"}),
        ),
        (NLP, b'{"graphql_query":"{a}"}', NLPQuery("{a}")),
        (
            NLP,
            b'{"graphql_query":"{a}","variables":{"v":"w"},"detected_schemas":["s"],"confidence":0.5}',
            NLPQuery("{a}", {"v": "w"}, ("s",), 0.5),
        ),
        (STRUCTURED, b'{"data":[1],"errors":[]}', StructuredAnswer([1])),
        (STRUCTURED, b'{"data":null,"errors":["e"]}', StructuredAnswer(None, ("e",))),
        (DIAGNOSIS, b'{"operation":"detect-type"}', Diagnosis()),
        (
            DIAGNOSIS,
            b'{"operation":"diagnose","detected-type":"csv","confidence":1,"descriptor":{"a":1},"metadata":{"k":"v","b":true}}',
            Diagnosis("csv", 1.0, {"a": 1}, {"k": "v", "b": True}),
        ),
        (SCHEMAS, b'{"operation":"schema-selection","schema-matches":["a","b"]}', ["a", "b"]),
        (SCHEMAS, b'{"operation":"schema-selection"}', []),
    ],
)
def test_answers(start: Start[object, object], frame: bytes, result: object) -> None:
    found = read(start, frame)
    assert found == result
    assert found.payload == frame  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("start", "frame", "place"),
    [
        (ROWS, b"{}", "missing required field `data` - at `$`"),
        (
            ROWS,
            b'{"data":1,"errors":[{},{"message":5}]}',
            r"Expected `str \| null`, .* - at `\$.errors\[1\].message`",
        ),
        (NLP, b"{}", "missing required field `graphql_query` - at `$`"),
        (STRUCTURED, b"{}", "missing required field `data`"),
        (DIAGNOSIS, b"{}", "missing required field `operation`"),
    ],
)
def test_what_is_missing_is_named(start: Start[object, object], frame: bytes, place: str) -> None:
    with pytest.raises(DecodeError, match=place.replace("$`", r"\$`")) as caught:
        read(start, frame)
    assert str(caught.value).startswith("s: ")


@pytest.mark.parametrize(
    ("start", "operation"),
    [(DIAGNOSIS, ""), (SCHEMAS, ""), (DIAGNOSIS, "generate-descriptor"), (DIAGNOSIS, "diagnose")],
)
def test_a_lost_error(start: Start[object, object], operation: str) -> None:
    with pytest.raises(SilentFailure, match="sample could not be examined"):
        read(start, f'{{"operation":"{operation}","confidence":0.0}}'.encode())
