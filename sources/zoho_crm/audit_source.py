"""The recycle-bin audit as a dlt source of its own, for pipelines without `zoho-sync`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import dlt
from dlt.extract import DltResource

from .auth import ZohoCredentials
from .bin_progress import BinProgress
from .bin_rounds import BinRounds
from .budget import CallBudget
from .client import ZohoClient
from .evidence_resources import (
    CAPTURES,
    RELATED_RECORDS,
    captures_resource,
    related_records_resource,
)
from .exceptions import ZohoConfigError
from .kept_datasets import refuse_kept_dataset
from .selection import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .evidence import Capture

_READER: Final = "recycle_bin_audit"


@dlt.source(name="zoho_crm_audit", section="zoho_crm", max_table_nesting=0)
def zoho_crm_audit_source(
    modules: Sequence[str] = EVERYTHING,
    credentials: ZohoCredentials = dlt.secrets.value,
    max_calls: int | None = None,
    erased_ids: Sequence[str] = (),
    images_of: Callable[[str, Sequence[str]], Any] | None = None,
) -> Sequence[DltResource]:
    """What hangs on the records in the recycle bin, before Zoho purges them, as evidence.

    Each record is captured when it is first seen, and once more in its last 7 days. Three calls
    where nothing is due.

    Args:
        modules: API names of modules whose deleted records are captured, with patterns.
        credentials: OAuth client and refresh token, from `[sources.zoho_crm.credentials]`.
        max_calls: Calls made at the most; what waits is captured first by the next run.
        erased_ids: What mentions one of these ids is not held.
        images_of: Gives the last known rows of a module's records, by id, as JSON values; without
            it no images are kept.

    Returns:
        The resources `recycle_bin_captures` and `recycle_bin_related_records`, which belong
        together.

    Raises:
        ZohoCrmError: See `exceptions`; of errors that end a run when something has been captured,
            that is kept, and the error is logged.
    """

    def read() -> Iterator[Sequence[Capture]]:
        _require_both()
        refuse_kept_dataset("zoho_crm_audit")
        with ZohoClient(credentials, budget=CallBudget(max_calls)) as client:
            progress = BinProgress(dlt.current.resource_state(_READER), modules=modules)
            rounds = BinRounds(
                client, progress, modules, images_of=images_of, erased_ids=frozenset(erased_ids)
            )
            yield from rounds.captures()

    reader = dlt.resource(read, name=_READER, selected=False)
    return [captures_resource(reader), related_records_resource(reader)]


def _require_both() -> None:
    """A capture names documents; without one of the tables the other proves nothing."""
    missing = {CAPTURES, RELATED_RECORDS} - dlt.current.source().resources.selected.keys()
    if missing:
        raise ZohoConfigError(
            f"zoho_crm_audit: {CAPTURES} and {RELATED_RECORDS} are captured together, and "
            f"{', '.join(sorted(missing))} is not selected: select both."
        )
