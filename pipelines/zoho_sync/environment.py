"""How dlt runs under this command: quiet, and with what the dataset needs.

dlt reads its configuration once, when it is first used, so this comes before. What the user has
set, in a file or as a variable, stays.
"""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Final

from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from zoho_crm import settings

from .economies import spare_repeated_work
from .logs import start_logging
from .options import LogFormat

if TYPE_CHECKING:
    from .options import CommonOptions

DEFAULTS: Final = {
    # dlt reports its use to its makers unless told not to.
    "runtime.dlthub_telemetry": "false",
    "runtime.log_level": "WARNING",
    # `_dlt_load_id` is on every table; dlt leaves it out of Arrow pages unless told.
    "normalize.parquet_normalizer.add_dlt_load_id": "true",
    # Threads that ask for pages: as many as there may be sorted reads in flight.
    "extract.workers": str(settings.SORTED_READ_CONCURRENCY),
    # A signal ends a run in order (see `stopping`); amid a load dlt would keep it to itself, and
    # take a second one for the package's fault.
    "runtime.intercept_signals": "false",
    # The files of loaded packages would pile up in the working folder.
    "load.delete_completed_jobs": "true",
}
"""Keys of dlt's configuration, and what they are where the user does not say."""


def start(common: CommonOptions) -> None:
    """Sets up dlt and the log lines; comes first in every command."""
    start_logging(is_json=common.log_format is LogFormat.JSON, shows_traces=common.debug)
    prepare_dlt(is_debug=common.debug)


def prepare_dlt(*, is_debug: bool = False) -> None:
    """Sets what the user has not set, as variables: worker processes inherit them.

    Args:
        is_debug: dlt tells what it does.
    """
    defaults = DEFAULTS | ({"runtime.log_level": "INFO"} if is_debug else {})
    providers = PluggableRunContext().providers.providers  # not the active one: nothing starts yet
    for path, value in defaults.items():
        *sections, key = path.split(".")
        given = (provider.get_value(key, str, "", *sections)[0] for provider in providers)
        if all(found is None for found in given):
            os.environ[path.replace(".", "__").upper()] = value
    spare_repeated_work()
    _ignore_warnings_of_libraries()


def _ignore_warnings_of_libraries() -> None:
    """Warnings are for who writes code; with `-W` or PYTHONWARNINGS they are shown."""
    if not os.environ.get("PYTHONWARNINGS"):
        for category in (DeprecationWarning, PendingDeprecationWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
