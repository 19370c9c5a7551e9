"""A table in parts, so that a join holds no more of it in memory than one part.

DuckDB holds one side of a join whole. Postgres has memory of its own, and indexes: there all of a
table is one part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .statements import is_postgres

if TYPE_CHECKING:
    from .statements import Client

ROWS_A_PART: Final = 50_000


@dataclass(frozen=True, slots=True)
class Part:
    """Rows whose key has one of so many remainders."""

    number: int
    of: int

    def has(self, column: str) -> str:
        """Writes the condition that a row is in it, by the column that is joined on."""
        if self.of == 1:
            return "true"
        return f"mod(hash({column}), {self.of}) = {self.number}"


def parts_of(client: Client, rows: int) -> list[Part]:
    """Gives as many parts as a table of so many rows needs, in order."""
    of = 1 if is_postgres(client) else 1 + rows // ROWS_A_PART
    return [Part(number, of) for number in range(of)]
