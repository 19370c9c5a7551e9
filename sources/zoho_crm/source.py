"""The dlt source: a resource per readable module, beside tables of metadata and users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dlt
from dlt.extract import DltResource

from . import settings
from .auth import ZohoCredentials
from .backfill import backfill_resource
from .budget import CallBudget
from .client import ZohoClient
from .exceptions import ZohoCrmError, ZohoUnsupportedError
from .metadata import Metadata, is_candidate, read_metadata
from .metadata_resources import metadata_resources
from .module_resource import module_resource, raise_or_tell
from .module_tables import settle_columns, table_schemas
from .organization_resources import organization_resources
from .related_list_metadata import related_lists_resource
from .selection import EVERYTHING, is_named, select_names
from .session import ReadSession

__all__ = [
    "build_resources",
    "selected_modules",
    "settle_columns",
    "table_schemas",
    "zoho_crm_session",
    "zoho_crm_source",
]


@dlt.source(name="zoho_crm", section="zoho_crm", max_table_nesting=0)
def zoho_crm_source(  # noqa: PLR0913  # each is a key of the configuration
    modules: Sequence[str] = EVERYTHING,
    credentials: ZohoCredentials = dlt.secrets.value,
    overlap_s: float = settings.OVERLAP_S,
    max_calls: int | None = None,
    concurrency: int = settings.SORTED_READ_CONCURRENCY,
    full_text: bool = True,
    exclude_fields: Sequence[str] = (),
) -> Sequence[DltResource]:
    """Records of every module that can be read, incrementally, and the metadata beside them.

    Args:
        modules: Module API names to read, with `*` patterns and `!` to exclude.
        credentials: OAuth client and refresh token, from `[sources.zoho_crm.credentials]`.
        overlap_s: Seconds that a next read goes back behind the server's clock; at least 60.
        max_calls: Calls made at the most; none for no limit.
        concurrency: Calls in flight at the most.
        full_text: Read rich text past the 500 characters that lists return.
        exclude_fields: Fields to leave out, as `Module.Field`, with patterns.

    Returns:
        Resources `modules`, `fields`, `related_lists`, `users`, `organization` and one named by
        each module.

    Raises:
        ZohoCrmError: See `exceptions`; what can be skipped is logged instead.
    """
    client = ZohoClient(credentials, budget=CallBudget(max_calls), concurrency=concurrency)
    session = ReadSession(client, overlap_s=overlap_s, full_text=full_text)
    metadata = replace(read_metadata(client), excluded_fields=exclude_fields)
    return build_resources(session, metadata, patterns=modules)


@dlt.source(name="zoho_crm", section="zoho_crm", max_table_nesting=0)
def zoho_crm_session(
    session: Any, metadata: Any, modules: Sequence[str] = EVERYTHING
) -> Sequence[DltResource]:
    """The same source over a session that the caller made, for runs of several packages.

    Args:
        session: A `ReadSession`: client, bounds, outcomes.
        metadata: What `read_metadata` gave.
        modules: Module API names to read, with patterns.
    """
    return build_resources(session, metadata, patterns=modules)


def build_resources(
    session: ReadSession, metadata: Metadata, *, patterns: Sequence[str] = EVERYTHING
) -> list[DltResource]:
    """Makes the resources of what the patterns select and this run has not finished yet."""
    schemas = table_schemas(metadata)
    session.now = metadata.date
    session.reads_all_metadata = metadata.read_at == metadata.date
    resources = metadata_resources(session, metadata, schemas)
    selected = selected_modules(metadata, patterns)
    if not _records_come_first(session, [name for name in selected if name in schemas]):
        resources += organization_resources(session, metadata, schemas)
        resources.append(related_lists_resource(session, metadata, schemas))
    resources += [
        backfill_resource(session, backfill)
        for backfill in session.backfills
        if backfill.schema.module.api_name in selected
        and not (session.fitting and session.fitting.refusal(backfill.schema))
    ]
    for name in selected:
        outcome = session.outcome_of(name, "", name)
        outcome.is_named = is_named(name, patterns)
        if name in schemas:
            outcome.table_name = schemas[name].table_name
            resources.append(module_resource(session, schemas[name]))
        elif name not in session.finished:
            outcome.end_by(_why_not(metadata, name))
            session.finish(name)
            raise_or_tell(session, outcome)
    return [resource for resource in resources if resource.name not in session.finished]


def _records_come_first(session: ReadSession, modules: Sequence[str]) -> bool:
    """Under a limit of calls, what explains the records waits until they are read."""
    budget = session.client.budget
    if session.raises:  # there is one package only
        return not budget.allows(settings.CALLS_TO_SPARE)
    return budget.max_calls is not None and not session.finished.issuperset(modules)


def selected_modules(metadata: Metadata, patterns: Sequence[str]) -> list[str]:
    """API names of the modules that should hold records and that the patterns select.

    A module that is gone is among them only where a pattern names it outright.

    Raises:
        ZohoConfigError: A pattern matches no module.
    """
    candidates = [module.api_name for module in metadata.modules if is_candidate(module)]
    gone = _gone_modules(metadata)
    selected = select_names(patterns, [*candidates, *gone])
    return [name for name in selected if name not in gone or is_named(name, patterns)]


def _gone_modules(metadata: Metadata) -> list[str]:
    """API names of modules that an earlier run listed or read, and that no run can any more."""
    closed = [m for m in metadata.modules if not is_candidate(m) and m.id in metadata.table_names]
    candidates = {module.api_name for module in metadata.modules if is_candidate(module)}
    names = dict.fromkeys(module.api_name for module in (*metadata.past_modules, *closed))
    return [name for name in names if name not in candidates]


def _why_not(metadata: Metadata, name: str) -> ZohoCrmError:
    if name in _gone_modules(metadata):
        return ZohoUnsupportedError(
            f"{name}: Zoho does not list the module any more, or not for its API; its table stays "
            "as it is. Take it out of `modules` or of the command if that is meant so.",
            module=name,
        )
    known = metadata.failures.get(name) or metadata.refusals.get(name)
    return known or ZohoUnsupportedError(f"{name}: Zoho lists no fields for it.", module=name)
