"""The items of some files, one after the other, and where each came from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from tgdrivers.item_files.compression import reading
from tgdrivers.item_files.formats import FORMATS, Wanted
from tgdrivers.item_files.layout import Layout


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item is.

    Attributes:
        file: Path of its file.
        number: Number of its line or row there, from 1.
        unit: What is counted.
    """

    file: str
    number: int
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.file}, {self.unit} {self.number}"


class Items:
    """The items of files, read as they are asked for. Can be gone through once.

    Args:
        wanted: What they are.
        files: Paths, and what is there.
        skip: How many items to leave out at the beginning; unreadable ones count.
        memory: Of how many items the place is known.

    Attributes:
        taken: How many were asked for, or left out.
        stopped: Whether it was ended by `stop`.
    """

    def __init__(self, wanted: Wanted, files: Sequence[tuple[str, Layout]], skip: int, memory: int) -> None:
        self.taken = 0
        self.stopped = False
        self._busy = False  # whether it waits for its next item
        self._wanted = wanted
        self._files = files
        self._skip = skip
        self._places: deque[Place] = deque(maxlen=memory)

    def __iter__(self) -> Iterator[object]:
        """Read on. Raises what `reading` does, and `UnreadableFile` if a file is not what it should be."""
        items = islice(self._read(), self._skip, None)
        while not self.stopped:
            try:
                self._busy = True
                item = next(items)
            except StopIteration:
                return
            except KeyboardInterrupt:
                if self.stopped:
                    return
                raise
            finally:
                self._busy = False
            yield item

    def stop(self) -> bool:
        """End it where it is, so that an import comes to an orderly end. To be called by a signal's handler.

        Returns:
            Whether that is possible: the first item was read, and this is the first time.

        Raises:
            KeyboardInterrupt: It waits for its next item, and catches this itself.
        """
        if self.stopped or not self.taken:
            return False
        self.stopped = True
        if self._busy:
            raise KeyboardInterrupt
        return True

    def _read(self) -> Iterator[object]:
        for path, layout in self._files:
            known = FORMATS[layout.format]
            with (
                reading(path, layout.compression) as file,
                closing(known.read(file, self._wanted)) as found,
            ):
                for number, item in found:
                    self._places.append(Place(path, number, known.unit))
                    self.taken += 1
                    yield item

    def place(self, position: int) -> Place:
        """Return where one of the last items is.

        Args:
            position: Which one of all, counted from 0.
        """
        return self._places[position - self.taken]
