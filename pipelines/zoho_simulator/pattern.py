"""Rows that follow a pattern, so that half a million of them take no memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MAX_PERIOD = 2_000


@dataclass(frozen=True)
class Column:
    """The values of one field: entries of a pool in turn, or a text holding the row's number."""

    pool: Sequence[Any] = ()
    step: int = 1
    shift: int = 0
    template: str = ""

    def value(self, row: int) -> Any:
        """The value in a row."""
        if self.template:
            return self.template % row
        return self.pool[(row * self.step + self.shift) % len(self.pool)]


class Pattern:
    """The rows of a module that nobody has touched yet."""

    def __init__(self, columns: dict[str, Column]) -> None:
        self.columns = columns

    def values(self, row: int) -> dict[str, Any]:
        """All values of a row."""
        return {name: column.value(row) for name, column in self.columns.items()}

    def fragments(
        self, names: Sequence[str], *, encode: Callable[[str, Any], bytes]
    ) -> Callable[[int], bytes]:
        """Compiles some columns into a function that gives a row's JSON members at once.

        Columns whose pools repeat together are joined beforehand, so that a row of 40 fields is
        put together from a handful of pieces.

        Args:
            names: Columns of the pattern.
            encode: Gives the JSON member of a name and a value.
        """
        columns = [(name, self.columns[name]) for name in names]
        texts = [encode(name, column.template) for name, column in columns if column.template]
        pooled = {name: column for name, column in columns if not column.template}
        tables = [
            _join_columns({name: pooled[name] for name in group}, period, encode=encode)
            for period, group in _grouped(pooled)
        ]
        text, count = b",".join(texts), len(texts)

        def members(row: int) -> bytes:
            parts = [table[row % len(table)] for table in tables]
            if count:
                parts.append(text % ((row,) * count))
            return b",".join(parts)

        return members


def _grouped(columns: dict[str, Column]) -> list[tuple[int, list[str]]]:
    """Columns by a common period that is short enough to be written out."""
    groups: list[tuple[int, list[str]]] = []
    for name in sorted(columns, key=lambda name: len(columns[name].pool)):
        size = len(columns[name].pool)
        for index, (period, group) in enumerate(groups):
            if lcm(period, size) <= max(_MAX_PERIOD, size):
                groups[index] = (lcm(period, size), [*group, name])
                break
        else:
            groups.append((size, [name]))
    return groups


def _join_columns(
    columns: dict[str, Column], period: int, *, encode: Callable[[str, Any], bytes]
) -> list[bytes]:
    return [
        b",".join([encode(name, column.value(row)) for name, column in columns.items()])
        for row in range(period)
    ]
