"""Answer the requests of one scripted kind, however they arrive."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from .records import Place, Records
from .script import Script, ScriptedFailure, ScriptedSilence
from .scripted import Context, Scripted

log = logging.getLogger(__name__)

Send = Callable[[Any], Awaitable[None]]


class Server:
    """One scripted service.

    Each request is served in a task of its own, so that the only limits of concurrency seen from outside are
    the gateway's.

    Args:
        kind: The service's name.
        scripted: What it answers.
        records: Takes what is seen.
    """

    def __init__(self, kind: str, scripted: Scripted, records: Records) -> None:
        self.kind = kind
        self.scripted = scripted
        self.records = records
        self.tasks: set[asyncio.Task[None]] = set()

    def take(self, request: Any, place: Place, ident: str | None, send: Send) -> None:
        """Begin to answer a request.

        Args:
            request: The request.
            place: Where it was sent to.
            ident: The gateway's name for it.
            send: Sends a response to it.
        """
        task = asyncio.create_task(self._serve(request, place, ident, send))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(self, request: Any, place: Place, ident: str | None, send: Send) -> None:
        self.records.request_began(self.kind, place, ident, request)
        try:
            script = Script(self.scripted.text(request) or "")
            response = None
            async for response in self.scripted.answer(request, Context(script, place, self.records)):
                await send(response)
            if script.dup:
                await send(response)
        except ScriptedFailure as failure:
            await send(self.scripted.failure(request, str(failure)))
        except ScriptedSilence:
            pass
        except Exception:
            log.exception("%s failed", self.kind)
        finally:
            self.records.request_ended(self.kind)
