"""Every rule of an event stream, and the cases of `test_link_sse.py` that show it.

Each case is played as given, in one chunk, byte by byte and at random cuts; see `four_ways`. The rules are
those of the WHATWG standard, section "Server-sent events", and the limits are ours.
"""

from __future__ import annotations

import pytest

from tests.core.test_link_sse import LIMIT_CASES, VECTORS

RULES = {
    # bytes to lines
    "the text is UTF-8": "utf-8 latin-1",
    "one byte order mark in front is dropped, in whatever chunks": (
        "bom bom-cut bom-after-empty-chunk bom-before-comment bom-only"
    ),
    "a second mark, or one later, is a character like any other": (
        "bom-twice-spoils-one-line bom-late-spoils-one-line bom-in-data-stays bom-after-first-line-end"
    ),
    "the beginning of a mark is none": "half-bom-is-a-line half-bom-then-field half-bom-at-the-end",
    "invalid bytes become U+FFFD by maximal subparts, and the stream goes on": (
        "invalid-byte maximal-subpart surrogate-bytes overlong cut-character-before-line-end stream-goes-on "
        "event-invalid-bytes"
    ),
    "invalid bytes in a name make it another name": "invalid-in-name",
    "a character may be cut by chunks": "utf-8-cut",
    "CR LF, LF and CR end a line, in any mixture": (
        "crlf cr mixed-line-ends lf-cr-are-two-ends cr-crlf-are-two-ends cr-first"
    ),
    "nothing else ends a line": "only-cr-and-lf-end-lines",
    "a CR ends the line at once": "cr-ends-at-once cr-then-other end-after-cr",
    "the LF behind a CR is swallowed in whatever later chunk": (
        "crlf-cut crlf-cut-with-empty-chunk one-lf-swallowed"
    ),
    "empty chunks change nothing": "empty-chunks empty-stream",
    # lines to fields
    "a line that begins with a colon is a comment": (
        "comment comment-between-data comment-ends-no-block comment-long"
    ),
    "the first colon ends the name": "first-colon",
    "one blank behind the colon is dropped, and nothing else": (
        "blank-is-optional one-blank-only tab-stays blank-only no-break-space-stays event-keeps-blanks"
    ),
    "without a colon the line is a name, and the value empty": "data-no-colon event-no-colon id-reset",
    "names are compared exactly": "names-are-exact event-name-case",
    "other names are ignored": "unknown-only end-after-unknown",
    "values of data are joined by LF": "data-twice data-empty-first-and-last three-lines nul-in-data",
    "of types the last one counts, and an empty one is none": "event event-last-wins event-empty event-nul",
    "an id is set, and an empty one resets it": (
        "id id-after-data id-last-wins id-reset id-reset-colon id-utf-8"
    ),
    "an id with NUL is ignored": "id-nul-ignored id-overlong-nul-is-no-nul",
    "a retry of ASCII digits is in force at once": (
        "retry retry-zero retry-stays retry-not-before retry-at-once"
    ),
    "any other retry is ignored": "retry-empty retry-bogus retry-foreign-digits retry-nul",
    "a retry of more than 18 digits is not converted": (
        "retry-18-digits retry-19-digits retry-5000-digits retry-5000-zeros"
    ),
    # the end of a block
    "an empty line makes an event, with the type message if there is none": "one-event each-due-at-once",
    "the id is in force even without data": "id-only id-only-then-data",
    "without a line of data there is no event": "retry-only event-only empty-lines",
    "a line of data without a value is data": "data-empty",
    "the type is forgotten, with or without an event": "event event-only",
    # the end of the stream
    "the unfinished line is dropped": "end-drops-line end-drops-retry-line end-drops-comment",
    "the unfinished block is dropped, its id too": (
        "end-drops-block end-drops-empty-data end-drops-event end-drops-id end-drops-empty-id end-drops-all"
    ),
    "a retry that was complete stays": "end-keeps-retry",
    "how much was dropped is told, and only what matters counts": "end-drops-all end-after-comment",
    # over connections
    "the id of an earlier connection is in force until there is another": "id-start-value id-reset-colon",
}

LIMIT_RULES = {
    "at the limit is fine, one more fails": (
        "line-exact line-over line-zero line-zero-empty-lines event-exact event-over event-zero"
    ),
    "what is not complete is counted as it comes": "line-endless event-endless",
    "comments, other fields, ids and types count as lines": (
        "line-comment line-unknown line-id line-event-name"
    ),
    "the values of an event are counted with one LF between them": (
        "event-no-blank event-joined-exact event-joined-over event-joining-lf-counts "
        "event-joining-lf-counts-bare"
    ),
    "nothing but data counts as data": "event-other-fields-free",
    "bytes are counted, before they are decoded": (
        "line-bytes-not-characters line-invalid-byte-counts-once event-invalid-counts-once "
        "event-bytes-not-characters"
    ),
    "the mark in front is not counted, nor are line ends": (
        "line-bom-not-counted line-second-bom-counted line-half-bom-may-still-be-a-bom line-half-bom-counted "
        "line-ends-not-counted"
    ),
    "events before the offending byte are delivered": "line-events-before line-endless event-over",
    "the limit that is reached first is the one": (
        "both-line-first both-event-first both-event-first-at-colon both-colon-before-blank "
        "both-at-the-same-byte"
    ),
}


@pytest.mark.parametrize(
    ("rules", "cases"),
    [(RULES, {vector.name for vector in VECTORS}), (LIMIT_RULES, {case.name for case in LIMIT_CASES})],
    ids=["stream", "limits"],
)
def test_each_rule_has_cases_and_each_case_a_rule(rules: dict[str, str], cases: set[str]) -> None:
    named = {name for names in rules.values() for name in names.split()}
    assert named == cases
