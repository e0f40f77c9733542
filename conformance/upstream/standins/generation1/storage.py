"""The stores' part in creating and deleting collections: the librarian asks them all and waits for each."""

from trustgraph.schema import (
    StorageManagementRequest,
    StorageManagementResponse,
    object_storage_management_topic,
    storage_management_response_topic,
    triples_storage_management_topic,
    vector_storage_management_topic,
)

from .bus import Inbox, Outbox

# How many stores listen to each topic; two are for vectors.
STORES = {
    vector_storage_management_topic: 2,
    object_storage_management_topic: 1,
    triples_storage_management_topic: 1,
}


class Storage:
    """The stores that listen to one topic; they agree to everything and do nothing.

    Args:
        topic: A key of STORES.
    """

    def __init__(self, topic: str) -> None:
        self.stores = STORES[topic]
        self.inbox = Inbox(topic, StorageManagementRequest)
        self.outbox = Outbox(storage_management_response_topic, StorageManagementResponse)

    async def run(self) -> None:
        """Answer for ever."""
        async for _ in self.inbox:
            for _ in range(self.stores):
                self.outbox.send(StorageManagementResponse(error=None))
