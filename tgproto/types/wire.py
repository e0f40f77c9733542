"""JSON as the typed layers use it: payloads into private shapes, exact values into request bodies."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

import msgspec

from tgproto import lenient
from tgproto.errors import DecodeError

Payload: TypeAlias = msgspec.Raw | bytes
"""The JSON text of the `response` member of one frame."""

Json: TypeAlias = bool | int | float | str | list[object] | dict[str, object] | None
"""A decoded JSON value; so are the elements of lists and dicts."""

W = TypeVar("W")


class Shape(Generic[W]):
    """Decodes payloads of one shape straight from their bytes.

    Members that the shape does not name are skipped.

    Args:
        kind: The `msgspec` type to build.
    """

    __slots__ = ("_decoder", "_kind")

    def __init__(self, kind: type[W]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)

    def decode(self, payload: Payload) -> W:
        """Decode one payload.

        What the strict and fast way refuses is tried again: `NaN`, `Infinity` and lone surrogates are let
        through, and so are numbers and booleans written as strings.

        Args:
            payload: JSON text.

        Returns:
            The value in its shape.

        Raises:
            DecodeError: The payload is no JSON, is nested too deeply, or has another shape. The message
                names the place as a JSON path.
        """
        try:
            return self._decoder.decode(payload)
        except RecursionError:
            raise DecodeError("the answer is nested too deeply") from None
        except ValueError:
            return self._decode_again(payload)

    def _decode_again(self, payload: Payload) -> W:
        try:
            return self.convert(lenient.loads(payload))
        except lenient.JSONRefused as error:
            raise DecodeError(f"the answer cannot be read: {error}") from None

    def convert(self, value: object, path: str = "$") -> W:
        """Take a value that is decoded already, as loosely as `decode` does.

        Args:
            value: A JSON value.
            path: Where it stands in the answer, as a JSON path.

        Returns:
            The value in its shape.

        Raises:
            DecodeError: It has another shape. The message names the place.
        """
        try:
            return msgspec.convert(value, self._kind, strict=False)
        except msgspec.ValidationError as error:
            what, _, place = str(error).partition(" - at `$")
            raise DecodeError(
                f"the answer is not of the documented shape: {what} - at `{path}{place.rstrip('`')}`"
            ) from None
        except UnicodeEncodeError:  # a name, a kind or base64 with a lone surrogate
            raise DecodeError(
                f"the answer is not of the documented shape: lone surrogate - at or below `{path}`"
            ) from None


def exact(text: object, what: str = "a text") -> str:
    """Return a string as a plain `str`: results are instances of subclasses, and encoders want none.

    Args:
        text: The string.
        what: What it is, for the error.

    Raises:
        TypeError: It is no string.
    """
    if not isinstance(text, str):
        raise TypeError(f"{what} must be a str, not {type(text).__name__}")
    return str.__str__(text)


def encode(value: object) -> bytes:
    """Encode a JSON value as UTF-8.

    Args:
        value: Made of dict, list, str, int, float, bool and None, of exactly these types.

    Returns:
        Compact JSON. A text with lone surrogates is written with escapes, as gateways do it.
    """
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return lenient.dumps(value)
