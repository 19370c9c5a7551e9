"""Sees what changed in modules and fields, keeps it in the dataset, and tells of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from zoho_crm.exceptions import ZohoPermissionError
from zoho_crm.schema_changes import SchemaChange, find_changes
from zoho_crm.source import table_schemas
from zoho_destinations.existing import read_columns
from zoho_destinations.field_backfills import create_field_backfills, request_backfills
from zoho_destinations.opening import open_dataset
from zoho_destinations.renamed_modules import rename_modules
from zoho_destinations.schema_history import (
    SCHEMA_CHANGES,
    create_schema_changes,
    read_latest,
    record_changes,
)

from .backfills import columns_to_fill
from .hidden_fields import columns_shown_again, find_hidden, name_returns
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import dlt

    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession

_MOST_SENTENCES: Final = 20
_WITHDRAWN: Final = "permission_withdrawn"
_GIVEN_BACK: Final = "permission_given_back"


def note_changes(
    pipeline: dlt.Pipeline, known: Metadata, metadata: Metadata, *, run_id: str
) -> list[SchemaChange]:
    """Finds what changed since the dataset's metadata and records it, before anything is read.

    The columns that have to be filled for older records are recorded with it.

    Returns:
        The changes that no run has recorded before.
    """
    changes = find_changes(known, metadata)
    wanted = columns_to_fill(known, metadata)  # also where a field is no more left out on request
    if not changes and not wanted:
        return []
    seen_at = metadata.date or datetime.now(UTC)
    with open_dataset(pipeline) as client:
        create_field_backfills(client)
        there = read_columns(client)
        wanted = [each for each in wanted if each.table_name in there]
        create_schema_changes(client)
        changes = name_returns(changes, read_latest(client, "field"))
        with client.begin_transaction():
            added = record_changes(client, changes, seen_at=seen_at, run_id=run_id)
            rename_modules(client, _renames_in(added), columns=_names_of_modules(metadata))
            request_backfills(client, wanted, at=seen_at)
    return added


def note_permissions(
    pipeline: dlt.Pipeline, session: ReadSession, metadata: Metadata, *, run_id: str
) -> list[SchemaChange]:
    """Records the modules and fields that may not be read any more, and those that may again.

    Fields that are shown again are filled by the next run.

    Returns:
        The changes that no run has recorded before.
    """
    with open_dataset(pipeline) as client:
        is_there = SCHEMA_CHANGES in read_columns(client)
        if not is_there:  # empty at first, so that a query finds no change and not no table
            create_schema_changes(client)
        modules = read_latest(client, "permission") if is_there else {}
        fields = read_latest(client, "field") if is_there else {}
        changes = [
            *_permission_changes(session, metadata, modules),
            *find_hidden(session, metadata, fields),
        ]
        if not changes:
            return []
        create_field_backfills(client)
        wanted = columns_shown_again(changes, table_schemas(metadata))
        seen_at = metadata.date or datetime.now(UTC)
        with client.begin_transaction():
            request_backfills(client, wanted, at=seen_at)
            return record_changes(client, changes, seen_at=seen_at, run_id=run_id)


def tell_changes(changes: Sequence[SchemaChange]) -> list[str]:
    """The changes as sentences for a report; of very many, the first few."""
    sentences = [change.sentence for change in changes[:_MOST_SENTENCES]]
    if len(changes) > _MOST_SENTENCES:
        more = count_of(len(changes) - _MOST_SENTENCES, "change")
        sentences.append(f"The table {SCHEMA_CHANGES} tells of {more} more.")
    return sentences


def sum_up_changes(count: int) -> str:
    """The changes in one sentence, for health messages; empty for none."""
    if not count:
        return ""
    return f"Zoho's schema has {count_of(count, 'change')}: see the table {SCHEMA_CHANGES}."


def _names_of_modules(metadata: Metadata) -> Iterator[tuple[str, str]]:
    """Tables and columns that tell which module a lookup to several modules points to."""
    for schema in table_schemas(metadata).values():
        for column in schema.columns:
            if column.part == "module":
                yield schema.table_name, column.name


def _renames_in(changes: Sequence[SchemaChange]) -> dict[str, str]:
    return {
        change.before: change.module
        for change in changes
        if change.kind == "module_renamed" and change.before
    }


def _permission_changes(
    session: ReadSession, metadata: Metadata, latest: Mapping[tuple[str, str | None], str]
) -> Iterator[SchemaChange]:
    for module in metadata.modules:
        outcome = session.outcomes.get(module.api_name)
        if outcome is None:
            continue
        is_withdrawn = latest.get((module.id, None)) == _WITHDRAWN
        is_refused = outcome.outcome == "skipped" and isinstance(outcome.error, ZohoPermissionError)
        if is_refused and outcome.was_readable and not is_withdrawn:
            yield SchemaChange(_WITHDRAWN, module.api_name, module.id, after=outcome.code)
        elif is_withdrawn and outcome.outcome == "done":
            yield SchemaChange(_GIVEN_BACK, module.api_name, module.id)
