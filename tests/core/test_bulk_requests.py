"""What a bulk client is asked."""

from __future__ import annotations

import pytest

from tgproto.bulk.requests import (
    MOST_CONNECTIONS,
    OpenExport,
    OpenImport,
    Report,
    SendFrames,
    decode_report,
    encode_report,
)
from tgproto.dialect import GENERATION_1, GENERATION_2, dialect_of
from tgproto.errors import LocalProtocolError


def test_what_has_to_be_known() -> None:
    request = OpenImport("triples", "f", "w").request(GENERATION_2)
    assert (request.service, request.flow, request.workspace) == ("import of triples", "f", "w")
    context = OpenExport("triples", "f").context
    assert str(context) == "export of triples in flow 'f'"


def test_rows_were_objects() -> None:
    opening = OpenImport("rows", "f")
    assert opening.path(GENERATION_2) == "import/rows"
    assert opening.path(GENERATION_1) == "import/objects"
    assert opening.path(dialect_of("2.0.5")) == "import/objects"
    assert opening.path(dialect_of("2.0.11")) == "import/rows"
    assert OpenExport("triples", "f").path(GENERATION_1) == "export/triples"


def test_1x_has_no_workspaces() -> None:
    with pytest.raises(LocalProtocolError, match="pass user="):
        OpenImport("triples", "f", "w").request(GENERATION_1)
    assert OpenImport("triples", "f").request(GENERATION_1)


@pytest.mark.parametrize("flow", ["a/b", ".", ".."])
def test_flows_that_no_url_can_name(flow: str) -> None:
    with pytest.raises(LocalProtocolError, match="cannot be addressed"):
        OpenImport("triples", flow).request(GENERATION_2)


def test_nobody_may_ask_without_a_token() -> None:
    assert not OpenImport("triples", "f").public
    assert not OpenExport("triples", "f").public
    assert not SendFrames(1).public


def test_messages_are_no_request() -> None:
    with pytest.raises(LocalProtocolError, match="bulk client"):
        SendFrames(1).request(GENERATION_2)


def test_reports_are_read_as_they_were_written() -> None:
    report = Report(dialect=dialect_of("2.3.1"), room=True, sent=5, gaps=[(1, "lost")])
    assert decode_report(encode_report(report)) == report
    assert decode_report(encode_report(Report())) == Report()


@pytest.mark.parametrize("connections", [-1, 0, MOST_CONNECTIONS + 1])
def test_connections_are_some_but_not_too_many(connections: int) -> None:
    assert OpenImport("triples", "f", connections=MOST_CONNECTIONS).connections == MOST_CONNECTIONS
    with pytest.raises(ValueError, match="connections must be from 1 to 64"):
        OpenImport("triples", "f", connections=connections)
