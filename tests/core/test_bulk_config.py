"""The options of a bulk client."""

from __future__ import annotations

import math

from tgproto.bulk.config import LONGEST, BulkOptions
from tgproto.rest.config import RestOptions


def test_the_options_of_an_import() -> None:
    options = BulkOptions(RestOptions("h"))
    config = options.sender_config(10, 5.0)
    assert (config.lag_frames, config.progress_timeout) == (10, 5.0)
    assert options.sender_config(0, 1e9).progress_timeout == LONGEST


def test_an_import_has_to_make_progress() -> None:
    options = BulkOptions(RestOptions("h"))
    assert options.reconnect.stable_after < math.inf
    assert options.import_reconnect.stable_after == math.inf
    assert options.import_reconnect.max_attempts == options.reconnect.max_attempts


def test_the_upgrade_is_an_answer() -> None:
    options = BulkOptions(RestOptions("h"))
    assert options.websocket_config(5.0).open_timeout == 5.0
    assert options.websocket_config(60.0) == options.websocket
