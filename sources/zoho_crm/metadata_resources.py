"""The dlt resources that explain the modules: modules, fields, organization, users."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .column_history import show_history
from .columns import TableSchema, column_of_field, dlt_columns
from .dlt_resources import build_resource
from .exceptions import ZohoCrmError
from .metadata import Metadata, is_candidate
from .module_resource import raise_or_tell
from .organization_tables import PICKLIST_VALUES
from .picklists import picklist_rows
from .records import to_table
from .reference_tables import FIELDS, MODULES, ORGANIZATION, USERS
from .resource_state import Progress
from .shapes import mapping_in
from .users import UsersReader, read_current_user, read_organization

if TYPE_CHECKING:
    from datetime import datetime

    from dlt.extract import DltResource

    from .api_types import Field, JsonObject, Module
    from .outcomes import ResourceOutcome
    from .session import ReadSession

_ROWS_A_TABLE = 5_000


def metadata_resources(
    session: ReadSession, metadata: Metadata, schemas: Mapping[str, TableSchema]
) -> list[DltResource]:
    """Resources whose rows come from the metadata read beforehand, and users."""
    return [
        _rows_resource(session, MODULES, lambda: module_rows(metadata, schemas), metadata),
        _rows_resource(
            session,
            FIELDS,
            lambda: field_rows(metadata, schemas),
            metadata,
            excluded=_excluded(schemas),
        ),
        _rows_resource(
            session, PICKLIST_VALUES, lambda: picklist_rows(metadata, schemas), metadata
        ),
        _rows_resource(session, ORGANIZATION, lambda: organization_rows(session), metadata),
        _users_resource(session),
    ]


def _rows_resource(
    session: ReadSession,
    schema: TableSchema,
    rows_of: Callable[[], list[JsonObject]],
    metadata: Metadata,
    *,
    excluded: Sequence[str] = (),
) -> DltResource:
    name = schema.table_name

    def read() -> Iterator[Any]:
        progress = Progress(name, is_forgotten=session.forget(name))
        outcome = session.outcome_of(name, name)
        is_other = schema is ORGANIZATION and session.identity not in (None, progress.identity)
        is_other |= progress.leaves_out(excluded)
        if metadata.is_changed or is_other or not progress.is_created:
            try:
                rows = rows_of()
            except ZohoCrmError as error:
                outcome.end_by(error)
                rows = []
            for start in range(0, len(rows), _ROWS_A_TABLE):
                progress.mark_created()
                yield to_table(schema, rows[start : start + _ROWS_A_TABLE], read_no=1).table
            outcome.rows += len(rows)
            if not rows and outcome.outcome == "reading":
                session.emptied.add(name)
            if schema is ORGANIZATION and is_other and rows and session.identity:
                progress.identity = session.identity
        if schema is FIELDS:
            _tell_unread(metadata, outcome)
        if outcome.outcome == "reading":
            outcome.end("done")
        session.finish(name)
        raise_or_tell(session, outcome)

    return build_resource(read, schema, name=name, columns=reference_columns(schema))


def _tell_unread(metadata: Metadata, outcome: ResourceOutcome) -> None:
    """Says of which modules this run goes by fields that were read before."""
    for name, error in metadata.refusals.items():
        if name in metadata.fields:
            outcome.note(f"{error} It is read by the fields known before.")
    if metadata.failures:
        outcome.end_by(next(iter(metadata.failures.values())))


def _excluded(schemas: Mapping[str, TableSchema]) -> list[str]:
    return [f"{name}.{field_id}" for name, each in schemas.items() for field_id in each.excluded]


def _users_resource(session: ReadSession) -> DltResource:
    name = USERS.table_name

    def read() -> Iterator[Any]:
        progress = Progress(name, is_forgotten=session.forget(name))
        outcome = session.outcome_of(name, name)
        outcome.was_readable = progress.is_created
        outcome.starts_at(progress.anchor)
        reader = UsersReader(
            session, anchor=progress.anchor, deleted_are_apart=progress.deleted_are_apart
        )
        for table in reader.tables():
            progress.mark_created()
            yield table
        progress.anchor = reader.next_anchor
        progress.deleted_are_apart = reader.deleted_are_apart
        session.finish(name)
        raise_or_tell(session, outcome)

    return build_resource(
        read, USERS, name=name, columns=reference_columns(USERS), parallelized=True
    )


def reference_columns(schema: TableSchema) -> Any:
    """Hints of a table that is no module: without the flags of deletion."""
    return {
        name: hints
        for name, hints in dlt_columns(schema).items()
        if not name.startswith("_deleted_")
    }


def module_rows(metadata: Metadata, schemas: Mapping[str, TableSchema]) -> list[JsonObject]:
    """Rows of the table `modules`: every module, and why those that are not read are not."""
    rows = [_module_row(module, metadata, schemas) for module in metadata.modules]
    gone = [_module_row(module, metadata, schemas) for module in metadata.removed_modules]
    return [
        *rows,
        *({**row, "removed_at": _shown(metadata.date), "is_readable": False} for row in gone),
    ]


def _shown(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _module_row(
    module: Module, metadata: Metadata, schemas: Mapping[str, TableSchema]
) -> JsonObject:
    schema = schemas.get(module.api_name)
    if schema is not None and schema.module.id != module.id:  # another one has its name by now
        schema = None
    is_listed = module in metadata.modules
    refusal = metadata.refusals.get(module.api_name) if is_listed else None
    failure = metadata.failures.get(module.api_name) if is_listed else None
    if failure and schema is None:
        refusal = failure
    is_unread = failure or (refusal and schema is not None)
    return {
        "id": module.id or module.api_name,
        "api_name": module.api_name,
        "singular_label": module.singular_label,
        "plural_label": module.plural_label,
        "generated_type": module.generated_type,
        "status": module.status,
        "is_api_supported": module.api_supported,
        "is_readable": schema is not None,
        "refusal": str(refusal) if refusal else _why_not(module),
        "table_name": schema.table_name if schema else metadata.table_names.get(module.id),
        "parent_module": module.parent_module,
        "modified_time": module.modified_time,
        "fields_read_at": None if is_unread else _shown(metadata.read_at),
        "metadata": module.raw,
    }


def _why_not(module: Module) -> str | None:
    if is_candidate(module):
        return None
    if not module.api_supported:
        return "Zoho's API does not offer this module."
    if module.status == "scheduled_for_deletion":
        return "The module is about to be deleted."
    return f"Modules of the type {module.generated_type} hold no records."


def field_rows(metadata: Metadata, schemas: Mapping[str, TableSchema]) -> list[JsonObject]:
    """Rows of the table `fields`: every field of the modules whose fields were read."""
    rows: list[JsonObject] = []
    for name, schema in schemas.items():
        columns = {**schema.excluded, **column_of_field(schema)}
        history = metadata.columns.get(name, {})
        rows += [
            {
                **_field_row(field, schema, columns),
                "columns": show_history(history.get(field.id, ()), field, columns.get(field.id)),
            }
            for field in metadata.fields[name]
        ]
        known = metadata.column_names.get(name, {})
        for field in metadata.removed_fields.get(name, ()):
            had = [asdict(column) for column in history.get(field.id, ())]
            gone = {"removed_at": _shown(metadata.date), "columns": had}
            rows.append({**_field_row(field, schema, known), **gone})
    return rows


def _field_row(field: Field, schema: TableSchema, columns: Mapping[str, str]) -> JsonObject:
    raw = field.raw
    module = schema.module.api_name
    lookup = mapping_in(raw.get("lookup")).get("module") or {}
    return {
        "id": f"{module}.{field.id}",
        "module": module,
        "field_id": field.id,
        "api_name": field.api_name,
        "label": field.label,
        "data_type": field.data_type,
        "json_type": field.json_type,
        "table_name": schema.table_name,
        "column_name": columns.get(field.id),
        "is_loaded": field.id in columns and field.id not in schema.excluded,
        "is_volatile": any(c.is_volatile for c in schema.columns if c.field_id == field.id),
        "is_custom": bool(raw.get("custom_field")),
        "length": raw.get("length"),
        "decimal_place": raw.get("decimal_place"),
        "lookup_module": lookup.get("api_name") if isinstance(lookup, Mapping) else lookup,
        "metadata": raw,
    }


def _current_user(session: ReadSession) -> JsonObject:
    """The user, where the scope for users was granted."""
    try:
        return read_current_user(session.client) or {}
    except ZohoCrmError as error:
        if error.code != "OAUTH_SCOPE_MISMATCH":
            raise
        return {}


def organization_rows(session: ReadSession) -> list[JsonObject]:
    """The one row of the table `organization`, with the user whose eyes the copy sees with."""
    organization = session.organization or read_organization(session.client)
    user = _current_user(session)
    licence = mapping_in(organization.get("license_details"))
    return [
        {
            **organization,
            "edition": licence.get("paid_type"),
            "user_licences": licence.get("users_license_purchased"),
            "user_id": user.get("id"),
            "user_email": user.get("email"),
            "metadata": organization,
        }
    ]
