"""The members of a JSON object in a case, read one by one, with errors that say where it is wrong."""

from __future__ import annotations

from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
"""Any JSON value."""

JSONObject: TypeAlias = "dict[str, JSON]"


class CaseError(Exception):
    """A case does not say what a case must say. The message tells where."""


class Members:
    """Reads an object by the names of its members, and notices the ones nobody asked for.

    Each method takes the name of a member and returns its value; a member is read once.

    Args:
        members: The object.
        what: What it is, for error messages.

    Attributes:
        what: The same.
    """

    def __init__(self, members: JSONObject, what: str) -> None:
        self.what = what
        self._left = dict(members)

    def has(self, name: str) -> bool:
        """Whether there is such a member that was not read yet."""
        return name in self._left

    def value(self, name: str) -> JSON:
        """Read a member that must be there.

        Raises:
            CaseError: It is missing.
        """
        if name not in self._left:
            raise CaseError(f"{self.what}: {name} is missing")
        return self._left.pop(name)

    def text(self, name: str) -> str:
        """Read a string.

        Raises:
            CaseError: It is missing or is none.
        """
        value = self.value(name)
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        return value

    def optional_text(self, name: str) -> str | None:
        """Read a string, or None if there is no such member.

        Raises:
            CaseError: It is none.
        """
        return self.text(name) if self.has(name) else None

    def integer(self, name: str) -> int:
        """Read a whole number that is not negative.

        Raises:
            CaseError: It is missing or is none.
        """
        value = self.value(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(name, "a whole number, not negative")
        return value

    def optional_integer(self, name: str, default: int | None = None) -> int | None:
        """Read a whole number or null; `default` if there is no such member.

        Raises:
            CaseError: It is neither.
        """
        if not self.has(name):
            return default
        if self._left[name] is None:
            del self._left[name]
            return None
        return self.integer(name)

    def flag(self, name: str) -> bool:
        """Read true or false; false if there is no such member.

        Raises:
            CaseError: It is neither.
        """
        value = self._left.pop(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def object(self, name: str) -> JSONObject:
        """Read an object; an empty one if there is no such member.

        Raises:
            CaseError: It is none.
        """
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def values(self, name: str) -> list[JSON]:
        """Read an array.

        Raises:
            CaseError: It is missing or is none.
        """
        value = self.value(name)
        if not isinstance(value, list):
            raise self._wrong(name, "an array")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Read an array of strings.

        Raises:
            CaseError: It is missing or is none.
        """
        values = self.values(name)
        texts = tuple(value for value in values if isinstance(value, str))
        if len(texts) != len(values):
            raise self._wrong(name, "an array of strings")
        return texts

    def rest(self) -> JSONObject:
        """Read all other members."""
        rest, self._left = self._left, {}
        return rest

    def finish(self) -> None:
        """Say that everything was read.

        Raises:
            CaseError: There are members that nobody asked for.
        """
        if self._left:
            raise CaseError(f"{self.what}: unknown members {', '.join(sorted(self._left))}")

    def _wrong(self, name: str, kind: str) -> CaseError:
        return CaseError(f"{self.what}: {name} must be {kind}")


def from_hex(digits: JSON) -> bytes:
    """Return the bytes that hexadecimal digits stand for.

    Raises:
        CaseError: They are none.
    """
    try:
        return bytes.fromhex(str(digits))
    except ValueError:
        raise CaseError(f"{digits} are no hexadecimal digits") from None
