"""Waiting for something with a limit."""

import time
from collections.abc import Callable

INTERVAL = 0.1


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until a condition holds or the time is over.

    Args:
        condition: What is waited for; asked at least once.
        seconds: How long to wait at most, on top of what the last question takes.

    Returns:
        Whether the condition came to hold.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(INTERVAL)
    return True
