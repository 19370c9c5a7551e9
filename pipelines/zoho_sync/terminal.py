"""Text for people: tables and sentences, on a terminal or in a pipe."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Final, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

_PIPE_WIDTH: Final = 400
"""Columns of a pipe: whatever reads it breaks lines itself, and a broken table helps nobody."""
_NUMBER_MARK: Final = ">"


class Output:
    """A stream for people.

    Args:
        stream: Standard output or standard error.
    """

    def __init__(self, stream: TextIO) -> None:
        is_terminal = stream.isatty()
        width = None if is_terminal else _PIPE_WIDTH
        self.console = Console(file=stream, width=width, highlight=False, emoji=False)

    def say(self, sentence: str, *, style: str = "") -> None:
        """Prints a sentence, which the terminal may break."""
        self.console.print(Text(sentence, style=style), soft_wrap=True)

    def show_table(self, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Prints a table no wider than what is in it.

        Args:
            headings: One a column; with `>` in front, the column holds numbers.
            rows: Cells; None is an empty one.
        """
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for heading in headings:
            is_number = heading.startswith(_NUMBER_MARK)
            table.add_column(
                heading.removeprefix(_NUMBER_MARK),
                justify="right" if is_number else "left",
                no_wrap=is_number,
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(to_cell(value) for value in row))
        self._print_stripped(table)

    def _print_stripped(self, renderable: RenderableType) -> None:
        """Prints without the blanks that fill a table's lines."""
        with self.console.capture() as capture:
            self.console.print(renderable)
        lines = [line.rstrip() for line in capture.get().splitlines()]
        self.console.file.write("\n".join([*lines, ""]))


def to_cell(value: object) -> Text:
    """Shows a value as people read it."""
    if isinstance(value, Text):
        return value
    if isinstance(value, datetime):
        return Text(f"{value:%Y-%m-%d %H:%M:%S}Z")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int):
        return Text(f"{value:,}")
    if isinstance(value, float):
        return Text(f"{value:,.1f}")
    return Text("" if value is None else str(value))


def results() -> Output:
    """Standard output, where results go."""
    return Output(sys.stdout)


def remarks() -> Output:
    """Standard error, where everything else goes."""
    return Output(sys.stderr)
