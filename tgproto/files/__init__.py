"""Items of bulk imports and exports as lines of files: lines in, items out, and back. Opens nothing."""

from tgproto.files.csv import read_csv
from tgproto.files.items import LONGEST, Numbered, UnreadableFile
from tgproto.files.jsonl import format_json, read_json
from tgproto.files.ntriples import format_ntriple, format_turtle, read_ntriples, read_term

__all__ = [
    "LONGEST",
    "Numbered",
    "UnreadableFile",
    "format_json",
    "format_ntriple",
    "format_turtle",
    "read_csv",
    "read_json",
    "read_ntriples",
    "read_term",
]
