"""The tables of all modules, from their metadata and from what earlier runs have settled."""

from __future__ import annotations

from dataclasses import replace

from .column_history import parse_history, settle_names, show_history
from .columns import TableSchema, build_table_schema, column_of_field
from .field_selection import leave_out_fields
from .metadata import Metadata, is_candidate
from .names import to_table_names
from .row_sets import find_row_sets, parent_fields


def table_schemas(metadata: Metadata) -> dict[str, TableSchema]:
    """The tables of all modules whose fields are known, by module API name.

    They are worked out once for each metadata: a run needs them five times, and once a package.
    """
    if not metadata.tables:
        metadata.tables.update(_build_tables(metadata))
    return dict(metadata.tables)


def _build_tables(metadata: Metadata) -> dict[str, TableSchema]:
    modules = [m for m in metadata.modules if is_candidate(m) and metadata.fields.get(m.api_name)]
    names = to_table_names(modules, known=metadata.table_names)
    parents = parent_fields(find_row_sets(metadata.modules, metadata.fields))
    schemas = {
        module.api_name: build_table_schema(
            module,
            metadata.fields[module.api_name],
            known_names=_known_names(metadata, module.api_name),
            table_name=names[module.id or module.api_name],
            parent_field=parents.get(module.api_name),
            history=metadata.columns.get(module.api_name),
        )
        for module in modules
    }
    patterns = metadata.excluded_fields
    return {name: leave_out_fields(schema, patterns) for name, schema in schemas.items()}


def _known_names(metadata: Metadata, module: str) -> dict[str, str]:
    history = metadata.columns.get(module, {})
    names = metadata.column_names.get(module, {})
    settled = settle_names(
        metadata.fields[module], history, carries_renames=metadata.carries_renames
    )
    return {key: name for key, name in names.items() if key not in history} | settled


def settle_columns(metadata: Metadata) -> Metadata:
    """Keeps the names that a reading gave, for a reading that follows within the same run."""
    names, columns = dict(metadata.column_names), dict(metadata.columns)
    tables = dict(metadata.table_names)
    for module, schema in table_schemas(metadata).items():
        now = column_of_field(schema)
        history = dict(metadata.columns.get(module, {}))
        for field in metadata.fields[module]:
            if field.id in now:
                shown = show_history(history.get(field.id, ()), field, now[field.id])
                history[field.id] = parse_history(shown)
        names[module] = {**metadata.column_names.get(module, {}), **now}
        columns[module] = history
        tables[schema.module.id] = schema.table_name
    return replace(metadata, column_names=names, columns=columns, table_names=tables)
