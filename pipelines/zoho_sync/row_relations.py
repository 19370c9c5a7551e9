"""Which row sets a run has to look after: their tables, and whether the rows' module answers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from zoho_crm.metadata import is_candidate
from zoho_crm.names import PARENT_ID, part_name
from zoho_crm.row_sets import find_row_sets
from zoho_crm.row_tables import undescribed_schema
from zoho_destinations.child_rows import Relation
from zoho_destinations.deletion_flags import Parent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata
    from zoho_crm.outcomes import ResourceOutcome
    from zoho_crm.row_sets import RowSet
    from zoho_crm.session import ReadSession

_REFUSED = "skipped"
_WAITS = frozenset({"reading", "more", "limit", "stopped", "failed"})
"""Outcomes of a module of rows that is not read to its end yet: the next run compares."""


@dataclass(slots=True)
class RowRelation:
    """One row set in one run."""

    row_set: RowSet
    parent: TableSchema
    child: TableSchema
    is_readable: bool
    """The rows' module answers; otherwise they come within their parents only."""
    session: ReadSession
    is_walked: bool = False
    """All its rows were looked through in this run."""

    @property
    def tables(self) -> Relation:
        """The tables at both ends."""
        columns = self.child.columns
        has_own = any(
            c.name == PARENT_ID and c.api_name == self.row_set.child_field for c in columns
        )
        column = PARENT_ID if has_own else _back_column(self.child, self.row_set)
        return Relation(self.row_set.name, self.parent.table_name, self.child.table_name, column)

    @property
    def source_column(self) -> str | None:
        """The column whose values `parent_id` repeats, where the table has both."""
        name = _back_column(self.child, self.row_set)
        return name if self.tables.child_column != name else None

    @property
    def outcome(self) -> ResourceOutcome:
        """What became of it in this run; made when first asked for."""
        return self.session.outcome_of(self.row_set.resource, "")

    @property
    def rows_outcome(self) -> ResourceOutcome:
        """Where its rows are counted: the module's own outcome, if it has one."""
        return self.session.outcomes.get(self.row_set.child, self.outcome)


def subform_parents(metadata: Metadata, schemas: Mapping[str, TableSchema]) -> dict[str, Parent]:
    """By table of subform rows, where the records are that they belong to; links stand alone."""
    parents: dict[str, Parent] = {}
    for row_set in find_row_sets(metadata.modules, metadata.fields):
        parent = schemas.get(row_set.parent)
        child = schemas.get(row_set.child) or schemas.get(row_set.name)
        if parent is not None and child is not None and not row_set.is_link:
            column = _back_column(child, row_set)
            parents.setdefault(child.table_name, Parent(parent.table_name, column))
    return parents


def _back_column(child: TableSchema, row_set: RowSet) -> str:
    """The column with the parent's id, filled in every row whenever it was loaded."""
    if not child.slices:
        return PARENT_ID
    names = (c.base_name for c in child.columns if c.api_name == row_set.child_field)
    return part_name(next(names, PARENT_ID), "id")


def find_relations(
    session: ReadSession, metadata: Metadata, schemas: Mapping[str, TableSchema]
) -> list[list[RowRelation]]:
    """The row sets of this run, those of one parents' module together.

    Left out are those whose parents or rows were not selected, and those whose rows' module was
    not read to its end: their records stay pending.
    """
    found = [
        relation
        for row_set in find_row_sets(metadata.modules, metadata.fields)
        if (relation := _relation_of(row_set, session, metadata, schemas)) is not None
    ]
    found.sort(key=lambda relation: relation.row_set.parent)
    groups = groupby(found, key=lambda relation: relation.row_set.parent)
    return [list(group) for _, group in groups]


def _relation_of(
    row_set: RowSet,
    session: ReadSession,
    metadata: Metadata,
    schemas: Mapping[str, TableSchema],
) -> RowRelation | None:
    parent = schemas.get(row_set.parent)
    if parent is None or not parent.has_modified_time or row_set.parent not in session.outcomes:
        return None
    child = schemas.get(row_set.child)
    outcome = session.outcomes.get(row_set.child)
    if outcome is None and any(
        module.api_name == row_set.child and is_candidate(module) for module in metadata.modules
    ):
        return None  # the patterns leave it out
    if outcome is not None and outcome.outcome in _WAITS:
        return None
    is_readable = child is not None and outcome is not None and outcome.outcome != _REFUSED
    schema = child or undescribed_schema(row_set, parent)
    return RowRelation(row_set, parent, schema, is_readable, session)
