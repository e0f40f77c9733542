"""What writes `docs/reference/`: facts from the code and its docstrings, as Markdown."""
