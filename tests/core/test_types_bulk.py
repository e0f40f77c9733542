"""Items, batches, results."""

from __future__ import annotations

from tgproto.types.bulk import Batch, BulkMetadata, DocumentEmbedding, ImportResult


def test_a_batch_is_a_list_with_metadata() -> None:
    metadata = BulkMetadata("d", collection="c")
    batch = Batch([1, 2], metadata)
    assert batch == [1, 2]
    assert batch.metadata is metadata
    assert Batch().metadata == BulkMetadata("", "", "default", None)


def test_what_is_not_confirmed() -> None:
    assert ImportResult(sent=5, confirmed=3).unconfirmed == 2


def test_attributes_are_not_shared() -> None:
    assert DocumentEmbedding("a", [1.0]).attributes is not DocumentEmbedding("b", [1.0]).attributes
