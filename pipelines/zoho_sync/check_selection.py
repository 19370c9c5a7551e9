"""Whether what the configuration selects is there, by Zoho's list of modules and by the dataset."""

from __future__ import annotations

from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.metadata import Metadata
from zoho_crm.source import selected_modules
from zoho_destinations.explain import explain

from .glance import is_there, readable_target
from .known_metadata import read_known_metadata
from .known_related_lists import read_known_lists
from .related_selection import require_known, split_selection
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoho_crm.api_types import Module
    from zoho_destinations.settings import Kind

    from .check_report import CheckReport
    from .configuration import SyncConfiguration


def check_selection(
    config: SyncConfiguration, kind: Kind, modules: Sequence[Module], report: CheckReport
) -> None:
    """Looks for what `modules` names, as a run would.

    Args:
        config: Says what to read.
        kind: `duckdb` or `postgres`.
        modules: The modules that Zoho lists.
        report: Is told what was found.
    """
    known, lists = _read_known(config, kind)
    listed = {module.id for module in modules}
    removed = [module for module in known.modules if module.id not in listed]
    metadata = replace(known, modules=tuple(modules), past_modules=(*known.past_modules, *removed))
    selection = split_selection(config.modules)
    try:
        require_known(selection, lists)
        selected = selected_modules(metadata, selection.modules)
    except ZohoConfigError as error:
        report.add_failure("selection", error)
    else:
        report.add("selection", f"{count_of(len(selected), 'module')} to be read")


def _read_known(config: SyncConfiguration, kind: Kind) -> tuple[Metadata, Sequence[str]]:
    """What earlier runs knew, and the names of lists; nothing where the copy can't be opened."""
    try:
        target = readable_target(config, kind)
        if not is_there(target):
            return Metadata(), ()
        with TemporaryDirectory(prefix="zoho-sync-") as folder:
            pipeline = target.passing_pipeline(folder)
            lists = read_known_lists(pipeline)
            return read_known_metadata(pipeline), [one.name for one in lists]
    except Exception as error:  # each driver raises its own: known is what `explain` can word
        if explain(error) is None:
            raise
        return Metadata(), ()  # the finding on the destination says why
