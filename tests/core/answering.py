"""Asks the services of the embedded gateways, and looks at their answers frame by frame."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.generation1.bodies import USER
from tgproto.gateway.generation1.bodies import Service as Service1
from tgproto.gateway.generation2.bodies import Scene, Service
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.steps import Failure, Frame, Step
from tgproto.session.events import Payload

DEMO = Scene(demo_graphs(), "default")
DEMO1 = demo_graphs(USER)


def as_payload(body: object) -> Payload:
    return Payload(body if isinstance(body, bytes) else json.dumps(body).encode())


def steps(service: Service, body: object, scene: Scene = DEMO) -> list[Step]:
    return list(service(as_payload(body), scene))


def payloads(service: Service, body: object, scene: Scene = DEMO) -> list[dict[str, object]]:
    return frames(service(as_payload(body), scene))


def only(service: Service, body: object, scene: Scene = DEMO) -> dict[str, object]:
    """Return the payload of an answer of one frame."""
    [payload] = payloads(service, body, scene)
    return payload


def complaint(service: Service, body: object, scene: Scene = DEMO) -> str:
    """Return what the gateway says about a request that it cannot translate."""
    kind, message = failure(service(as_payload(body), scene))
    assert kind == "gateway-error"
    return message


def only1(service: Service1[GraphStore], body: object, graphs: GraphStore = DEMO1) -> dict[str, object]:
    [payload] = frames(service(as_payload(body), graphs))
    return payload


def error1(service: Service1[GraphStore], body: object, graphs: GraphStore = DEMO1) -> tuple[str, str]:
    return failure(service(as_payload(body), graphs))


def frames(answer: Iterator[Step]) -> list[dict[str, object]]:
    """Return the payloads, after checking that the last one alone is final."""
    found = [step for step in answer if isinstance(step, Frame)]
    assert [frame.final for frame in found] == [False] * (len(found) - 1) + [True]
    return [json.loads(frame.payload) for frame in found]


def failure(answer: Iterator[Step]) -> tuple[str, str]:
    """Return type and message of an error that is all there is."""
    *_, last = answer
    assert isinstance(last, Failure)
    assert (last.final, last.beside) == (True, {})
    return last.error.type, last.error.message


def error(kind: str, message: str = "scripted failure after 0 chunks") -> Mapping[str, object]:
    """Return an error as a frame of 2.x has it."""
    return {"type": kind, "message": message}
