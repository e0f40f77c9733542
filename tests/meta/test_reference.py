"""The reference is complete and fresh, and every link in the documentation leads somewhere."""

from __future__ import annotations

import builtins
import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import tgproto.errors
from docs import reference
from docs.generator import docstrings, gateways, service_pages
from docs.generator.catalogue import Operation, every_operation
from docs.generator.names import shown, type_name
from tgproto.web import errors as web_errors

ROOT = Path(__file__).parents[2]
OPERATIONS = list(every_operation())

NUMBER = re.compile(r"\b(int|float)\b")
MEASURE = re.compile(
    r"\b(most|how many|number of|seconds|bytes|characters|items|at least|from [01] on|not used)\b", re.I
)
"""What says the unit of a number, or that it counts something."""

HEADING = re.compile(r"^(Args|Returns|Raises):$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_an_operation_is_documented_in_full(operation: Operation) -> None:
    doc, signature = operation.doc, operation.signature
    assert doc.summary.endswith((".", "?"))
    told = [name for name in doc.section("Args") if name != "scope"]
    assert told == [parameter.name for parameter in shown(signature)]
    assert all(doc.section("Args").values())
    assert bool(doc.returns) == (type_name(signature.return_annotation) != "None")
    assert doc.section("Raises")
    headings = HEADING.findall(inspect.getdoc(operation.definition) or "")
    assert headings == [name for name in ("Args", "Returns", "Raises") if name in headings]
    assert not [name for name in doc.section("Raises") if not is_an_error(name)]
    assert operation.entries
    assert all(gateways.known(entry) for entry in operation.entries)


@pytest.mark.parametrize(("name", "method"), list(service_pages.every_operation()))
def test_an_operation_of_a_service_is_documented_in_full(name: str, method: Callable[..., object]) -> None:
    doc, signature = docstrings.parse(method.__doc__ or ""), inspect.signature(method)
    assert doc.summary.endswith((".", "?")), name
    texts = doc.section("Args")
    assert list(texts) == [parameter.name for parameter in shown(signature)]
    assert all(texts.values())
    assert doc.returns
    assert not [it for it in doc.section("Raises") if not (is_an_error(it) or hasattr(web_errors, it))]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_number_has_a_unit(operation: Operation) -> None:
    texts = operation.doc.section("Args")
    numbers = [it.name for it in shown(operation.signature) if NUMBER.search(type_name(it.annotation))]
    assert not [name for name in numbers if not MEASURE.search(texts[name])]


def test_the_pages_are_fresh() -> None:
    there = {path.name: path.read_text("utf-8") for path in reference.FOLDER.glob("*.md")}
    wanted = reference.write()
    assert not [name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name)]


def test_pages_are_found_by_names_of_operations() -> None:
    pages = reference.write()
    for operation in OPERATIONS:
        assert f"\n## `{operation.name}`\n" in pages[operation.page.file]
    for entry in gateways.SERVICES:
        assert f"| `{entry}` |" in pages["entries.md"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [("Do it.\n\nArgs:\n    x: One.\n  y", "'  y'"), ("Do it.\n\nRaises:\n    Nothing", "'    Nothing'")],
)
def test_a_docstring_of_another_form_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        docstrings.parse(text)


def test_a_docstring_is_taken_apart() -> None:
    doc = docstrings.parse(
        """Do
        it.

        More.

        Args:
            x: One,
                and more.
            y: Two.

        Returns:
            What
            came.

        Raises:
            ValueError: It did not.
        """
    )
    assert (doc.summary, doc.description, doc.returns) == ("Do it.", "More.", "What came.")
    assert doc.sections == {
        "Args": {"x": "One, and more.", "y": "Two."},
        "Raises": {"ValueError": "It did not."},
    }


def documents() -> list[Path]:
    return [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("conformance/**/*.md"),
    ]


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    broken: list[str] = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.is_relative_to(ROOT) or not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub, and the site, give the headings of a page."""
    found: dict[str, int] = {}
    for line in FENCE.sub("", page.read_text("utf-8")).splitlines():
        if heading := re.match(r"#{1,6} (.*)", line):
            slug = re.sub(r"[^\w\- ]", "", heading[1].strip().lower()).replace(" ", "-")
            found[slug] = found.get(slug, -1) + 1
    return {f"{slug}-{i}" if i else slug for slug, last in found.items() for i in range(last + 1)}


def is_an_error(name: str) -> bool:
    it = getattr(tgproto.errors, name, None) or getattr(builtins, name, None)
    return inspect.isclass(it) and issubclass(it, BaseException)


def test_every_page_is_found_from_the_index() -> None:
    listed = {
        (index.parent / target).resolve()
        for index in (ROOT / "docs/index.md", ROOT / "docs/reference/index.md")
        for target in LINK.findall(index.read_text("utf-8"))
    }
    assert not [page for page in documents() if page.name != "index.md" and page.resolve() not in listed]
