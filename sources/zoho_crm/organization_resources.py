"""The dlt resources of the tables that give numbers their context, each read once a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from . import settings
from .dlt_resources import build_resource
from .exceptions import ZohoBudgetError, ZohoCrmError, ZohoSkippableError, ZohoUnsupportedError
from .metadata import Metadata, elements_of
from .metadata_resources import reference_columns
from .module_resource import raise_or_tell
from .organization_tables import CURRENCIES, LAYOUTS, PIPELINES, PROFILES, ROLES, TERRITORIES
from .picklists import forecast_of, picklist_key, picklist_values
from .records import to_table
from .replies import Subject
from .resource_state import Progress
from .shapes import info_in, key_in, mappings_in

if TYPE_CHECKING:
    from dlt.extract import DltResource

    from .api_types import JsonObject
    from .columns import TableSchema
    from .session import ReadSession

ReadRows: TypeAlias = Callable[["ReadSession"], list["JsonObject"]]

_DEALS: Final = "Deals"
_STAGE: Final = "Stage"
_WITH_LAYOUTS: Final = frozenset({"default", "custom"})


def organization_resources(
    session: ReadSession, metadata: Metadata, schemas: Mapping[str, TableSchema]
) -> list[DltResource]:
    """Resources `currencies`, `roles`, `profiles`, `territories`, `layouts`, `pipelines`."""
    with_layouts = [
        n for n, schema in schemas.items() if schema.module.generated_type in _WITH_LAYOUTS
    ]
    readers: list[tuple[TableSchema, ReadRows]] = [
        (CURRENCIES, _read_currencies),
        (ROLES, _read_roles),
        (PROFILES, _read_profiles),
        (TERRITORIES, _read_territories),
        (LAYOUTS, partial(_read_layout_rows, modules=with_layouts)),
        (PIPELINES, partial(_read_pipelines, metadata=metadata, schemas=schemas)),
    ]
    return [_daily_resource(session, schema, read_rows) for schema, read_rows in readers]


def _daily_resource(session: ReadSession, schema: TableSchema, read_rows: ReadRows) -> DltResource:
    name = schema.table_name

    def read() -> Iterator[Any]:
        progress = Progress(name, is_forgotten=session.forget(name))
        outcome = session.outcome_of(name, name)
        outcome.was_readable = progress.is_created
        refusal = progress.refusal(session.now, session.identity)
        try:
            if refusal is not None:
                raise refusal
            rows = read_rows(session) if _is_due(progress, session) else None
        except ZohoCrmError as error:
            outcome.end_by(error)
            _keep_refusal(progress, session, error)
            # An edition that has lost a feature is told like one that never had it.
            outcome.was_readable &= not isinstance(error, ZohoUnsupportedError)
        else:
            outcome.end("done")
            if rows:
                progress.mark_created()
                outcome.rows = len(rows)
                yield to_table(schema, rows, read_no=1).table
            elif rows is not None:
                session.emptied.add(name)
            if rows is not None:
                progress.mark_read()
                progress.read_at = session.now
        session.finish(name)
        raise_or_tell(session, outcome)

    return build_resource(read, schema, name=name, columns=reference_columns(schema))


def _is_due(progress: Progress, session: ReadSession) -> bool:
    """Once a day: no time tells of their changes."""
    if progress.read_at is None or session.now is None:
        return True
    age_s = (session.now - progress.read_at).total_seconds()
    return not 0 <= age_s < settings.METADATA_MAX_AGE_S


def _keep_refusal(progress: Progress, session: ReadSession, error: ZohoCrmError) -> None:
    is_refused = isinstance(error, ZohoSkippableError) or error.code == "OAUTH_SCOPE_MISMATCH"
    if is_refused and progress.refusal(session.now, session.identity) is None:
        progress.keep_refusal(error, session.now, session.identity)


def _read_currencies(session: ReadSession) -> list[JsonObject]:
    """Source: Zoho CRM API v8, "Get Currencies"."""  # the source line is its doc
    subject = Subject(CURRENCIES.table_name, "ZohoCRM.settings.currencies.READ")
    found = elements_of(session.client.get("org/currencies", subject=subject), "currencies")
    places = ((each.get("format") or {}).get("decimal_places") for each in found)
    return [
        {**each, "decimal_places": count, "metadata": each}
        for each, count in zip(found, places, strict=True)
    ]


def _read_roles(session: ReadSession) -> list[JsonObject]:
    """Source: Zoho CRM API v8, "Get Roles"."""
    subject = Subject(ROLES.table_name, "ZohoCRM.settings.roles.READ")
    found = elements_of(session.client.get("settings/roles", subject=subject), "roles")
    return [{**each, "metadata": each} for each in found]


def _read_profiles(session: ReadSession) -> list[JsonObject]:
    """Source: Zoho CRM API v8, "Get Profiles"."""
    subject = Subject(PROFILES.table_name, "ZohoCRM.settings.profiles.READ")
    found = elements_of(session.client.get("settings/profiles", subject=subject), "profiles")
    return [{**each, "metadata": each} for each in found]


def _read_territories(session: ReadSession) -> list[JsonObject]:
    """Source: Zoho CRM API v8, "Get Territories"."""
    subject = Subject(TERRITORIES.table_name, "ZohoCRM.settings.territories.READ")
    rows: dict[str, JsonObject] = {}
    page: int | None = 1
    while page is not None:
        params = {"page": str(page), "per_page": str(settings.PAGE_SIZE)}
        reply = session.client.get("settings/territories", params, subject=subject)
        found = elements_of(reply, "territories")
        rows.update({str(each.get("id")): {**each, "metadata": each} for each in found})
        has_more = info_in(reply, about=TERRITORIES.table_name).get("more_records")
        page = page + 1 if has_more and found else None
    return list(rows.values())


def _read_layout_rows(session: ReadSession, *, modules: Sequence[str]) -> list[JsonObject]:
    missing = [name for name in modules if name not in session.layouts]
    if not session.client.budget.allows(len(missing)):
        raise ZohoBudgetError(
            f"{LAYOUTS.table_name}: asking for the layouts of all modules takes {len(missing)} "
            "calls, more than are left; the next run tries again."
        )
    _ask_for_layouts(session, missing)
    return [
        _layout_row(name, layout) for name in modules for layout in session.layouts.get(name, ())
    ]


def _ask_for_layouts(session: ReadSession, modules: Sequence[str]) -> None:
    """Source: Zoho CRM API v8, "Layouts Metadata"."""
    asked = {}
    for name in modules:
        subject = Subject(LAYOUTS.table_name, "ZohoCRM.settings.layouts.READ", name)
        asked[name] = session.client.submit("settings/layouts", {"module": name}, subject=subject)
    outcome = session.outcome_of(LAYOUTS.table_name, LAYOUTS.table_name)
    for name, future in asked.items():
        try:
            layouts = elements_of(future.result(), "layouts")
        except ZohoSkippableError as error:
            outcome.note(str(error))
            continue
        session.layouts[name] = [_without_details(name, layout) for layout in layouts]


def _without_details(module: str, layout: JsonObject) -> JsonObject:
    """Zoho repeats every field with all of its metadata: megabytes that `fields` holds as well."""
    sections = [
        {
            "name": section.get("name"),
            "display_label": section.get("display_label"),
            "fields": [field.get("api_name") for field in mappings_in(section.get("fields"))],
        }
        for section in mappings_in(layout.get("sections"))
    ]
    profiles = [
        {"id": profile.get("id"), "name": profile.get("name")}
        for profile in mappings_in(layout.get("profiles"))
    ]
    layout_id = key_in(layout, "id", about=f"layouts of {module}")
    return {**layout, "id": layout_id, "sections": sections, "profiles": profiles}


def _layout_row(module: str, layout: JsonObject) -> JsonObject:
    return {**layout, "id": f"{module}.{layout['id']}", "layout_id": layout["id"],
            "module": module, "status": str(layout.get("status"))}  # fmt: skip


def _read_pipelines(
    session: ReadSession, *, metadata: Metadata, schemas: Mapping[str, TableSchema]
) -> list[JsonObject]:
    """Source: Zoho CRM API v8, "Get Pipelines"."""
    if _DEALS not in schemas:
        return []
    if _DEALS not in session.layouts:
        _ask_for_layouts(session, [_DEALS])
    stages = {
        picklist_key(value): value
        for field in metadata.fields[_DEALS]
        if field.api_name == _STAGE
        for value in picklist_values(field)
    }
    subject = Subject(PIPELINES.table_name, "ZohoCRM.settings.pipeline.READ")
    rows: list[JsonObject] = []
    for layout in session.layouts.get(_DEALS, ()):
        params = {"layout_id": str(layout["id"])}
        reply = session.client.get("settings/pipeline", params, subject=subject)
        for pipeline in elements_of(reply, "pipeline"):
            rows += _pipeline_rows(layout, pipeline, stages)
    return rows


def _pipeline_rows(
    layout: JsonObject, pipeline: JsonObject, stages: Mapping[str, JsonObject]
) -> Iterator[JsonObject]:
    pipeline_id = key_in(pipeline, "id", about="pipelines")
    for place, stage in enumerate(mappings_in(pipeline.get("maps")), start=1):
        forecast = forecast_of(stages.get(picklist_key(stage), {}))
        said = {key: value for key, value in forecast_of(stage).items() if value is not None}
        yield {
            "id": f"{layout['id']}.{pipeline_id}.{picklist_key(stage)}",
            "layout_id": layout["id"],
            "layout": layout.get("name"),
            "pipeline_id": pipeline_id,
            "pipeline": pipeline.get("display_value"),
            "pipeline_actual_value": pipeline.get("actual_value"),
            "is_default": pipeline.get("default"),
            "stage_id": stage.get("id"),
            "stage": stage.get("display_value"),
            "stage_actual_value": stage.get("actual_value"),
            "position": stage.get("sequence_number") or place,
            "colour": stage.get("colour_code"),
            **forecast,
            **said,
        }
