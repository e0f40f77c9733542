"""The documentation site, by `make site`: the Markdown files of the repository, each where it is.

Links between them are relative, so that they work on the site as in the repository.
"""

from __future__ import annotations

import posixpath
import re
from importlib.metadata import version as installed
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

project = "tgproto"
author = copyright = "the authors of tgproto"  # noqa: A001
version = release = installed("tgproto")

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["README.md", "CHANGELOG.md", "docs/**.md", "conformance/**.md"]
exclude_patterns = [".*", "build", "dist", "bench", "examples", "tests", "tgdrivers", "tgproto"]
source_suffix = {".md": "markdown"}
templates_path = ["templates"]
suppress_warnings = ["myst.header"]  # a class has its methods below it, whatever the level

myst_heading_anchors = 4
myst_enable_extensions = ["strikethrough"]

html_theme = "furo"
html_title = "tgproto"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_additional_pages = {"index": "index.html"}
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_theme_options = {"top_of_page_buttons": []}
pygments_style = "friendly"
pygments_dark_style = "github-dark"

_HEADING = re.compile(r"## (.*)")
_ARROW = re.compile(r"(\w+) --> (\w+): (.*)")
_ENTRY = re.compile(r"[-*] .*?\[(.*?)\]\(([^)#:]+)\.md\)")


def add_navigation(_: Sphinx, name: str, source: list[str]) -> None:
    """Make the navigation of what the pages `index.md` list: what a reader sees there is what there is."""
    if posixpath.basename(name) != "index":
        return
    sections: dict[str, list[str]] = {"": []}
    for line in source[0].splitlines():
        if heading := _HEADING.fullmatch(line):
            sections[heading[1]] = []
        elif entry := _ENTRY.match(line):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), entry[2]))
            [*sections.values()][-1].append(f"{entry[1].replace('`', '')} </{target}>")
    for caption, targets in sections.items():
        if targets:
            head = ["```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else [])]
            source[0] += "\n\n" + "\n".join([*head, "", *targets, "```"])


def leave_folders(app: Sphinx, document: nodes.document) -> None:
    """Let links to folders of the repository be text: the site has no pages about them."""
    here = Path(app.env.doc2path(app.env.docname)).parent
    for link in list(document.findall(pending_xref)):
        if link["reftype"] == "myst" and (here / link["reftarget"]).is_dir():
            link.replace_self(link.children)


def write_diagrams_out(_: Sphinx, document: nodes.document) -> None:
    """Write the arrows of diagrams as lists: Mermaid would have to be loaded, and a phone is narrow."""
    for block in list(document.findall(nodes.literal_block)):
        if block.get("language") == "mermaid":
            arrows = nodes.bullet_list()
            for start, end, inputs in _ARROW.findall(block.astext()):
                words = [nodes.strong(text=start), nodes.Text(f" → {end}: {inputs}")]
                arrows += nodes.list_item("", nodes.paragraph("", "", *words))
            block.replace_self(arrows)


def setup(app: Sphinx) -> None:
    """Register what is above."""
    app.connect("source-read", add_navigation)
    app.connect("doctree-read", leave_folders)
    app.connect("doctree-read", write_diagrams_out)
