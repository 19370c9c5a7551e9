"""The work of `zoho-sync modules`: what can be read, in how many calls, and why the rest can't."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import ZohoCrmError, is_of_one_module
from zoho_crm.metadata import is_candidate, read_metadata
from zoho_crm.metadata_resources import module_rows
from zoho_crm.names import to_table_names
from zoho_crm.replies import Subject
from zoho_crm.selection import select_names
from zoho_crm.source import table_schemas

from .counting import count_records
from .modules_report import ModuleFacts, ModulesReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.api_types import JsonObject
    from zoho_crm.auth import ZohoCredentials
    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata

_WITH_PARENTS: Final = frozenset({"subform", "linking"})


def list_modules(
    credentials: ZohoCredentials, patterns: Sequence[str], *, is_counted: bool = False
) -> ModulesReport:
    """Asks Zoho for the modules, their fields, and one record of each.

    Only a record tells whether records can be read: metadata is given of more.

    Args:
        credentials: Whose eyes to look with.
        patterns: API names with `*` and `!`; none for all.
        is_counted: Also ask how many records there are.

    Raises:
        ZohoConfigError: A pattern matches no module.
        ZohoCrmError: Zoho refuses the metadata, or could not be asked.
    """
    with ZohoClient(credentials) as client:
        metadata, wanted = _read_selected(client, patterns)
        schemas = table_schemas(metadata)
        asked = [name for name in wanted if name in schemas]
        refusals = _try_reading(client, asked)
        readable = [name for name in asked if name not in refusals]
        counts, notes = count_records(client, readable) if is_counted else ({}, [])
        rows = [row for row in module_rows(metadata, schemas) if row["api_name"] in wanted]
        modules = [
            _facts(row, schemas.get(row["api_name"]), refusals=refusals, counts=counts)
            for row in rows
        ]
        return ModulesReport(modules, is_counted, notes, client.calls)


def _read_selected(client: ZohoClient, patterns: Sequence[str]) -> tuple[Metadata, list[str]]:
    """Reads the modules list, and the fields of those that are selected and of no others."""
    if not patterns:
        metadata = read_metadata(client)
        return metadata, [module.api_name for module in metadata.modules]
    listed = read_metadata(client, only=())
    wanted = select_names(patterns, [module.api_name for module in listed.modules])
    # The fields of its parent tell the lookup of a row to it.
    has_rows = any(
        module.generated_type in _WITH_PARENTS
        for module in listed.modules
        if module.api_name in wanted
    )
    metadata = read_metadata(client, only=None if has_rows else wanted)
    # Two modules may want one name: all of them have a say in it.
    names = to_table_names([module for module in metadata.modules if is_candidate(module)])
    return replace(metadata, table_names=names), wanted


def _try_reading(client: ZohoClient, names: Sequence[str]) -> dict[str, str]:
    """Gives the reason for each module whose records Zoho refuses."""
    params = {"fields": "id", "per_page": "1"}
    asked = {
        name: client.submit(
            name, params, subject=Subject(name, f"ZohoCRM.modules.{name}.READ", name)
        )
        for name in names
    }
    refusals: dict[str, str] = {}
    for name, future in asked.items():
        try:
            future.result()
        except ZohoCrmError as error:
            if not is_of_one_module(error) and error.code != "OAUTH_SCOPE_MISMATCH":
                raise
            refusals[name] = str(error)
    return refusals


def _facts(
    row: JsonObject,
    schema: TableSchema | None,
    *,
    refusals: Mapping[str, str],
    counts: Mapping[str, int],
) -> ModuleFacts:
    """Puts together what the row of the table `modules` says and what was asked beside it."""
    name = row["api_name"]
    reason = refusals.get(name) or row["refusal"]
    fields = {column.field_id for column in schema.columns} if schema else ()
    return ModuleFacts(
        api_name=name,
        label=row["plural_label"],
        generated_type=row["generated_type"],
        table_name=None if reason else row["table_name"],
        field_count=len(fields),
        slices=len(schema.slices) if schema else 0,
        records=counts.get(name),
        reason=reason,
    )
