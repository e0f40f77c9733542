"""What both smoke tests use: checks that go on after a failure, and a bare request socket."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import requests
from websockets.sync.client import ClientConnection

SILENCE = 1.0  # seconds without an answer that count as none

Frame = dict[str, Any]

_failed: list[str] = []


def setting(name: str) -> str:
    """A variable that `gateway.py run` sets.

    Raises:
        SystemExit: It is not set.
    """
    if name not in os.environ:
        raise SystemExit(f"{name} is not set: start this by 'gateway.py run -- ...', see README.md")
    return os.environ[name]


def expect(name: str, holds: bool, detail: object = "") -> None:
    """Say whether a check holds; the detail is printed when it does not."""
    print(f"ok    {name}" if holds else f"FAIL  {name}: {detail}", flush=True)
    if not holds:
        _failed.append(name)


def run(groups: Iterable[Callable[[], None]]) -> int:
    """Run groups of checks; one that breaks down counts as failed.

    Returns:
        The exit status.
    """
    for group in groups:
        try:
            group()
        except Exception as error:  # noqa: BLE001 - a broken check must not hide the others
            expect(group.__name__, False, f"{type(error).__name__}: {error}")
    print(f"{len(_failed)} failed: {', '.join(_failed)}" if _failed else "all passed")
    return bool(_failed)


class Socket:
    """A request socket.

    Args:
        connection: What it uses.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, frame: Frame) -> None:
        """Send a frame."""
        self.connection.send(json.dumps(frame))

    def receive(self, patience: float = 10.0) -> Frame | None:
        """Take the next frame; None when there is none in time."""
        try:
            return json.loads(self.connection.recv(timeout=patience))
        except TimeoutError:
            return None

    def exchange(self, frame: Frame) -> Frame:
        """Send a frame and take the next one."""
        self.send(frame)
        return self.receive() or {}

    def ask(self, service: str, body: Frame, flow: str = "default", ident: str = "1") -> None:
        """Send a request."""
        self.send({"id": ident, "service": service, "flow": flow, "request": body})

    def answers(self, service: str, body: Frame, flow: str = "default") -> list[Frame]:
        """Send a request and take its frames up to the complete one, or to silence."""
        self.ask(service, body, flow)
        return list(self._until_complete())

    def _until_complete(self) -> Iterator[Frame]:
        while frame := self.receive(SILENCE):
            yield frame
            if frame.get("complete"):
                return


def imported(control: str, kind: str, collection: str, items: int) -> list[Frame]:
    """Wait until a sink has got so many items of a collection, or for some time.

    Returns:
        The messages that it has.
    """
    sink = f"{control}/sink/{kind}?collection={collection}"
    deadline = time.monotonic() + 20
    while requests.get(sink).json()["items"] < items and time.monotonic() < deadline:
        time.sleep(0.1)
    return [record["message"] for record in requests.get(f"{sink}&items=1").json()["records"]]
