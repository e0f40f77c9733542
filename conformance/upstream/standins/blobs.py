"""The documents' contents: the object store."""
# The methods are those that upstream's service calls, by these names and parameters.
# ruff: noqa: ARG002, D102

import hashlib
import uuid


class MemoryBlobs:
    """Blobs by object, and the parts of uploads that are under way."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.blobs: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}

    async def add(self, object_id, blob, kind):
        self.blobs[str(object_id)] = bytes(blob)

    async def remove(self, object_id):
        self.blobs.pop(str(object_id), None)

    async def get(self, object_id):
        return self.blobs[str(object_id)]

    async def get_range(self, object_id, offset, length):
        return self.blobs[str(object_id)][offset : offset + length]

    async def get_size(self, object_id):
        return len(self.blobs[str(object_id)])

    async def create_multipart_upload(self, object_id, kind):
        upload_id = uuid.uuid4().hex
        self.parts[upload_id] = {}
        return upload_id

    async def upload_part(self, object_id, upload_id, part_number, data):
        self.parts[upload_id][part_number] = data
        return hashlib.sha256(data).hexdigest()

    async def complete_multipart_upload(self, object_id, upload_id, parts):
        received = self.parts.pop(upload_id)
        self.blobs[str(object_id)] = b"".join(received[number] for number, _ in parts)

    async def abort_multipart_upload(self, object_id, upload_id):
        self.parts.pop(upload_id, None)
