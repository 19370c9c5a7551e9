"""The deletions of all modules as a dlt source of their own, for pipelines without `zoho-sync`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common import logger
from dlt.extract import DltResource

from . import settings
from .auth import ZohoCredentials
from .bin_reading import BinReader
from .client import ZohoClient
from .deletions import RESOURCE, Deletion
from .dlt_resources import build_resource
from .exceptions import ZohoCrmError, ZohoSkippableError
from .kept_datasets import refuse_kept_dataset
from .metadata import is_candidate, read_metadata
from .metadata_resources import reference_columns
from .module_deletions import list_deleted
from .records import to_table
from .recycle_bin import RecycleBin
from .reference_tables import build_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .api_types import JsonObject, Module

KEY = ("module", "id", "deleted_time")
_PERIOD = timedelta(seconds=settings.PERMANENT_PERIOD_S)
_TABLE = build_table(
    RESOURCE,
    "Records that were deleted, and by whom",
    (
        "id text",
        "module text",
        "deleted_time timestamp",
        "type text",
        "display_name text",
        "deleted_by__id text deleted_by.id",
        "deleted_by__name text deleted_by.name",
        "created_by__id text created_by.id",
        "created_by__name text created_by.name",
    ),
)


@dlt.source(name="zoho_crm_deletions", section="zoho_crm", max_table_nesting=0)
def zoho_crm_deletions(
    credentials: ZohoCredentials = dlt.secrets.value, overlap_s: float = settings.OVERLAP_S
) -> Sequence[DltResource]:
    """What was deleted since the last run, in all modules; restores are not told.

    Two calls a run where nothing was deleted, and one a module and day for permanent deletions.

    Args:
        credentials: OAuth client and refresh token, from `[sources.zoho_crm.credentials]`.
        overlap_s: Seconds that a next read goes back behind the server's clock.

    Returns:
        The resource `deleted_records`.

    Raises:
        ZohoCrmError: See `exceptions`.
    """
    client = ZohoClient(credentials)

    def read() -> Iterator[Any]:
        refuse_kept_dataset("zoho_crm_deletions")
        found = read_metadata(client, only=())
        modules = [module for module in found.modules if is_candidate(module)]
        state = dlt.current.resource_state(RESOURCE)
        listed = _Listed(client, overlap_s, state, found.date or datetime.now(UTC))
        for number, page in enumerate(listed.pages(modules)):
            yield to_table(_TABLE, [_to_row(each) for each in page], read_no=number).table

    columns = reference_columns(_TABLE)
    for name in KEY:
        columns[name] |= {"nullable": False, "primary_key": True}
    resource = build_resource(read, _TABLE, name=RESOURCE, columns=columns)
    return [resource.apply_hints(primary_key=KEY)]


class _Listed:
    """Reads both kinds of listings from where the last run ended."""

    def __init__(
        self, client: ZohoClient, overlap_s: float, state: dict[str, Any], now: datetime
    ) -> None:
        self._client, self._overlap_s = client, overlap_s
        self._state, self._now = state, now

    def pages(self, modules: Sequence[Module]) -> Iterator[Sequence[Deletion]]:
        """Yields deletions, at least one at a time."""
        reader = BinReader(
            RecycleBin(self._client, overlap_s=self._overlap_s), [m.api_name for m in modules]
        )
        yield from filter(None, reader.pages(self._anchor("recycle_bin")))
        for name in reader.crowded:
            logger.warning(f"{name}: more was deleted within a second than Zoho lists.")
        self._keep("recycle_bin", reader.next_anchor)
        if self._is_due():
            for module in modules:
                yield from self._permanent(module)
            self._state["permanent_read_at"] = self._now.isoformat()

    def _permanent(self, module: Module) -> Iterator[Sequence[Deletion]]:
        name = f"permanent {module.api_name}"
        listing = list_deleted(
            self._client,
            module,
            "permanent",
            since=self._anchor(name),
            overlap_s=self._overlap_s,
        )
        try:
            yield from filter(None, listing.pages())
        except ZohoSkippableError as error:
            logger.warning(str(error))
        except ZohoCrmError as error:
            if error.code != "OAUTH_SCOPE_MISMATCH":
                raise
            logger.warning(str(error))
        if listing.is_complete:
            self._keep(name, listing.next_anchor)

    def _is_due(self) -> bool:
        before = self._state.get("permanent_read_at")
        return before is None or self._now - datetime.fromisoformat(before) >= _PERIOD

    def _anchor(self, name: str) -> datetime | None:
        text = self._state.get(name)
        return datetime.fromisoformat(text) if text else None

    def _keep(self, name: str, anchor: datetime | None) -> None:
        if anchor is not None:
            self._state[name] = anchor.isoformat()


def _to_row(deletion: Deletion) -> JsonObject:
    return {
        "id": deletion.id,
        "module": deletion.module,
        "deleted_time": deletion.deleted_time.isoformat(),
        "type": deletion.type,
        "display_name": deletion.display_name,
        "deleted_by": _person(deletion.deleted_by__id, deletion.deleted_by__name),
        "created_by": _person(deletion.created_by__id, deletion.created_by__name),
    }


def _person(user_id: str | None, name: str | None) -> JsonObject | None:
    return {"id": user_id, "name": name} if user_id is not None else None
