"""What the demo did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .durations import format_duration
from .exit_codes import ExitCode
from .report import show_report
from .results import ending
from .typing_commands import type_command
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .run_report import RunReport
    from .terminal import Output

_GO_ON: Final = """
Go on:
  {look}
  {command} simulate    # the same CRM for yourself: try login, check, run and status by hand
  {command} login       # your own CRM"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave."""

    title: str
    sql: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON values."""
        rows = [[_json_value(value) for value in row] for row in self.rows]
        return {"title": self.title, "sql": self.sql, "columns": list(self.columns), "rows": rows}


@dataclass(frozen=True, slots=True)
class DemoReport:
    """Two syncs, the day between them, and what SQL says then."""

    first: RunReport
    changes: Mapping[str, int]
    """What was done on the day between, and how often."""
    second: RunReport
    answers: Sequence[Answer]

    @property
    def exit_code(self) -> ExitCode:
        """The first that is not well."""
        return self.first.exit_code or self.second.exit_code

    @property
    def message(self) -> str:
        """What the second sync saved."""
        if self.exit_code is not ExitCode.DONE:
            return self.first.message if self.first.exit_code else self.second.message
        first, second = self.first, self.second
        return (
            f"The first sync took {count_of(first.calls, 'call')} and "
            f"{format_duration(first.seconds)}, the second, a working day later, "
            f"{count_of(second.calls, 'call')} and {format_duration(second.seconds)}."
        )

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            **ending(self.exit_code, self.message),
            "runs": [self.first.to_json(), self.second.to_json()],
            "changes": dict(self.changes),
            "queries": [answer.to_json() for answer in self.answers],
        }


def show_sync(report: RunReport, output: Output, *, lines: Sequence[str]) -> None:
    """Prints one of the two reports below a heading and what else there is to say."""
    heading, *others = lines
    output.say(heading, style="bold underline")
    for line in others:
        output.say(line)
    show_report(report, output)
    output.say("")


def show_end(report: DemoReport, output: Output) -> None:
    """Prints the answers, what the second sync saved, and where to go from here."""
    for answer in report.answers:
        output.say(answer.title, style="bold underline")
        output.say(answer.sql, style="dim")
        output.say("")
        output.show_table(_headings(answer), answer.rows)
        output.say("")
    output.say(report.message, style="bold")
    look, command = _look_command(report.second), type_command("zoho-sync")
    output.say(_GO_ON.format(look=look, command=command))


def describe_day(changes: Mapping[str, int]) -> str:
    """Says what was done, such as `edit contact 40x`."""
    done = ", ".join(f"{action.replace('_', ' ')} {times}x" for action, times in changes.items())
    return f"In the CRM: {done}."


def _look_command(report: RunReport) -> str:
    """A command that works wherever this one does."""
    query = f"SELECT * FROM {report.dataset}_live.deals LIMIT 5"
    if report.destination == "duckdb":
        file = Path(report.location).name
        python = type_command("python")
        return f"""{python} -c "import duckdb; duckdb.connect('{file}').sql('{query}').show()\""""
    return f'psql -c "{query}"'


def _headings(answer: Answer) -> list[str]:
    """Columns of numbers stand to the right."""
    first = answer.rows[0] if answer.rows else [None] * len(answer.columns)
    return [
        name if isinstance(value, str) or value is None else f">{name}"
        for name, value in zip(answer.columns, first, strict=True)
    ]


def _json_value(value: object) -> object:
    return value if isinstance(value, str | int | None) else float(str(value))
