"""`delink`: a dlt destination that removes relations in Zoho, for any pipeline.

::

    import dlt
    from zoho_destinations.delink import delink

    rows = [{"module": "Campaigns", "record": "6...01", "related_list": "Leads",
             "related_record": "6...02"}]
    dlt.pipeline("stale_members", destination=delink()).run(rows, table_name="stale_members")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import dlt
from dlt.common.configuration import resolve_configuration
from dlt.common.schema.typing import TTableSchema
from dlt.common.typing import TDataItems

from zoho_crm.auth import ZohoCredentials
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import ZohoCrmError, ZohoTransientError

from .delink_batches import DelinkRefusedError, DelinkUnavailableError, Tally, remove_batch
from .delink_calls import Recorder

if TYPE_CHECKING:
    from collections.abc import Collection

    from dlt.common.destination import Destination

    from .delink_rows import RelationRow

NAME: Final = "zoho_delink"
BATCH_ROWS: Final = 10_000
"""Rows that are grouped into calls at a time."""


@dlt.destination(
    name=NAME,
    batch_size=BATCH_ROWS,
    loader_file_format="typed-jsonl",
    loader_parallelism_strategy="sequential",
)
def delink(
    items: TDataItems, table: TTableSchema, credentials: ZohoCredentials | None = None
) -> None:
    """Removes the relations that the rows of any table name.

    A row has `module`, `record`, `related_list` and `related_record`; with `record_field` or
    `related_field` a side is named by the value of that external field in place of the id. A batch
    with a row that can't be removed is refused before any call.

    Args:
        items: The rows.
        table: dlt's description of their table.
        credentials: By default those of the source, `[sources.zoho_crm.credentials]`.

    Raises:
        DelinkRefusedError: A row can't be removed, or Zoho refused it; all others were removed.
        DelinkUnavailableError: Zoho could not be asked; dlt tries the rest again.
    """
    tally = Tally()
    try:
        chosen = credentials or _credentials_of_the_source()
        with ZohoClient(chosen, may_write=True) as client:
            remove_batch(client, items, tally)
    except ZohoTransientError as error:
        raise DelinkUnavailableError(str(error)) from error
    except ZohoCrmError as error:
        raise DelinkRefusedError(f"Table {table['name']}: {error}") from error
    tally.raise_failures()


class StoppingRecorder(Recorder, Protocol):
    """A recorder that hears of the end as well."""

    error: Exception | None
    """What ended the removal before its time."""


def build_recording_delink(
    client: ZohoClient, recorder: StoppingRecorder, may_have_run: Collection[RelationRow] = ()
) -> Destination[Any, Any]:
    """The same destination with a client and a recorder of its caller's, who tries nothing again.

    Args:
        client: The client.
        recorder: Hears of what is done, and of the error that ends it: dlt would try again.
        may_have_run: Rows whose calls may have been made by a process that was killed.
    """

    @dlt.destination(
        name=NAME,
        batch_size=BATCH_ROWS,
        loader_file_format="typed-jsonl",
        loader_parallelism_strategy="sequential",
    )
    def recording_delink(items: TDataItems, table: TTableSchema) -> None:  # noqa: ARG001  # dlt's
        if recorder.error is None:
            try:
                remove_batch(client, items, recorder, may_have_run)
            except Exception as error:  # raised by the caller, once dlt is out of the way
                recorder.error = error

    return recording_delink()


def _credentials_of_the_source() -> ZohoCredentials:
    sections = ("sources", "zoho_crm", "credentials")
    return resolve_configuration(ZohoCredentials(), sections=sections)
