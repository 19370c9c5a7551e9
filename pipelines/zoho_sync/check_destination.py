"""Whether a run could write to the destination: tried, and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from zoho_destinations.exceptions import WarehouseError
from zoho_destinations.existing import create_schema, read_columns
from zoho_destinations.explain import explain
from zoho_destinations.own_schemas import create_own_schemas
from zoho_destinations.publish import published_file

from .glance import glance_at, is_there
from .target import open_target

if TYPE_CHECKING:
    from zoho_destinations.settings import Kind
    from zoho_destinations.statements import Client

    from .check_report import CheckReport
    from .configuration import SyncConfiguration
    from .target import Target

_TRIAL: Final = "zoho_sync_check"


def check_destination(config: SyncConfiguration, kind: Kind, report: CheckReport) -> None:
    """Connects, creates a table in the dataset, and takes it back."""
    try:
        target = open_target(config, kind)
        found = _try(target)
        published_file(target.destination, target.dataset)
    except Exception as error:  # each driver raises its own: known is what `explain` can word
        known = error if isinstance(error, WarehouseError) else explain(error)
        if known is None:
            raise
        report.add_failure("destination", known)
    else:
        place = f"{kind} {target.location}, dataset {target.dataset}"
        report.add("destination", f"{place} can be written; {found}")


def _try(target: Target) -> str:
    was_there = is_there(target)
    try:
        with glance_at(target) as client:
            tables = len(read_columns(client))
            _write_and_take_back(client)
    finally:
        if not was_there:  # opening it has made it
            for name in (target.location, f"{target.location}.wal"):
                Path(name).unlink(missing_ok=True)
    return f"it holds {tables} tables" if tables else "it is empty"


def _write_and_take_back(client: Client) -> None:
    with client.begin_transaction() as transaction:
        create_own_schemas(client)
        create_schema(client, client.dataset_name)
        trial = client.make_qualified_table_name(_TRIAL)
        client.execute_sql(f"CREATE TABLE {trial} (id integer)")
        transaction.rollback_transaction()
