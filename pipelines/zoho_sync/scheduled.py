"""`zoho-sync run`: one run with what the command line and the configuration say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .configuration import read_configuration
from .explanations import explain_failure
from .heartbeat import send_heartbeat, tell_slack
from .masking import mask_secrets
from .options import LogFormat
from .progress import build_progress
from .run import run_sync
from .target import open_target

if TYPE_CHECKING:
    from .configuration import SyncConfiguration
    from .exit_codes import ExitCode
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
    except Exception as error:  # whatever it is: nobody looks at a scheduled run but these
        exit_code, sentence = explain_failure(error)
        _tell(config, exit_code, mask_secrets(sentence))
        raise
    _tell(config, report.exit_code, report.message, has_news=bool(report.schema_changes))
    return report


def _tell(
    config: SyncConfiguration, exit_code: ExitCode, message: str, *, has_news: bool = False
) -> None:
    send_heartbeat(config.heartbeat_url, exit_code, message)
    tell_slack(config.dataset_name, exit_code, message, has_news=has_news)


def _run(config: SyncConfiguration, common: CommonOptions, options: RunOptions) -> RunReport:
    if options.max_calls is not None:
        config.max_calls = options.max_calls
    target = open_target(config, common.kind)
    is_json = common.log_format is LogFormat.JSON
    with build_progress(is_quiet=common.quiet, is_json=is_json) as progress:
        return run_sync(config, target, listener=progress, options=options)
