"""The scripted services of a flow, by the name under which the gateway knows them."""

from . import agent, fixed, graph, llm, rag, vectors

SERVICES = {
    **llm.SERVICES,
    **rag.SERVICES,
    **agent.SERVICES,
    **graph.SERVICES,
    **vectors.SERVICES,
    **fixed.SERVICES,
}
