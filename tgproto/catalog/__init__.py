"""Every operation of the gateway, defined once: as data, blocking, and awaited."""

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.flow import AsyncFlow, FlowCalls, FlowOps, SyncFlow
from tgproto.catalog.options import CallOptions
from tgproto.catalog.reader import Reader
from tgproto.catalog.scopes import AsyncRunner, SyncRunner
from tgproto.catalog.streams import AsyncStream, Stream

__all__ = [
    "AsyncFlow",
    "AsyncRunner",
    "AsyncStream",
    "Call",
    "CallOptions",
    "FlowCalls",
    "FlowOps",
    "Reader",
    "Stream",
    "StreamCall",
    "SyncFlow",
    "SyncRunner",
]
