"""A flow's structured data: rows, questions about them, and what a sample of data is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.structured import DIAGNOSIS, NLP, ROWS, SCHEMAS, STRUCTURED
from tgproto.dialect import rows_or_objects
from tgproto.types.structured import Diagnosis, NLPQuery, RowsAnswer, SchemaMatches, StructuredAnswer


@dataclass(frozen=True)
class StructuredOps(FlowScope):
    """The structured data of a flow."""

    entries: ClassVar = {
        "rows": "rows_query",
        "objects": "objects_query",
        "nlp-query": "nlp_query",
        "structured-query": "structured_query",
        "structured-diag detect-type": "detect_type",
        "structured-diag generate-descriptor": "generate_descriptor",
        "structured-diag diagnose": "diagnose_data",
        "structured-diag schema-selection": "schema_selection",
    }

    @operation
    def rows_query(
        self,
        query: str,
        collection: str = "default",
        variables: Mapping[str, object] | None = None,
        operation_name: str | None = None,
        *,
        user: str | None = None,
    ) -> Call[RowsAnswer]:
        """Ask for rows in GraphQL. Gateways before 2.0.11 call them objects, and so does `objects_query`.

        Args:
            query: The query, GraphQL text.
            collection: Collection to search.
            variables: Variables of the query by name; on 1.x gateways their values must be strings.
            operation_name: Which operation of the query to run, if it has several.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            What was found, and what was wrong with parts of the query.

        Raises:
            RowsQueryError: The query failed.
            TypeError: An argument is of the wrong type.
        """
        return self._call(
            "rows",
            {
                "query": check.text("query", query),
                "collection": check.text("collection", collection),
                "variables": check.optional(check.mapping, "variables", variables),
                "operation_name": check.optional(check.text, "operation_name", operation_name),
            },
            ROWS,
            named=rows_or_objects,
            user=user,
        )

    objects_query = rows_query

    @operation
    def nlp_query(self, question: str, max_results: int = 100) -> Call[NLPQuery]:
        """Make a GraphQL query of a question.

        Args:
            question: The question.
            max_results: Most results that the query shall have.

        Returns:
            The query, for `rows_query`.

        Raises:
            NLPQueryError: The service failed.
            TypeError: An argument is of the wrong type.
            ValueError: `max_results` is negative.
        """
        arguments = {
            "question": check.text("question", question),
            "max_results": check.count("max_results", max_results),
        }
        return self._call("nlp-query", arguments, NLP)

    @operation
    def structured_query(
        self, question: str, collection: str = "default", *, user: str | None = None
    ) -> Call[StructuredAnswer]:
        """Answer a question from structured data: make a query of it, and run that.

        Args:
            question: The question.
            collection: Collection to search.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            What was found, and what was wrong with parts of the query.

        Raises:
            StructuredQueryError: The service failed.
            TypeError: An argument is of the wrong type.
        """
        arguments = {
            "question": check.text("question", question),
            "collection": check.text("collection", collection),
        }
        return self._call("structured-query", arguments, STRUCTURED, user=user)

    @operation
    def detect_type(self, sample: str) -> Call[Diagnosis]:
        """Find out what kind of data a sample is.

        Args:
            sample: The first part of the data.

        Returns:
            The type, and how sure the service is. The type is empty if it cannot tell; with gateways from
            2.10.6 on also if it failed.

        Raises:
            ServiceError: The service failed.
            TypeError: The sample is no string.
        """
        return self._diagnose("detect-type", sample)

    @operation
    def generate_descriptor(
        self, sample: str, data_type: str, schema_name: str, options: Mapping[str, str] | None = None
    ) -> Call[Diagnosis]:
        """Work out how data is to be read into the rows of a schema.

        Args:
            sample: The first part of the data.
            data_type: `csv`, `json` or `xml`.
            schema_name: The schema.
            options: More about the data by name, such as `delimiter`.

        Returns:
            The descriptor, in `descriptor`.

        Raises:
            ServiceError: The service failed, or there is no such schema.
            SilentFailure: The same, and the gateway (2.10.6 and later) lost the error.
            TypeError: An argument is of the wrong type.
        """
        return self._diagnose(
            "generate-descriptor",
            sample,
            options,
            {
                "type": check.text("data_type", data_type),
                "schema-name": check.text("schema_name", schema_name),
            },
        )

    @operation
    def diagnose_data(
        self, sample: str, schema_name: str | None = None, options: Mapping[str, str] | None = None
    ) -> Call[Diagnosis]:
        """Find out what kind of data a sample is, which schema fits, and how it is to be read.

        Args:
            sample: The first part of the data.
            schema_name: The schema; None to have one chosen.
            options: More about the data by name, such as `delimiter`.

        Returns:
            Type, confidence and descriptor.

        Raises:
            ServiceError: The service failed, or there is no such schema.
            SilentFailure: The same, and the gateway (2.10.6 and later) lost the error.
            TypeError: An argument is of the wrong type.
        """
        schema = check.optional(check.text, "schema_name", schema_name)
        return self._diagnose("diagnose", sample, options, {"schema-name": schema})

    @operation
    def schema_selection(self, sample: str, options: Mapping[str, str] | None = None) -> Call[SchemaMatches]:
        """Find the schemas that fit a sample of data.

        Args:
            sample: The first part of the data.
            options: More about the data by name.

        Returns:
            Names of the schemas, best first. Gateways from 2.10.6 on also return none if the service failed.

        Raises:
            ServiceError: The service failed.
            TypeError: An argument is of the wrong type.
        """
        return self._call("structured-diag", _sample(sample, options), SCHEMAS, operation="schema-selection")

    def _diagnose(
        self,
        name: str,
        sample: str,
        options: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> Call[Diagnosis]:
        arguments = {**_sample(sample, options), **(more or {})}
        return self._call("structured-diag", arguments, DIAGNOSIS, operation=name)


def _sample(sample: str, options: Mapping[str, str] | None) -> Mapping[str, object]:
    return {
        "sample": check.text("sample", sample),
        "options": check.optional(check.text_by_name, "options", options),
    }
