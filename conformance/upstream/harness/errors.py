"""The one error that the harness reports to its user."""


class HarnessError(Exception):
    """Something is missing or did not come up; the text is one line and says what to try."""
