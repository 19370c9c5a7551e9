"""The tables that give numbers their context: picklists, stages, currencies, people's places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .reference_tables import build_table

if TYPE_CHECKING:
    from .columns import TableSchema

REMOVED_AT: Final = "removed_at"
"""Column of each of them: when a row was found gone; set by SQL, null in every row that is read."""

PICKLIST_VALUES: Final = build_table(
    "picklist_values",
    "Values of picklists: what records show, what Zoho calls them, and their order",
    (
        "id text",
        "module text",
        "field text",
        "field_id text",
        "value_id text",
        "display_value text",
        "actual_value text",
        "reference_value text",
        "position bigint",
        "is_used bool",
        "colour text",
        "probability decimal",
        "forecast_type text",
        "forecast_category text",
        "deal_category text",
        "removed_at timestamp",
    ),
)

PIPELINES: Final = build_table(
    "pipelines",
    "Stages of the deals' pipelines, in order, a row for each stage of a pipeline",
    (
        "id text",
        "layout_id text",
        "layout text",
        "pipeline_id text",
        "pipeline text",
        "pipeline_actual_value text",
        "is_default bool",
        "stage_id text",
        "stage text",
        "stage_actual_value text",
        "position bigint",
        "probability decimal",
        "forecast_type text",
        "forecast_category text",
        "colour text",
        "removed_at timestamp",
    ),
)

CURRENCIES: Final = build_table(
    "currencies",
    "Currencies of the organisation and their rates of today",
    (
        "id text",
        "iso_code text",
        "name text",
        "symbol text",
        "exchange_rate decimal",
        "rate_updated_time timestamp exchange_rate_updated_time",
        "is_active bool",
        "is_base bool",
        "decimal_places bigint",
        "created_time timestamp",
        "modified_time timestamp",
        "removed_at timestamp",
        "metadata json",
    ),
)

ROLES: Final = build_table(
    "roles",
    "Roles, and the role that each reports to",
    (
        "id text",
        "name text",
        "display_label text",
        "description text",
        "reporting_to__id text reporting_to.id",
        "reporting_to__name text reporting_to.name",
        "forecast_manager__id text forecast_manager.id",
        "forecast_manager__name text forecast_manager.name",
        "shares_with_peers bool share_with_peers",
        "created_time timestamp created_time__s",
        "modified_time timestamp modified_time__s",
        "removed_at timestamp",
        "metadata json",
    ),
)

PROFILES: Final = build_table(
    "profiles",
    "Profiles: what users may do",
    (
        "id text",
        "name text",
        "display_label text",
        "description text",
        "is_custom bool custom",
        "type text",
        "created_time timestamp",
        "modified_time timestamp",
        "removed_at timestamp",
        "metadata json",
    ),
)

TERRITORIES: Final = build_table(
    "territories",
    "Territories, who manages each, and which it belongs to",
    (
        "id text",
        "name text",
        "api_name text",
        "description text",
        "manager__id text manager.id",
        "manager__name text manager.name",
        "reporting_to__id text reporting_to.id",
        "reporting_to__name text reporting_to.name",
        "permission_type text",
        "created_time timestamp",
        "modified_time timestamp",
        "removed_at timestamp",
        "metadata json",
    ),
)

LAYOUTS: Final = build_table(
    "layouts",
    "Layouts of the modules, and the fields that each shows",
    (
        "id text",
        "layout_id text",
        "module text",
        "name text",
        "display_label text",
        "status text",
        "is_visible bool visible",
        "generated_type text",
        "profiles json",
        "sections json",
        "created_time timestamp",
        "modified_time timestamp",
        "removed_at timestamp",
    ),
)


def organization_tables() -> list[TableSchema]:
    """Every table of this module."""
    return [PICKLIST_VALUES, PIPELINES, CURRENCIES, ROLES, PROFILES, TERRITORIES, LAYOUTS]
