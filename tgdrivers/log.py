"""The log: what happened to connections."""

from __future__ import annotations

import logging

from tgproto.driven import Lost, Notice

logger = logging.getLogger("tgdrivers")


def log(notice: Notice) -> None:
    """Write down what happened to a connection. No text that is logged has a token in it."""
    logger.log(logging.INFO if isinstance(notice, Lost) else logging.DEBUG, "%s", notice)
