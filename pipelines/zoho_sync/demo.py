"""The work of `zoho-sync demo`: everything once, on a simulated CRM, with nothing to configure."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zoho_destinations.opening import open_dataset

from .configuration import SyncConfiguration
from .demo_place import (
    FIRST_RELATED_CALLS,
    LATER_RELATED_CALLS,
    allow_related_calls,
    clear_place,
    demo_place,
    remove_traces,
)
from .demo_report import Answer, DemoReport, describe_day, show_end, show_sync
from .demo_simulator import demo_crm
from .environment import start
from .options import Destination, LogFormat
from .progress import build_progress
from .results import present
from .run import run_sync
from .target import open_target
from .terminal import results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .demo_simulator import DemoCrm
    from .options import CommonOptions
    from .run_report import RunReport
    from .target import Target

FILE_NAME: Final = "zoho_crm_demo.duckdb"
_DATASETS: Final = {Destination.DUCKDB: "zoho_crm", Destination.POSTGRES: "zoho_crm_demo"}
"""A database that serves other things as well gets a schema that cannot be mistaken."""
_QUERIES: Final = {
    "Pipeline by stage, in euros": "demo_pipeline_by_stage.sql",
    "Deals that moved on the last day": "demo_moved_deals.sql",
}


def run_demo(common: CommonOptions, *, scale: float = 1.0) -> int:
    """Syncs a simulated organisation, lets a day pass, syncs again, and asks two questions.

    Args:
        common: Destination and output.
        scale: Size of the organisation; 1 is some 15,000 records.

    Raises:
        ZohoConfigError: The file of an earlier demo cannot be replaced.
        WarehouseError: The destination cannot be used.
    """
    with demo_place(reads_files=common.destination is Destination.POSTGRES) as folder:
        start(common)
        with demo_crm(scale) as crm:
            config = SyncConfiguration(
                credentials=crm.credentials,
                dataset_name=_DATASETS[common.destination],
                pipelines_dir=str(folder),
            )
            target = open_target(config, common.kind, path=str(Path.cwd() / FILE_NAME))
            clear_place(target)
            report = _sync_twice(common, crm, config=config, target=target)
            remove_traces(target)
            return present(report, show_end, is_json=common.json)


def _sync_twice(
    common: CommonOptions, crm: DemoCrm, *, config: SyncConfiguration, target: Target
) -> DemoReport:
    def tell(report: RunReport, *lines: str) -> None:
        if not common.json:
            show_sync(report, results(), lines=lines)

    allow_related_calls(FIRST_RELATED_CALLS)
    first = _sync(common, config=config, target=target)
    tell(first, "First sync: everything")
    changes = crm.change_day()
    allow_related_calls(LATER_RELATED_CALLS)
    second = _sync(common, config=config, target=target)
    tell(second, "Second sync, a working day later", describe_day(changes))
    return DemoReport(first, changes, second, list(_answers(target)))


def _sync(common: CommonOptions, *, config: SyncConfiguration, target: Target) -> RunReport:
    is_json = common.log_format is LogFormat.JSON
    with build_progress(is_quiet=common.quiet, is_json=is_json) as progress:
        return run_sync(config, target, listener=progress)


def _answers(target: Target) -> Iterator[Answer]:
    live = f"{target.dataset}_live"
    with open_dataset(target.pipeline()) as client:
        for title, name in _QUERIES.items():
            text = (files("zoho_sync") / "sql" / name).read_text("utf-8")
            sql = text.format(live=live).strip()
            with client.execute_query(sql) as cursor:
                columns = [column[0] for column in cursor.description or ()]
                yield Answer(title, sql, columns, cursor.fetchall())
