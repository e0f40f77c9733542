"""The scripted services of a flow, by the name under which the gateway knows them."""

from trustgraph.schema import ObjectsQueryRequest, ObjectsQueryResponse

from ... import fixed, llm
from . import agent, graph, rag, vectors

SERVICES = {
    "text-completion": llm.text_completion(),
    "prompt": llm.prompt({}),
    **rag.SERVICES,
    **agent.SERVICES,
    **graph.SERVICES,
    **vectors.SERVICES,
    **fixed.SERVICES,
    "objects": fixed.rows_query("objects", ObjectsQueryRequest, ObjectsQueryResponse),
}
