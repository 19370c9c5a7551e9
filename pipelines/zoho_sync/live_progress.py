"""The display on a terminal while a run works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType

    from zoho_crm.outcomes import ResourceOutcome

    from .run_report import RunReport

_READING: Final = ("reading", "more")
_MIN_LINES: Final = 4
_OTHER_LINES: Final = 6
"""Lines of the terminal that are not resources': the bar, the phase, what was there before."""


class LiveProgress:
    """Resources with rows and pages while they are read, a bar of how many are done.

    Args:
        console: Standard error.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase = "Starting"
        self._outcomes: Sequence[ResourceOutcome] = ()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("resources"),
            TextColumn("{task.fields[rows]:,} rows"),
            TextColumn("{task.fields[calls]:,} calls"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task = self._bar.add_task("Reading", total=None, rows=0, calls=0)
        self._live = Live(
            console=console, refresh_per_second=8, transient=True, get_renderable=self._render
        )

    def __enter__(self) -> Self:
        """Starts to show."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Takes the display away; the report comes in its place."""
        self._live.stop()

    def started(self, report: RunReport) -> None:
        """Says where the run writes to, in a line that stays."""
        place = f"{report.destination} {report.location}, dataset {report.dataset}"
        self._console.print(Text(f"Syncing into {place}."), soft_wrap=True)

    def progressed(self, outcomes: Sequence[ResourceOutcome], calls: int) -> None:
        """Moves the bar and the numbers."""
        self._outcomes = outcomes
        self._phase = "Reading"
        done = sum(outcome.outcome not in _READING for outcome in outcomes)
        rows = sum(outcome.rows for outcome in outcomes)
        self._bar.update(self._task, completed=done, total=len(outcomes), rows=rows, calls=calls)

    def phase(self, sentence: str) -> None:
        """Says what begins."""
        self._phase = sentence.rstrip(".")

    def _render(self) -> RenderableType:
        return Group(self._render_resources(), Spinner("dots", self._phase), self._bar)

    def _render_resources(self) -> RenderableType:
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(justify="right")
        table.add_column(justify="right")
        reading = [o for o in self._outcomes if o.outcome in _READING and o.pages]
        reading.sort(key=lambda outcome: -outcome.rows)
        for outcome in reading[: max(self._console.height - _OTHER_LINES, _MIN_LINES)]:
            table.add_row(outcome.resource, f"{outcome.rows:,} rows", f"{outcome.pages:,} pages")
        return table
