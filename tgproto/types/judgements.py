"""What services return that judge, classify, or extract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tgproto.types.record import Record
from tgproto.types.results import TextResult
from tgproto.types.wire import Json


class ImageDescription(TextResult):
    """What a model sees in an image."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Classification(Record):
    """The class of a text. `str(classification)` is the label.

    Attributes:
        label: Name of the class.
        confidence: How sure the model is, 0 to 1.
        payload: JSON text of the answer.
    """

    label: str
    confidence: float = 0.0
    payload: bytes = field(default=b"{}", repr=False, compare=False)

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class ClozeModel(Record):
    """A model that classifies texts.

    Attributes:
        name: Its name.
        state: `ready` or `training`.
        labels: The classes that it knows.
        accuracy: Share of the test set that it gets right, 0 to 1; None if it was not tested.
        train_size: Number of texts that it was trained with, or None.
        test_size: Number of texts that it was tested with, or None.
        payload: JSON text of the record.
    """

    name: str
    state: str = ""
    labels: tuple[str, ...] = ()
    accuracy: float | None = None
    train_size: int | None = None
    test_size: int | None = None
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Answers(Record):
    """Answers to several questions.

    Attributes:
        answers: By name of the question, in the form that it asks for.
        model: Name of the model, possibly empty.
        payload: JSON text of the answer.
    """

    answers: Mapping[str, Json]
    model: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ModelInfo(Record):
    """A language model that a flow can use. Subscription reaches what else the provider says.

    Attributes:
        id: Its id.
        name: What people call it; empty if not told.
        context_length: Tokens that it can take in, or None.
        max_output_length: Tokens that it can write, or None.
        payload: JSON text of the record.
    """

    id: str
    name: str = ""
    context_length: int | None = None
    max_output_length: int | None = None
    payload: bytes = field(default=b"{}", repr=False, compare=False)
