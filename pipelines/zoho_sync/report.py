"""A run's report for people: what was read, what was not and why, what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from .capture_summary import show_captures
from .durations import format_duration
from .exit_codes import ExitCode
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zoho_crm.outcomes import ResourceOutcome

    from .run_report import ResourceReport, RunReport
    from .terminal import Output

_HEADINGS: Final = (
    "resource", ">rows", ">calls", ">credits", ">seconds", "newest change", "outcome",
)  # fmt: skip
_STYLES: Final = {
    "done": "green",
    **dict.fromkeys(("behind", "skipped", "limit", "stopped"), "yellow"),
}


def show_report(report: RunReport, output: Output) -> None:
    """Prints the resources that changed, the rest in sentences, then the totals."""
    loaded = [resource for resource in report.resources if resource.outcome.rows]
    if loaded:
        output.show_table(_HEADINGS, (_row(resource) for resource in loaded))
        output.say("")
    for sentence in _sentences(report):
        output.say(sentence)
    if report.captured is not None:
        show_captures(report.captured, output)
    show_not_loaded(report, output)
    output.say("")
    is_well = report.exit_code is ExitCode.DONE
    output.say(_totals(report), style="bold green" if is_well else "bold yellow")


def show_not_loaded(report: RunReport, output: Output) -> None:
    """Prints what was not read to its end, and why."""
    if report.not_loaded:
        output.say("")
        output.say("Not loaded, or not completely:", style="bold")
        for sentence, is_loss in _reasons(report.not_loaded):
            output.say(f"- {sentence}", style="red" if is_loss else "")


_WITHOUT_ROWS: Final = {
    "unchanged": ("Unchanged", "resource"),
    "compared": ("Related lists compared with Zoho's", "list"),
    "empty": ("Related lists read without finding a row", "list"),
}
"""What is said of resources that gave no rows, and what they are."""


def _kind_without_rows(resource: ResourceReport) -> str | None:
    """Why no row was loaded; None where one was, or where it is told otherwise."""
    outcome = resource.outcome
    if outcome.rows or outcome.removed:
        return None
    if outcome.is_compared:
        return "compared"
    if outcome.outcome != "done":
        return None
    # Reading a related list costs a call for every parent, unlike asking a module for changes.
    is_read_list = "." in outcome.resource and resource.calls > 0
    return "empty" if is_read_list else "unchanged"


def _row(resource: ResourceReport) -> Sequence[object]:
    outcome = resource.outcome
    return (
        outcome.resource,
        outcome.rows,
        resource.calls,
        resource.credits,
        resource.seconds,
        outcome.watermark,
        Text(outcome.outcome, style=_STYLES.get(outcome.outcome, "red")),
    )


def _sentences(report: RunReport) -> Iterator[str]:
    """What a reader of the dataset should know beside the table."""
    for kind, (said, thing) in _WITHOUT_ROWS.items():
        some = [each for each in report.resources if _kind_without_rows(each) == kind]
        if some:
            calls = sum(resource.calls for resource in some)
            yield f"{said}: {count_of(len(some), thing)} ({count_of(calls, 'call')})."
    yield from report.notes
    for outcome in (resource.outcome for resource in report.resources):
        yield from (f"{outcome.resource}: {note}" for note in outcome.notes)
        for column, misfits in sorted(outcome.misfits.items()):
            yield (
                f"{outcome.resource}: {count_of(misfits, 'value')} did not fit the column {column} "
                f"and {'is' if misfits == 1 else 'are'} kept as text in {column}__raw."
            )
        if outcome.replaced_characters:
            yield (
                f"{outcome.resource}: {count_of(outcome.replaced_characters, 'character')} that no "
                "database takes became U+FFFD."
            )


_ENDINGS: Final = {
    "reading": "not read to the end, because the run ended before.",
    "limit": "the calls of this run were used up before the end; the next run goes on.",
    "stopped": "the run was stopped before the end; the next run goes on.",
}
"""What ended a resource that gives no reason of its own."""


def _reasons(resources: Sequence[ResourceReport]) -> Iterator[tuple[str, bool]]:
    """A sentence for each reason, with the names of all that it is true of."""
    names: dict[tuple[str, bool], list[str]] = {}
    for resource in resources:
        outcome = resource.outcome
        key = (_why(outcome), outcome.is_loss)
        names.setdefault(key, []).append(outcome.resource)
    for (reason, is_loss), those in names.items():
        is_named = reason.startswith(those[0])  # as Zoho's refusals are
        yield (reason if is_named else f"{', '.join(those)}: {reason}"), is_loss


def _why(outcome: ResourceOutcome) -> str:
    """Why a resource was not read to its end, with Zoho's code."""
    reason = outcome.explanation or _ENDINGS.get(outcome.outcome, f"ended as {outcome.outcome}.")
    if outcome.code and outcome.code not in reason:
        reason = f"{reason} [{outcome.code}]"
    return reason


def _totals(report: RunReport) -> str:
    facts = [
        count_of(report.rows, "row"),
        count_of(report.calls, "call"),
        format_duration(report.seconds),
    ]
    if report.packages > 1:
        facts.append(f"{report.packages} packages")
    if report.credits_remaining is not None:
        facts.append(f"{report.credits_remaining:,} API credits left today")
    message = report.message or f"{report.exit_code.name.capitalize()}."
    return f"{message} {', '.join(facts)}."
