"""The commands and their options; the work of each is in a module of its own."""

# No `from __future__ import annotations`: typer reads annotations when the program runs. The
# modules that do the work are imported by the command that needs them: dlt takes a second.

import functools
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from .failures import FailureStyle, tell_failure, tell_lost_result
from .options import CommonOptions, Edition, read_duration, with_common_options
from .startup import prepare_process
from .streams import close_streams, prepare_streams

if TYPE_CHECKING:
    from .run_options import RunOptions

app = typer.Typer(
    name="zoho-sync",
    help="Keeps an exact SQL copy of a Zoho CRM organisation in DuckDB or Postgres.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


Select = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SELECT", help="Modules or lists, such as Leads, '!Notes', Deals.Notes."
    ),
]
Duration = functools.partial(typer.Option, parser=read_duration, metavar="DURATION")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The command `zoho-sync`: ends the process with the documented exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    prepare_streams()
    prepare_process()
    try:
        exit_code = int(app(given, prog_name="zoho-sync", standalone_mode=False) or 0)
    except (Exception, KeyboardInterrupt) as error:  # told, whatever it is
        exit_code = tell_failure(error, FailureStyle.of(given))
    lost = close_streams()
    sys.exit(
        tell_lost_result(lost, FailureStyle.of(given)) if lost and not exit_code else exit_code
    )


@app.callback(invoke_without_command=True)
def about(
    context: typer.Context,
    shows_version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", is_eager=True)
    ] = False,
) -> None:
    """Keeps an exact SQL copy of a Zoho CRM organisation in DuckDB or Postgres."""
    if shows_version:
        typer.echo(f"zoho-sync {_version()}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _version() -> str:
    try:
        return version("zoho-crm-sync")
    except PackageNotFoundError:  # run from the checkout, uninstalled
        return "from source"


@app.command()
@with_common_options
def demo(
    common: CommonOptions,
    scale: Annotated[float, typer.Option(min=0.02, help="1 is some 15,000 records.")] = 1.0,
) -> int:
    """Tries everything on a simulated CRM: no account, no configuration, under a minute."""
    from .demo import run_demo

    return run_demo(common, scale=scale)


@app.command()
@with_common_options
def login(  # noqa: PLR0913  # each is an option
    common: CommonOptions,
    client_id: Annotated[str | None, typer.Option(help="Of the client; asked for.")] = None,
    client_secret_stdin: Annotated[
        bool,
        typer.Option("--client-secret-stdin", help="Read the secret from stdin."),
    ] = False,
    code: Annotated[str | None, typer.Option(help="The grant code; asked for.")] = None,
    data_center: Annotated[
        str | None, typer.Option(help="us, eu, in, au, cn, jp, ca or sa.")
    ] = None,
    accounts_url: Annotated[
        str | None, typer.Option(help="An accounts server, in place of a data centre.")
    ] = None,
    delink: Annotated[
        bool, typer.Option("--delink", help="Also ask for the scopes that remove relations.")
    ] = False,
) -> int:
    """Exchanges a grant code for a refresh token and saves it in .dlt/secrets.toml."""
    from .environment import start
    from .login import log_in, show_login
    from .login_questions import LoginOptions
    from .results import present
    from .terminal import remarks

    start(common)
    given = LoginOptions(
        client_id=client_id,
        has_secret_on_stdin=client_secret_stdin,
        code=code,
        data_center=data_center,
        accounts_url=accounts_url,
        includes_delink=delink,
    )
    report = log_in(given, say=remarks().say)
    return present(report, show_login, is_json=common.json)


@app.command()
@with_common_options
def check(
    common: CommonOptions,
    delink: Annotated[
        bool, typer.Option("--delink", help="Also try the scopes for removing relations.")
    ] = False,
) -> int:
    """Tries credentials, scopes and the destination; loads nothing."""
    from .check import check_everything
    from .check_report import show_check
    from .environment import start
    from .results import present

    start(common)
    report = check_everything(common.kind, includes_delink=delink)
    return present(report, show_check, is_json=common.json)


@app.command()
@with_common_options
def modules(
    common: CommonOptions,
    select: Select = None,
    count: Annotated[bool, typer.Option("--count", help="Also count the records.")] = False,
    related: Annotated[
        bool, typer.Option("--related", help="Show related lists instead: class, way, cost.")
    ] = False,
) -> int:
    """Lists what can be read, and why the rest can't."""
    from .configuration import read_configuration
    from .environment import start
    from .modules import list_modules
    from .modules_report import show_modules
    from .results import present

    start(common)
    config = read_configuration()
    if related:
        from .modules_related import list_related, show_related

        lists = list_related(config, common.kind, select or ())
        return present(lists, show_related, is_json=common.json)
    report = list_modules(config.credentials, select or (), is_counted=count)
    return present(report, show_modules, is_json=common.json)


@app.command()
@with_common_options
def run(
    common: CommonOptions,
    select: Select = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="Calls at the most.")] = None,
    max_runtime: Annotated[
        float | None, Duration(help="Stop reading after this long, such as 10m.")
    ] = None,
    wait: Annotated[
        float | None, Duration(help="Wait this long for another run or a reader, such as 10m.")
    ] = None,
) -> int:
    """Brings the copy up to date: the command to schedule."""
    from .run_options import RunOptions

    return _run(
        common,
        RunOptions(
            patterns=select, max_calls=max_calls, max_runtime_s=max_runtime, wait_s=wait or 0.0
        ),
    )


@app.command()
@with_common_options
def reconcile(
    common: CommonOptions,
    select: Select = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; exit 9 where something differs.")
    ] = False,
    max_calls: Annotated[int | None, typer.Option(min=1, help="Calls at the most.")] = None,
    max_runtime: Annotated[
        float | None, Duration(help="Stop after this long, such as 10m.")
    ] = None,
    wait: Annotated[
        float | None, Duration(help="Wait this long for another run or a reader, such as 10m.")
    ] = None,
) -> int:
    """Compares all ids and times with the CRM and mends what a run cannot see."""
    from .run_options import RunOptions

    options = RunOptions(
        patterns=select,
        max_calls=max_calls,
        max_runtime_s=max_runtime,
        wait_s=wait or 0.0,
        reconciles=True,
    )
    if not check:
        return _run(common, options)

    from .environment import start
    from .reconcile_check import check_copy, show_check_of_copy
    from .results import present

    start(common)
    return present(check_copy(common, options), show_check_of_copy, is_json=common.json)


def _run(common: CommonOptions, options: "RunOptions") -> int:
    from .environment import start
    from .report import show_report
    from .run_results import present_run
    from .scheduled import run_scheduled

    start(common)
    report = run_scheduled(common, options)
    return present_run(common, report, report, show_report)


@app.command()
@with_common_options
def status(
    common: CommonOptions,
    select: Select = None,
    max_age: Annotated[
        float | None, Duration(help="Exit 6 where a table was not read for this long, such as 2h.")
    ] = None,
) -> int:
    """Shows how fresh each table is; asks Zoho nothing."""
    from .configuration import read_configuration
    from .environment import start
    from .results import present
    from .status import read_status
    from .status_report import show_status

    start(common)
    config = read_configuration(needs_credentials=False)
    report = read_status(config, common.kind, patterns=select or (), max_age_s=max_age)
    return present(report, show_status, is_json=common.json)


@app.command()
@with_common_options
def audit(  # noqa: PLR0913  # typer reads an option from each
    common: CommonOptions,
    module: Annotated[
        list[str] | None, typer.Option(help="Only records of these modules; with patterns.")
    ] = None,
    recapture: Annotated[
        bool, typer.Option("--recapture", help="Capture everything in the bin once more.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Prove that no evidence was altered; exit 9.")
    ] = False,
    anchor: Annotated[
        str | None, typer.Option(help="With --check: where the chain ended earlier.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Show a case file for each deletion.")
    ] = False,
    since: Annotated[
        str | None, typer.Option(help="With --report: deletions from this day on.")
    ] = None,
    html: Annotated[
        str | None, typer.Option(help="With --report: write one HTML page to this file.")
    ] = None,
    erase: Annotated[
        str | None, typer.Option(help="Remove the content of all evidence on this id.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="With --erase: why; kept for ever.")] = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="Calls at the most.")] = None,
    max_runtime: Annotated[
        float | None, Duration(help="Stop asking after this long, such as 10m.")
    ] = None,
    wait: Annotated[
        float | None, Duration(help="Wait this long for another run or a reader, such as 10m.")
    ] = None,
) -> int:
    """Captures what hangs on the records in the recycle bin, as evidence."""
    from .audit_command import AuditArguments, audit_with
    from .environment import start

    start(common)
    given = AuditArguments(
        modules=module or (),
        is_recapture=recapture,
        is_check=check,
        anchor=anchor,
        is_report=report,
        since=since,
        html=html,
        erase=erase,
        reason=reason,
        max_calls=max_calls,
        max_runtime_s=max_runtime,
        wait_s=wait or 0.0,
    )
    return audit_with(common, given)


@app.command()
@with_common_options
def delink(  # noqa: PLR0913  # each is an option
    common: CommonOptions,
    from_query: Annotated[
        str | None, typer.Option(metavar="SQL", help="A query over the dataset that names rows.")
    ] = None,
    from_table: Annotated[str | None, typer.Option(help="A table or view that names rows.")] = None,
    from_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="A CSV or Parquet file that names rows.")
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Do what was planned; without it, only plan.")
    ] = False,
    plan: Annotated[
        str | None, typer.Option(help="The plan to apply, by the beginning of its id.")
    ] = None,
    undo: Annotated[
        str | None, typer.Option(metavar="PLAN", help="Add again what a plan has removed.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Plan by what the dataset holds; ask Zoho nothing.")
    ] = False,
    max_rows: Annotated[
        int, typer.Option("--max", min=1, help="Rows that may be named at the most.")
    ] = 1000,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    wait: Annotated[
        float | None, Duration(help="Wait this long for a run or a reader, such as 10m.")
    ] = None,
) -> int:
    """Removes relations in Zoho that rows in SQL name: plans, applies, undoes."""
    from .delink_command import delink_relations
    from .delink_inputs import choose_input
    from .delink_options import DelinkOptions
    from .delink_report import show_delink
    from .environment import start
    from .results import present

    start(common)
    options = DelinkOptions(
        choice=choose_input(from_query, from_table, from_file),
        plan=plan,
        undo=undo,
        is_applied=apply,
        is_offline=offline,
        max_rows=max_rows,
        is_confirmed=yes,
        wait_s=wait or 0.0,
    )
    return present(delink_relations(common, options), show_delink, is_json=common.json)


@app.command()
@with_common_options
def simulate(
    common: CommonOptions,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any free one.")] = 8765,
    scale: Annotated[float, typer.Option(min=0.02, help="1 is some 15,000 records.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same records.")] = 7,
    latency_ms: Annotated[float, typer.Option(min=0, help="Waited before each reply.")] = 0.0,
    edition: Annotated[Edition, typer.Option(help="Decides credits.")] = Edition.ENTERPRISE,
) -> int:
    """Serves a simulated Zoho CRM on this machine."""
    from .environment import start
    from .simulate import SimulateOptions, serve_simulator

    start(common)
    options = SimulateOptions(
        port=port, scale=scale, seed=seed, latency_ms=latency_ms, edition=edition.value
    )
    return serve_simulator(options, is_json=common.json, is_quiet=common.quiet)
