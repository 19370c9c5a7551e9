"""`zoho-sync reconcile --check`: compares the copy with the CRM and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.recycle_bin import RecycleBin
from zoho_crm.session import ReadSession
from zoho_crm.source import selected_modules, table_schemas
from zoho_crm.users import read_organization
from zoho_destinations.deleted_records import create_deleted_records
from zoho_destinations.existing import read_columns
from zoho_destinations.lock import dataset_lock
from zoho_destinations.met_records import MetRecords
from zoho_destinations.opening import open_dataset
from zoho_destinations.sync_progress import Progress

from .configuration import read_configuration
from .exit_codes import ExitCode
from .known_metadata import read_known_metadata
from .reconcile import MET_BY_CHECK, Reconciled, Reconciler
from .reconcile_step import module_anchors
from .results import ending
from .row_relations import subform_parents
from .run import build_client
from .stopping import stops_in_order
from .target import open_target
from .verdict import verdict_on
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import dlt

    from zoho_crm.client import ZohoClient
    from zoho_crm.columns import TableSchema
    from zoho_destinations.deletion_flags import Parent

    from .configuration import SyncConfiguration
    from .options import CommonOptions
    from .run_options import RunOptions
    from .terminal import Output


_WITHOUT_TIME: Final = "without `Modified_Time`, so that every run reads all of it anyway"
_NEVER_READ: Final = "not read in full by any run yet"
_UNREADABLE: Final = "not among the modules that can be read"


@dataclass(slots=True)
class CheckOfCopy:
    """What the comparison found."""

    exit_code: ExitCode = ExitCode.DONE
    message: str = ""
    calls: int = 0
    modules: list[Reconciled] = field(default_factory=list)
    not_compared: dict[str, str] = field(default_factory=dict)
    """Modules that were selected and can't be compared, with the reason."""

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON values."""
        return {
            **ending(self.exit_code, self.message),
            "calls": self.calls,
            "reconciled": [each.to_json() for each in self.modules],
            "not_compared": [
                {"module": module, "reason": reason} for module, reason in self.not_compared.items()
            ],
        }


def check_copy(common: CommonOptions, options: RunOptions) -> CheckOfCopy:
    """Compares the loaded modules that are selected, record by record.

    Raises:
        ZohoConfigError: Nothing is loaded yet.
        WarehouseError: The destination cannot be used.
    """
    config = read_configuration()
    if options.max_calls is not None:
        config.max_calls = options.max_calls
    target = open_target(config, common.kind)
    with TemporaryDirectory(prefix="zoho-sync-") as folder:
        pipeline = target.passing_pipeline(folder)
        with (
            dataset_lock(target.destination, target.dataset, wait_s=options.wait_s),
            build_client(config) as client,
            stops_in_order(client, after_s=options.max_runtime_s),
        ):
            pipeline.sync_destination()
            return _check(pipeline, config, client, options)


def _check(
    pipeline: dlt.Pipeline, config: SyncConfiguration, client: ZohoClient, options: RunOptions
) -> CheckOfCopy:
    known = read_known_metadata(pipeline)
    if not known.modules:
        raise ZohoConfigError(
            f"The dataset {pipeline.dataset_name} holds no module yet: start `zoho-sync run` first."
        )
    schemas = table_schemas(known)
    selected = selected_modules(known, options.patterns or config.modules)
    _require_same_organization(pipeline, client)
    session = ReadSession(client, overlap_s=config.overlap_s, raises=False)
    report = CheckOfCopy(not_compared=_find_incomparable(pipeline, schemas, selected))
    chosen = {name: schemas[name] for name in selected if name not in report.not_compared}
    report.modules = _compare(pipeline, session, chosen, parents=subform_parents(known, schemas))
    report.calls = client.calls
    _judge(report)
    return report


def _find_incomparable(
    pipeline: dlt.Pipeline, schemas: Mapping[str, TableSchema], names: Sequence[str]
) -> dict[str, str]:
    """Modules whose records can't be compared by id and time, with the reason."""
    anchors = module_anchors(pipeline)
    found = {}
    for name in names:
        if name not in schemas:
            found[name] = _UNREADABLE
        elif not schemas[name].has_modified_time:
            found[name] = _WITHOUT_TIME
        elif name not in anchors:
            found[name] = _NEVER_READ
    return found


def _require_same_organization(pipeline: dlt.Pipeline, client: ZohoClient) -> None:
    """Another organisation has nothing in common with the copy: everything would differ."""
    with open_dataset(pipeline) as sql:
        if "organization" not in read_columns(sql):
            return
        table = sql.make_qualified_table_name("organization")
        rows = sql.execute_sql(f"SELECT id FROM {table}") or ()
    if not rows:  # no run was told whose the copy is
        return
    found = read_organization(client)
    if str(found.get("id")) not in {str(row[0]) for row in rows}:
        raise ZohoConfigError(
            f"The credentials belong to {found.get('company_name')}, the dataset "
            f"{pipeline.dataset_name} is a copy of another organisation."
        )


def _compare(
    pipeline: dlt.Pipeline,
    session: ReadSession,
    schemas: Mapping[str, TableSchema],
    *,
    parents: Mapping[str, Parent],
) -> list[Reconciled]:
    anchors = module_anchors(pipeline)
    recycle_bin = RecycleBin(session.client, overlap_s=session.overlap_s)
    with open_dataset(pipeline) as client:
        create_deleted_records(client)
        try:
            reconciler = Reconciler(
                client,
                session,
                recycle_bin,
                now=datetime.now(UTC),
                parents=parents,
                only_checks=True,
            )
            return [
                reconciler.reconcile(schema, anchors[name], Progress())
                for name, schema in schemas.items()
            ]
        finally:
            MetRecords(client, table=MET_BY_CHECK).drop()


def _judge(report: CheckOfCopy) -> None:
    outcomes = [each.outcome for each in report.modules]
    report.exit_code, report.message = verdict_on(outcomes)
    if report.exit_code is not ExitCode.DONE:
        return
    differing = [each.module for each in report.modules if each.has_differences]
    if differing:
        report.exit_code = ExitCode.DIFFERENCE
        report.message = (
            f"The copy differs from the CRM in {', '.join(differing)}: `zoho-sync reconcile` "
            "mends it."
        )
    elif not report.modules:
        report.message = f"Nothing was compared: {'; '.join(_reasons(report))}."
    else:
        report.message = f"No difference in {count_of(len(report.modules), 'module')}."


def _reasons(report: CheckOfCopy) -> Iterator[str]:
    """Why modules were not compared, each reason once."""
    for reason in dict.fromkeys(report.not_compared.values()):
        names = [module for module, why in report.not_compared.items() if why == reason]
        yield f"{', '.join(names)} {'are' if names[1:] else 'is'} {reason}"


def show_check_of_copy(report: CheckOfCopy, output: Output) -> None:
    """Prints a sentence for each module, then the verdict."""
    for each in report.modules:
        said = each.sentence if each.outcome.outcome == "done" else each.outcome.reason
        output.say(f"{each.module}: {said or 'not compared.'}")
    if report.modules:
        for reason in _reasons(report):
            output.say(f"Not compared: {reason}.")
    output.say(f"{report.message} {count_of(report.calls, 'call')}.")
