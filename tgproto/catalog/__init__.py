"""Every operation of the gateway, defined once: as data, blocking, and awaited."""

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.doors import AsyncSocket, SyncSocket
from tgproto.catalog.flow import AsyncFlow, FlowCalls, FlowOps, SyncFlow
from tgproto.catalog.flows import AsyncFlows, FlowsCalls, FlowsOps, SyncFlows
from tgproto.catalog.iam import whoami
from tgproto.catalog.options import CallOptions
from tgproto.catalog.reader import Reader
from tgproto.catalog.scopes import AsyncRunner, SyncRunner
from tgproto.catalog.steps import Steps
from tgproto.catalog.streams import AsyncStream, Stream

__all__ = [
    "AsyncFlow",
    "AsyncFlows",
    "AsyncRunner",
    "AsyncSocket",
    "AsyncStream",
    "Call",
    "CallOptions",
    "FlowCalls",
    "FlowOps",
    "FlowsCalls",
    "FlowsOps",
    "Reader",
    "Steps",
    "Stream",
    "StreamCall",
    "SyncFlow",
    "SyncFlows",
    "SyncRunner",
    "SyncSocket",
    "whoami",
]
