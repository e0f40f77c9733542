"""The options of a REST client."""

from __future__ import annotations

from typing import Any

import pytest

from tgproto.errors import LocalProtocolError
from tgproto.rest.config import RestOptions
from tgproto.rest.manners import GATEWAY, Manners
from tgproto.secrets import Secret


def test_the_defaults() -> None:
    options = RestOptions("h:8088")
    assert (options.path, options.token, options.dialect) == ("/", Secret(""), None)
    assert (options.progress_timeout, options.manners) == (None, GATEWAY)
    assert options.idle_timeout < 75  # or else requests meet connections that are being closed


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_connections": 0},
        {"max_queued": 0},
        {"stream_window": 0},
        {"connect_timeout": 0.0},
        {"idle_timeout": -1.0},
        {"auth_timeout": 0.0},
        {"progress_timeout": 0.0},
        {"progress_timeout": -1.0},
        {"path": ""},
        {"path": "/a"},
        {"path": "a/"},
    ],
)
def test_impossible_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RestOptions("h", **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "a b"},
        {"host": "h", "path": "/ä/"},
        {"host": "h", "manners": Manners(headers=(("X Y", "z"),))},
        {"host": "h", "manners": Manners(headers=(("X-Y", "a\nb"),))},
        {"host": "h", "manners": Manners(token_header="X Y"), "token": Secret("t")},
        {"host": "h", "manners": Manners(token_header="X Y")},
    ],
)
def test_what_http_does_not_allow_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalProtocolError):
        RestOptions(**wrong)


def test_the_token_is_not_shown() -> None:
    assert "tg_x" not in repr(RestOptions("h", token=Secret("tg_x")))


def test_there_need_be_no_token_yet_if_there_will_be_one() -> None:
    options = RestOptions("h", token=None, renewable=True)
    assert options.secret == Secret("")
    with pytest.raises(ValueError, match="renewable"):
        RestOptions("h", token=None)


def test_a_limit_of_progress_may_be_any_time() -> None:
    assert RestOptions("h", progress_timeout=0.001).progress_timeout == 0.001
