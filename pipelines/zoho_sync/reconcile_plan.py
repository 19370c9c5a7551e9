"""Which modules a run reconciles: those it was asked for, those that are due, the next in turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from zoho_destinations.sync_progress import Progress, read_progress, write_progress

from .reconcile import TASK

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from zoho_destinations.statements import Client

_DUE: Final = 1
"""What `Progress.number` says of a module that must be reconciled."""


def mark_due(client: Client, modules: Collection[str]) -> None:
    """Has modules reconciled as soon as a run can, whatever the period."""
    known = read_progress(client, TASK)
    for module in modules:
        progress = known.get(module, Progress())
        if progress.number != _DUE:
            write_progress(client, TASK, module, replace(progress, number=_DUE))


def choose_modules(
    client: Client,
    loaded: Sequence[str],
    *,
    now: datetime,
    period_s: float,
    all_of_them: bool,
    rows: Collection[str] = (),
) -> Mapping[str, Progress]:
    """Gives the modules to reconcile now, the one that waits longest first.

    A module that is new here was read whole a moment ago: its turn comes a period later.

    Args:
        client: An open client of the dataset.
        loaded: Modules that this run has read to their end.
        now: Zoho's clock.
        period_s: Seconds between two modules in turn; 0 for never.
        all_of_them: All that are loaded were asked for.
        rows: Modules whose records belong to those of others: after them, because what of those
            is gone takes its rows along.
    """
    if all_of_them:
        return _all_of_them(client, loaded, rows)
    known = read_progress(client, TASK)
    for name in loaded:
        if name not in known:
            known[name] = Progress(done_at=now)
            write_progress(client, TASK, name, known[name])
    due = [n for n in loaded if known[n].number == _DUE or known[n].anchor is not None]
    if not due and period_s and _is_time(known, now, period_s):
        due = sorted(loaded, key=lambda name: (known[name].done_at or now, name))[:1]
    return {name: known[name] for name in sorted(due, key=lambda name: name in rows)}


def _all_of_them(
    client: Client, loaded: Sequence[str], rows: Collection[str]
) -> Mapping[str, Progress]:
    """Where a limit cuts them short, the next run goes on with the others, not with the first."""
    before = read_progress(client, TASK)
    mark_due(client, loaded)
    known = read_progress(client, TASK)

    def place(name: str) -> tuple[bool, bool, float, str]:
        progress = before.get(name, Progress())
        is_begun = progress.number == _DUE or progress.anchor is not None
        done_at = progress.done_at.timestamp() if progress.done_at else 0
        return not is_begun, name in rows, done_at, name

    return {name: known[name] for name in sorted(loaded, key=place)}


def _is_time(known: Mapping[str, Progress], now: datetime, period_s: float) -> bool:
    latest = max((each.done_at for each in known.values() if each.done_at), default=now)
    return now - latest >= timedelta(seconds=period_s)
