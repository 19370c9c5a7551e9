"""The display on a terminal while a run works."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from .durations import format_duration
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console, RenderableType

    from zoho_crm.outcomes import ResourceOutcome

    from .run_report import RunReport

READING: Final = ("reading", "more")
"""Outcomes of resources that are not at their end."""
_FRAMES_PER_S: Final = 8
_BAR_WIDTH: Final = 24
_MIN_LINES: Final = 4
_OTHER_LINES: Final = 6
"""Lines of the terminal for the bar, the phase, and what was there before."""


class LiveProgress:
    """Rows and pages of the resources being read, and a bar of how many are done.

    Args:
        console: Standard error.
        clock: Gives seconds.
    """

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._started_at = clock()
        self._spinner = Spinner("dots", "Starting")
        self._outcomes: Sequence[ResourceOutcome] = ()
        self._calls = 0
        self._live = Live(
            console=console,
            refresh_per_second=_FRAMES_PER_S,
            transient=True,
            get_renderable=self._render,
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
        self._outcomes, self._calls = outcomes, calls
        self._spinner.update(text="Reading")

    def phase(self, sentence: str) -> None:
        """Says what begins."""
        self._spinner.update(text=sentence.rstrip("."))

    def _render(self) -> RenderableType:
        return Group(self._render_resources(), self._spinner, self._render_bar())

    def _render_resources(self) -> RenderableType:
        table = Table.grid(padding=(0, 2, 0, 0))
        for justify in ("left", "right", "right"):
            table.add_column(justify=justify, no_wrap=True)
        reading = [o for o in self._outcomes if o.outcome in READING and o.pages]
        reading.sort(key=lambda outcome: -outcome.rows)
        for outcome in reading[: max(self._console.height - _OTHER_LINES, _MIN_LINES)]:
            pages = count_of(outcome.pages, "page")
            table.add_row(outcome.resource, count_of(outcome.rows, "row"), pages)
        return table

    def _render_bar(self) -> RenderableType:
        done = sum(outcome.outcome not in READING for outcome in self._outcomes)
        total = len(self._outcomes)
        facts = [
            f"{done} of {count_of(total, 'resource')}",
            count_of(sum(outcome.rows for outcome in self._outcomes), "row"),
            count_of(self._calls, "call"),
            format_duration(self._clock() - self._started_at),
        ]
        grid = Table.grid(padding=(0, 2, 0, 0))
        bar = ProgressBar(total=max(total, 1), completed=done, width=_BAR_WIDTH)
        grid.add_row(bar, Text(", ".join(facts)))
        return grid
