"""Which lists of which deleted records are due to be captured; pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zoho_crm.bin_capture import ParentWork
from zoho_crm.bin_progress import LAST_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from zoho_crm.capture_plan import CaptureList
    from zoho_crm.evidence import Occasion
    from zoho_destinations.bin_parents import BinParent


def due_work(
    known: BinParent,
    lists: Mapping[str, CaptureList],
    *,
    now: datetime,
    is_recapture: bool = False,
) -> ParentWork | None:
    """What is to be asked about a record in the bin now; None where nothing is.

    Args:
        known: The record, and when each of its lists was asked last.
        lists: The lists of its module.
        now: Zoho's clock.
        is_recapture: Whatever was asked before is asked again.
    """
    asked = known.asked
    again, again_before = _again(known, now, is_recapture=is_recapture)

    def is_stale(name: str | None) -> bool:
        return again_before is not None and asked[name] < again_before

    due = tuple(
        each
        for name, each in lists.items()
        if name not in asked or (each.is_asked and is_stale(name))
    )
    if None in asked and not due and not is_stale(None):
        return None
    return ParentWork(known.parent, again if None in asked else "first", due)


def _again(
    known: BinParent, now: datetime, *, is_recapture: bool
) -> tuple[Occasion, datetime | None]:
    """Why it may be asked again, and before when it must have been asked for that."""
    if is_recapture:
        return "on_demand", now
    due_at = known.parent.purge_due_at
    begins = due_at - timedelta(days=LAST_DAYS) if due_at else None
    if begins is not None and begins <= now:
        return "last_days", begins
    return "first", None
