"""The published gateway, started by `make interop`; without it these tests say what is missing."""

import os

import pytest

URL, TOKEN, CONTROL = "TGPROTO_GATEWAY_URL", "TGPROTO_GATEWAY_TOKEN", "TGPROTO_GATEWAY_CONTROL"


def variable(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        pytest.fail(f"{name} is not set: run `make interop`, which starts the gateway")
    return value


@pytest.fixture
def url() -> str:
    return variable(URL)


@pytest.fixture
def token() -> str:
    return variable(TOKEN)


@pytest.fixture
def control() -> str:
    return variable(CONTROL)
