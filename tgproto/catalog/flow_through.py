"""A flow's services that the gateway knows nothing about, and lets through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation, stream_operation
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.through import LAST, ThroughReader
from tgproto.types.wire import Json


@dataclass(frozen=True)
class ThroughOps(FlowScope):
    """The pass-through services of a flow."""

    entries: ClassVar = {"thru/{name}": "thru"}

    @operation
    def thru(self, name: str, request: Mapping[str, object]) -> Call[dict[str, Json]]:
        """Ask a service of your own; gateways 2.8.7 and later.

        It works with `api.socket()` alone: over REST every gateway up to 2.11.1 refuses it, whoever asks
        (`gateway/endpoint/manager.py`).

        Args:
            name: Name of the service, as the flow's interfaces have it.
            request: What to send, untouched.

        Returns:
            The last frame of the answer, as the service sends it.

        Raises:
            ServiceError: The service failed, as far as its answer has an `error`.
            AccessDenied: It was asked over REST.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The name is empty.
        """
        return self._call(f"thru/{check.name_of('name', name)}", check.mapping("request", request), LAST)

    @stream_operation
    def thru_stream(
        self, name: str, request: Mapping[str, object]
    ) -> StreamCall[dict[str, Json], list[dict[str, Json]]]:
        """Ask a service of your own, and take its answer frame by frame; gateways 2.8.7 and later.

        Args:
            name: Name of the service, as the flow's interfaces have it.
            request: What to send, untouched.

        Returns:
            A stream of frames; its result is the list of them.

        Raises:
            ServiceError: The service failed, as far as its answer has an `error`.
            StreamingUnavailable: It was asked over REST.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The name is empty.
        """
        service = f"thru/{check.name_of('name', name)}"
        return self._streamed(service, check.mapping("request", request), ThroughReader)
