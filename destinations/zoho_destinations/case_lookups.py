"""What is in the bin with a deleted record and points to it: Zoho's lists leave that out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from zoho_crm.names import part_name

from .existing import read_columns
from .live_views import FLAG
from .statements import quote, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .case_files import CaseFile
    from .statements import Client

_LOOKUPS: Final = """
SELECT DISTINCT module, table_name, column_name, lookup_module FROM {fields}
WHERE lookup_module IS NOT NULL AND column_name IS NOT NULL AND table_name IS NOT NULL
    AND removed_at IS NULL
ORDER BY module, column_name
"""


class Lookups:
    """The lookups of all module tables."""

    def __init__(self, client: Client) -> None:
        """Looks at the dataset's columns."""
        self._client = client
        self._there = read_columns(client)

    def add_to(self, cases: Sequence[CaseFile]) -> None:
        """Counts for each case what is in the bin with it, by module."""
        gone = [case for case in cases if case.state != "restored"]
        by_id = {case.id: case for case in gone}
        wanted = {case.module for case in gone}
        met: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for module, table, column, target in self._lookups():
            if target in wanted:
                for parent_id, child_id in self._in_bin(table, column):
                    if parent_id in by_id:
                        met[parent_id, module].add(child_id)
        for (parent_id, module), children in sorted(met.items()):
            by_id[parent_id].also_in_bin[module] = len(children)

    def _lookups(self) -> Iterator[tuple[str, str, str, str]]:
        if "fields" not in self._there:
            return
        sql = _LOOKUPS.format(fields=self._client.make_qualified_table_name("fields"))
        for module, table, base, target in select(self._client, sql):
            column = part_name(base, "id")
            if {column, FLAG} <= self._there.get(table, {}).keys():
                yield module, table, column, target

    def _in_bin(self, table: str, column: str) -> list[tuple[str, str]]:
        pointing = quote(self._client, column)
        rows = select(
            self._client,
            f"SELECT {pointing}, id FROM {self._client.make_qualified_table_name(table)}"
            f" WHERE {FLAG} = 'recycle' AND {pointing} IS NOT NULL",
        )
        return [(str(row[0]), str(row[1])) for row in rows]
