"""Which related lists modules have, and which of them Zoho refuses for deleted records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zoho_crm.capture_plan import KnownList
from zoho_crm.decoding import decode

from .evidence_tables import CAPTURES
from .existing import read_columns
from .statements import quote, select

if TYPE_CHECKING:
    from datetime import datetime

    from .statements import Client

RELATED_LISTS: Final = "related_lists"
_LISTS: Final = """
SELECT l.module, l.api_name, l.{kind}, CAST(l.child_modules AS text), l.is_readable, l.reason
FROM {lists} l
JOIN (SELECT module, max(read_at) AS read_at FROM {lists} GROUP BY module) newest
    ON newest.module = l.module AND newest.read_at = l.read_at
ORDER BY l.module, l.api_name
"""
_REFUSED: Final = """
SELECT parent_module, related_list, code, reason FROM (
    SELECT c.*, row_number() OVER (
        PARTITION BY parent_module, related_list ORDER BY chain_no DESC) AS place
    FROM {captures} c
    WHERE related_list IS NOT NULL AND code IS NOT NULL AND outcome = 'refused'
        AND captured_at >= %s
) newest
WHERE place = 1
    AND NOT EXISTS (
        SELECT 1 FROM {captures} o
        WHERE o.parent_module = newest.parent_module AND o.related_list = newest.related_list
            AND o.outcome IN ('rows', 'none', 'truncated') AND o.chain_no > newest.chain_no)
"""


def has_lists(client: Client) -> bool:
    """Whether related lists have been read into this dataset."""
    return RELATED_LISTS in read_columns(client)


def read_known_lists(client: Client) -> list[KnownList]:
    """Gives the lists of every module as they were when last read."""
    sql = _LISTS.format(
        lists=client.make_qualified_table_name(RELATED_LISTS), kind=quote(client, "class")
    )
    return [
        KnownList(module, name, kind, _only(children), None if is_readable else reason)
        for module, name, kind, children, is_readable, reason in select(client, sql)
    ]


def read_refused_lists(
    client: Client, *, since: datetime
) -> dict[tuple[str, str], tuple[str | None, str]]:
    """Gives code and reason of the lists refused since a time and given to nobody after that.

    Args:
        client: An open client of a dataset with tables of evidence.
        since: How far to look back.
    """
    sql = _REFUSED.format(captures=client.make_qualified_table_name(CAPTURES))
    return {(row[0], row[1]): (row[2], row[3]) for row in select(client, sql, since)}


def _only(children: str | None) -> str | None:
    """The one module that a list's rows belong to; None where there are several."""
    names = decode(children.encode()).value if children else []
    return str(names[0]) if len(names) == 1 else None
