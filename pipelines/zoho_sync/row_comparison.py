"""Rows that belong to records: after the load, those of every record that moved are compared.

A removed line or link moves nothing but its record's `Modified_Time`. So each such record is read
alone, with its rows; where many have moved, the module of the rows is walked instead.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zoho_crm import settings
from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.parent_records import ParentReading, read_parents
from zoho_destinations.child_rows import fill_parent_ids, holds_other_loads
from zoho_destinations.empty_tables import create_empty_tables
from zoho_destinations.existing import read_columns
from zoho_destinations.indexes import index_column
from zoho_destinations.opening import open_dataset
from zoho_destinations.reopened_row_sets import (
    open_outpaced,
    open_restored,
    open_with_hidden_rows,
)
from zoho_destinations.row_sets import (
    count_pending,
    create_row_sets,
    forget_relation,
    keep_all_compared,
    keep_empty,
    read_pending,
)

from .row_readings import settle_readings
from .row_relations import find_relations
from .row_walk import should_walk, walk_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client

    from .packages import PackageLoop
    from .row_relations import RowRelation

_PARENTS_A_PACKAGE = 500
"""Records read alone before what they told is loaded: what a kill costs at the most."""
_SETTLE = timedelta(seconds=settings.SLICE_SETTLE_S)


def compare_rows(
    loop: PackageLoop,
    session: ReadSession,
    metadata: Metadata,
    schemas: Mapping[str, TableSchema],
) -> list[TableSchema]:
    """Brings the rows of all records that moved in line with Zoho.

    Args:
        loop: Has loaded what the run has read.
        session: The run's client, bounds and outcomes.
        metadata: The organisation's modules and fields.
        schemas: The tables of all modules.

    Returns:
        The tables that no module's metadata describes.
    """
    groups = find_relations(session, metadata, schemas)
    if groups:
        with open_dataset(loop.pipeline) as client:
            create_row_sets(client)
    for relations in groups:
        _Comparison(loop, session, relations).run()
    return [r.child for relations in groups for r in relations if not r.child.slices]


class _Comparison:
    """The records of one module, with all their row sets."""

    def __init__(
        self, loop: PackageLoop, session: ReadSession, relations: Sequence[RowRelation]
    ) -> None:
        self._loop = loop
        self._session = session
        self._parent = relations[0].parent
        self._relations = relations

    def run(self) -> None:
        with open_dataset(self._loop.pipeline) as client:
            if self._parent.table_name not in read_columns(client):
                return
            pending = [r for r in self._relations if self._prepare(client, r)]
        error = None
        try:
            self._compare(pending)
        except ZohoCrmError as raised:
            error = raised
        for relation in self._relations:
            _end(relation, error if relation in pending else None)

    def _prepare(self, client: Client, relation: RowRelation) -> bool:
        """Gets the tables ready, and tells whether any record is pending."""
        tables, table = relation.tables, relation.child.table_name
        if relation.source_column is not None:
            fill_parent_ids(client, table, relation.source_column)
        index_column(client, table, tables.child_column)
        if not relation.is_readable:
            if table not in read_columns(client):
                forget_relation(client, tables)
            create_empty_tables(client, [relation.child])
        open_restored(client, tables, self._loop.load_ids)
        if not relation.row_set.is_link:  # rows of a subform move their record, and go with it
            open_with_hidden_rows(client, tables)
            open_outpaced(client, tables, self._loop.load_ids)
        pending, _ = count_pending(client, tables)
        if pending and relation.is_readable and self._session.now is not None:
            self._keep_what_is_known(client, relation, self._session.now)
            pending, _ = count_pending(client, tables)
        return pending > 0

    def _keep_what_is_known(self, client: Client, relation: RowRelation, now: datetime) -> None:
        """Notes the records whose rows are as in Zoho without any further call."""
        tables = relation.tables
        if self._was_read_whole(client, relation):
            keep_all_compared(client, tables, compared_at=now, before=now - _SETTLE)
            open_outpaced(client, tables, self._loop.load_ids)
        outcome = self._session.outcomes[relation.row_set.child]
        if outcome.outcome == "done":
            keep_empty(client, tables, compared_at=now, since=outcome.anchor_before)

    def _was_read_whole(self, client: Client, relation: RowRelation) -> bool:
        """The rows' table holds what this run has read, from the first row to the last."""
        outcome = self._session.outcomes.get(relation.row_set.child)
        return (
            outcome is not None
            and outcome.outcome == "done"
            and outcome.is_started
            and outcome.anchor_before is None
            and not holds_other_loads(client, relation.child.table_name, self._loop.load_ids)
        )

    def _compare(self, relations: Sequence[RowRelation]) -> None:
        for relation in relations:
            relation.outcome.starts_at(None)
            with open_dataset(self._loop.pipeline) as client:
                is_worth_it = should_walk(client, relation)
            if is_worth_it:
                walk_rows(self._loop, relation)
        cut = self._read_alone(relations) if relations else set()
        for relation in relations:
            if relation.row_set.field in cut and relation.is_readable and not relation.is_walked:
                walk_rows(self._loop, relation)

    def _read_alone(self, relations: Sequence[RowRelation]) -> set[str]:
        """Reads pending records one by one; gives the fields of which some did not show all."""
        after, cut = "", set[str]()
        while True:
            with open_dataset(self._loop.pipeline) as client:
                tables = [relation.tables for relation in relations]
                known = dict(read_pending(client, tables, after=after, limit=_PARENTS_A_PACKAGE))
            if not known:
                break
            readings, error = self._read(list(known), relations)
            if readings and not settle_readings(self._loop, relations, readings, known=known):
                _fail(relations, self._loop.set_aside[-1].sentence)
                return set()
            for reading in readings:
                cut |= reading.cut
                _note_reading(relations, reading)
            if error is not None:
                raise error
            after = list(known)[-1]
        return cut

    def _read(
        self, ids: Sequence[str], relations: Sequence[RowRelation]
    ) -> tuple[list[ParentReading], ZohoCrmError | None]:
        """What could be read, and the error that ended it."""
        readings: list[ParentReading] = []
        fields = [relation.row_set.field for relation in relations]
        try:
            for reading in read_parents(
                self._session.client,
                self._parent.module,
                ids,
                fields=fields,
                resource=relations[0].row_set.resource,
            ):
                readings.append(reading)
        except ZohoCrmError as error:
            return readings, error
        return readings, None


def _note_reading(relations: Sequence[RowRelation], reading: ParentReading) -> None:
    for relation in relations:
        relation.outcome.pages += 1
        name = relation.row_set.field
        if reading.record is not None and name not in reading.rows:
            relation.outcome.note(f"Zoho does not show {name} of some records: rows are left.")
        if name in reading.cut and not relation.is_readable:
            relation.outcome.end("partial")
            relation.outcome.reason = (
                f"{relation.row_set.resource}: some records have more rows than one call shows, "
                f"and Zoho does not offer {relation.row_set.child}: the others are missing."
            )


def _fail(relations: Sequence[RowRelation], sentence: str) -> None:
    for relation in relations:
        relation.outcome.end("failed")
        relation.outcome.reason = sentence


def _end(relation: RowRelation, error: ZohoCrmError | None) -> None:
    session, row_set = relation.session, relation.row_set
    is_at_work = row_set.resource in session.outcomes
    if error is not None:
        relation.outcome.end_by(error)
    elif is_at_work and relation.outcome.outcome == "reading":
        relation.outcome.end("done")
    rows = session.outcomes.get(row_set.child)
    if error is None and not relation.is_readable and rows is not None:
        refusal = rows.reason or "Zoho does not offer the module."
        rows.note(f"Its rows come with the records of {row_set.parent}: {refusal}")
        rows.end("done")
