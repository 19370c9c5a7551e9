"""What single records told of their rows, brought into the dataset: load, remove, note."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from zoho_crm import settings
from zoho_crm.asking import RecordCalls
from zoho_crm.columns import SE_MODULE
from zoho_crm.full_text import FullTexts
from zoho_crm.records import times_of
from zoho_crm.rereading import ReadRows, read_by_ids
from zoho_crm.row_tables import LoadedTable, build_table, is_whole, with_parent, zoho_crm_tables
from zoho_destinations.child_rows import read_rows_of
from zoho_destinations.opening import open_dataset
from zoho_destinations.row_sets import Compared, keep_compared
from zoho_destinations.rows_back import forget_not_visible, note_rows_back

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.columns import TableSchema
    from zoho_crm.parent_records import ParentReading

    from .packages import PackageLoop
    from .row_relations import RowRelation

    Held = Mapping[str, tuple[str, datetime | None]]
    Times = Mapping[str, datetime | None]

_SETTLE = timedelta(seconds=settings.SLICE_SETTLE_S)


@dataclass(slots=True)
class _Change:
    """What is to be done to the rows of one relation."""

    rows: ReadRows = field(default_factory=ReadRows)
    unknown: list[str] = field(default_factory=list)
    """Rows of which the parents show too little: to be read by id."""
    gone: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """Rows that the parents show: they are live, whatever was noted of them before."""
    orphaned: list[str] = field(default_factory=list)
    """Rows of parents that are gone: they follow them."""
    compared: list[Compared] = field(default_factory=list)


def settle_readings(
    loop: PackageLoop,
    relations: Sequence[RowRelation],
    readings: Sequence[ParentReading],
    *,
    known: Times,
) -> bool:
    """Makes the dataset's rows of some records those that they were read with.

    The records themselves are loaded too where they moved since their list was read: so a quote
    and its lines are of one moment.

    Args:
        loop: Loads.
        relations: Of one parents' module.
        readings: The records.
        known: Their times in the dataset.

    Returns:
        Whether it could be loaded; where not, the records stay pending.
    """
    times = _times_of(readings, relations[0].parent)
    with open_dataset(loop.pipeline) as client:
        ids = [reading.parent_id for reading in readings]
        held = [read_rows_of(client, relation.tables, ids) for relation in relations]
    changes = [
        _change_of(relation, readings, rows, times={**known, **times})
        for relation, rows in zip(relations, held, strict=True)
    ]
    moved = [r for r in readings if r.record and times[r.parent_id] != known[r.parent_id]]
    tables = [_parents_table(relations[0], moved)]
    tables += [_rows_table(*pair) for pair in zip(relations, changes, strict=True)]
    filled = [table for table in tables if table.pages]
    if filled and not loop.load(zoho_crm_tables(_joined(filled))):
        return False
    with open_dataset(loop.pipeline) as client:
        for relation, change in zip(relations, changes, strict=True):
            # First: were it cut off after the other, nothing would read these records again.
            as_of = max((each.compared_at for each in change.compared), default=datetime.now(UTC))
            note_rows_back(client, relation.row_set.child, change.told, as_of=as_of)
            forget_not_visible(client, relation.row_set.child, change.orphaned)
            relation.outcome.removed += keep_compared(
                client, relation.tables, change.compared, gone=change.gone
            )
    return True


def _times_of(readings: Sequence[ParentReading], schema: TableSchema) -> dict[str, Any]:
    records = [reading.record for reading in readings if reading.record is not None]
    return dict(times_of(records, module=schema.module.api_name))


def _change_of(
    relation: RowRelation, readings: Sequence[ParentReading], held: Held, *, times: Times
) -> _Change:
    change = _Change()
    held_by: dict[str, list[str]] = {}
    for row_id, (parent_id, _) in held.items():
        held_by.setdefault(parent_id, []).append(row_id)
    for reading in readings:
        outcome = _outcome_of(relation, reading)
        if outcome in ("same", "cut"):
            rows = reading.rows[relation.row_set.field]
            _add_rows(change, relation, reading, rows, held=held)
            change.told += [str(row["id"]) for row in rows]
            if outcome == "same":
                told = {str(row["id"]) for row in rows}
                change.gone += [i for i in held_by.get(reading.parent_id, ()) if i not in told]
        elif outcome == "gone" and not relation.row_set.is_link:
            change.orphaned += held_by.get(reading.parent_id, ())
        if outcome != "cut" or not relation.is_readable or relation.is_walked:
            time = times[reading.parent_id]
            at = reading.date or datetime.now(UTC)
            is_open = outcome == "same" and _is_fresh(time, at)
            change.compared.append(Compared(reading.parent_id, time, at, outcome, is_open))
    return change


def _outcome_of(relation: RowRelation, reading: ParentReading) -> str:
    name = relation.row_set.field
    if reading.record is None:
        return "gone"
    if name not in reading.rows:
        return "hidden"
    return "cut" if name in reading.cut else "same"


def _add_rows(
    change: _Change,
    relation: RowRelation,
    reading: ParentReading,
    rows: Sequence[Mapping[str, Any]],
    *,
    held: Held,
) -> None:
    schema = relation.child
    for row in rows:
        row_id = str(row["id"])
        if row_id in held and not _is_changed(row, held[row_id]):
            continue
        whole = with_parent(schema, row, reading.parent_id)
        if relation.is_readable and not is_whole(schema, whole):
            change.unknown.append(row_id)
        else:
            _note_missing(relation, whole)
            change.rows.add([whole], reading.number)


def _note_missing(relation: RowRelation, row: Mapping[str, Any]) -> None:
    """Of links Zoho shows ids alone: what else their module holds is null, and that is told."""
    lacks = {name for names in relation.child.slices for name in names} - row.keys() - {SE_MODULE}
    if lacks:
        relation.rows_outcome.note(
            f"The records of {relation.row_set.parent} show these rows without "
            f"{', '.join(sorted(lacks))}: null until the module may be read."
        )


def _is_changed(row: Mapping[str, Any], held: tuple[str, datetime | None]) -> bool:
    """Whether a row is not as in the dataset; links come without a time, and are not edited."""
    if not row.get("Modified_Time"):
        return False
    [(_, time)] = times_of([row])
    return held[1] is None or time != held[1].astimezone(UTC)


def _is_fresh(time: datetime | None, at: datetime) -> bool:
    """Times have whole seconds: another change within this one would look the same."""
    return time is not None and abs(at - time) <= _SETTLE


def _parents_table(relation: RowRelation, moved: Sequence[ParentReading]) -> LoadedTable:
    schema, session = relation.parent, relation.session
    outcome = session.outcome_of(schema.module.api_name, schema.table_name)
    found = ReadRows()
    for reading in moved:
        found.add([reading.record or {}], reading.number)
        found.replaced_characters += reading.replaced_characters
    calls = RecordCalls(session.client, schema)
    FullTexts(calls, schema, outcome, is_on=session.full_text).complete(found)
    return build_table(session, schema, found, outcome)


def _rows_table(relation: RowRelation, change: _Change) -> LoadedTable:
    if change.unknown:
        calls = RecordCalls(relation.session.client, relation.child)
        again = read_by_ids(calls, change.unknown, module=relation.row_set.child)
        change.rows.rows += again.rows
        change.rows.numbers += again.numbers
    return build_table(relation.session, relation.child, change.rows, relation.rows_outcome)


def _joined(tables: Sequence[LoadedTable]) -> list[LoadedTable]:
    """One table for each module: two fields may hold rows of the same one."""
    by_name: dict[str, LoadedTable] = {}
    for table in tables:
        name = table.schema.table_name
        before = by_name[name].pages if name in by_name else ()
        by_name[name] = replace(table, pages=(*before, *table.pages))
    return list(by_name.values())
