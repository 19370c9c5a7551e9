"""What the destination `delink` does with one batch of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from dlt.common.destination.exceptions import (
    DestinationTerminalException,
    DestinationTransientException,
)

from .delink_calls import remove_relations
from .delink_rows import distinct, read_rows, refusal_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from zoho_crm.client import ZohoClient

    from .delink_calls import Recorder
    from .delink_replies import Result
    from .delink_rows import RelationRow

_NAMED: Final = 5
"""Rows that a sentence names."""


class DelinkRefusedError(DestinationTerminalException):
    """Rows name what can't be removed, or Zoho refused some: the message names them."""


class DelinkUnavailableError(DestinationTransientException):
    """Zoho could not be asked; what is left is safe to try again."""


class Tally:
    """Keeps the results of a batch."""

    def __init__(self) -> None:
        """Starts with none."""
        self.results: list[Result] = []

    def intend(self, rows: Sequence[RelationRow]) -> None:
        """Nothing to keep: dlt repeats a batch that did not end, which changes nothing."""

    def withdraw(self, rows: Sequence[RelationRow]) -> None:
        """Nothing was kept."""

    def finish(self, results: Sequence[Result]) -> None:
        """Keeps them."""
        self.results += results

    def raise_failures(self) -> None:
        """Ends the batch.

        Raises:
            DelinkRefusedError: Zoho refused a row; all others were removed.
        """
        failed = [result for result in self.results if result.state == "failed"]
        if failed:
            names = name_rows([(f"{r.row} ({r.code})", r.sentence) for r in failed])
            raise DelinkRefusedError(
                f"{len(failed)} of {len(self.results)} relations could not be removed: {names}"
            )


def remove_batch(
    client: ZohoClient,
    items: Any,
    recorder: Recorder,
    may_have_run: Collection[RelationRow] = (),
) -> None:
    """Removes what a batch of dlt's names.

    Args:
        client: The client.
        items: Rows, as the destination gets them.
        recorder: Hears of what is done.
        may_have_run: Rows whose calls may have been made by a process that was killed.

    Raises:
        DelinkRefusedError: A row names what can't be removed; no call was made.
        ZohoCrmError: The rows can't be read, or Zoho could not be asked.
    """
    # Rows that came as Arrow stay Arrow on their way through dlt.
    raw = items.to_pylist() if isinstance(items, pa.RecordBatch | pa.Table) else items
    rows = distinct(read_rows(raw))
    refused = [(str(row), why) for row in rows if (why := refusal_of(row))]
    if refused:
        raise DelinkRefusedError(
            f"Nothing of this batch was removed, because {len(refused)} of {len(rows)} rows can't "
            f"be: {name_rows(refused)}"
        )
    remove_relations(client, rows, recorder, may_have_run=may_have_run)


def name_rows(rows: Sequence[tuple[str, str]]) -> str:
    """Names the first few rows and why."""
    named = " ".join(f"{row}: {why}" for row, why in rows[:_NAMED])
    more = len(rows) - _NAMED
    return f"{named} And {more} more." if more > 0 else named
