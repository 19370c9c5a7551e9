"""`zoho-sync run`: one run with what the command line and the configuration say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_crm.exceptions import ZohoCrmError
from zoho_destinations.exceptions import WarehouseError

from .configuration import read_configuration
from .exit_codes import ExitCode
from .heartbeat import send_heartbeat, tell_slack
from .options import LogFormat
from .progress import build_progress
from .run import run_sync
from .target import open_target

if TYPE_CHECKING:
    from .configuration import SyncConfiguration
    from .options import CommonOptions
    from .run_options import RunOptions
    from .run_report import RunReport


def run_scheduled(common: CommonOptions, options: RunOptions) -> RunReport:
    """Brings the configured dataset up to date.

    Raises:
        ZohoConfigError: The configuration is incomplete or wrong.
        WarehouseError: The destination cannot be used, or somebody else holds it.
    """
    config = read_configuration()
    try:
        report = _run(config, common, options)
    except (ZohoCrmError, WarehouseError) as error:
        send_heartbeat(config.heartbeat_url, ExitCode.UNEXPECTED, str(error))
        raise
    send_heartbeat(config.heartbeat_url, report.exit_code, report.message)
    tell_slack(report)
    return report


def _run(config: SyncConfiguration, common: CommonOptions, options: RunOptions) -> RunReport:
    if options.max_calls is not None:
        config.max_calls = options.max_calls
    target = open_target(config, common.kind)
    is_json = common.log_format is LogFormat.JSON
    with build_progress(is_quiet=common.quiet, is_json=is_json) as progress:
        return run_sync(config, target, listener=progress, options=options)
