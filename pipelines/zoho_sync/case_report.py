"""`zoho-sync audit --report`: the case files, as a table and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from rich.text import Text

from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.selection import select_names
from zoho_destinations.bin_parents import has_deletions
from zoho_destinations.case_reading import read_cases
from zoho_destinations.evidence_store import ChainHead, read_head
from zoho_destinations.evidence_tables import has_evidence
from zoho_destinations.existing import read_columns
from zoho_destinations.reading_rights import require_readable
from zoho_destinations.statements import select

from .case_wording import describe_state, tell_lists, tell_stakes
from .exit_codes import ExitCode
from .glance import glance_at, is_there
from .results import ending
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from zoho_destinations.case_files import CaseFile, CaseFiles, CaseList
    from zoho_destinations.case_money import Worth
    from zoho_destinations.statements import Client

    from .target import Target
    from .terminal import Output


@dataclass(frozen=True, slots=True)
class CaseReport:
    """The case files of a dataset."""

    location: str
    files: CaseFiles | None
    """None where deletions have not been read yet."""
    head: ChainHead
    written_to: str | None = None
    """The page that was written, if any."""

    exit_code: ExitCode = ExitCode.DONE

    @property
    def cases(self) -> Sequence[CaseFile]:
        """The most urgent first."""
        return self.files.cases if self.files else ()

    @property
    def message(self) -> str:
        """One sentence."""
        written = f", written to {self.written_to}" if self.written_to else ""
        if self.files is None:
            return f"No deletion is known in {self.location} yet{written}: run `zoho-sync audit`."
        restorable = sum(case.state == "in_bin" for case in self.cases)
        return (
            f"{count_of(len(self.cases), 'deletion')}, {restorable:,} of them in the recycle bin"
            f"{written}."
        )

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values; amounts are text, so that they stay exact."""
        files = self.files
        return {
            **ending(self.exit_code, self.message),
            "as_of": files.as_of.isoformat() if files else None,
            "currency": files.currency if files else None,
            "counted_fields": files.counted_fields if files else {},
            "anchor": str(self.head),
            "cases": [_case_to_json(case) for case in self.cases],
        }


def parse_since(text: str) -> datetime:
    """Reads a day, or a moment.

    Raises:
        ZohoConfigError: It is neither.
    """
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ZohoConfigError(
            f"--since {text!r} is no day: write it as 2026-01-31, or with a time and an offset."
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_report(
    target: Target,
    *,
    modules: Sequence[str] = (),
    since: datetime | None = None,
    home_amounts: str = "multiply",
    audit_amounts: Mapping[str, str] | None = None,
) -> CaseReport:
    """Reads the case files; asks Zoho nothing.

    Args:
        target: The dataset, or the published copy of it.
        modules: API names with patterns; none for all.
        since: Deletions from this moment on.
        home_amounts: What is done with exchange rates, as configured.
        audit_amounts: By module the field that counts in sums, as configured.

    Raises:
        ZohoConfigError: A pattern matches no module, or a configured field is not known.
        WarehouseError: The database cannot be read, or a run holds it.
    """
    if not is_there(target):
        return CaseReport(target.location, None, ChainHead())
    with glance_at(target) as client:
        require_readable(client)
        if not has_deletions(client):
            return CaseReport(target.location, None, ChainHead())
        chosen = select_names(modules, _module_names(client)) if modules else None
        files = read_cases(
            client,
            now=datetime.now(UTC),
            modules=chosen,
            since=since,
            home_amounts=home_amounts,
            audit_amounts=audit_amounts,
        )
        head = read_head(client) if has_evidence(client) else ChainHead()
    return CaseReport(target.location, files, head)


def _module_names(client: Client) -> list[str]:
    names = ["deleted_records"] + (["modules"] if "modules" in read_columns(client) else [])
    columns = {"deleted_records": "module", "modules": "api_name"}
    found = {
        str(row[0])
        for name in names
        for row in select(
            client,
            f"SELECT DISTINCT {columns[name]} FROM {client.make_qualified_table_name(name)}",
        )
    }
    return sorted(found)


def show_cases(report: CaseReport, output: Output) -> None:
    """Prints a line for each deletion, then the sentence and the anchor."""
    if report.files and report.cases and report.written_to is None:
        headings = ("deleted", "module", "record", "by", "what hung on it", "at stake", "state")
        currency = report.files.currency
        output.show_table(headings, [_row(case, currency) for case in report.cases])
        output.say("")
    if report.head.length:
        output.say(f"Anchor, to be kept elsewhere: {report.head}")
    output.say(report.message, style="bold")


def _row(case: CaseFile, currency: str | None) -> list[object]:
    style = {"in_bin": "", "gone": "dim", "restored": "green"}[case.state]
    is_urgent = case.days_left is not None and case.days_left < 7
    return [
        f"{case.deleted_time:%Y-%m-%d %H:%M}Z",
        case.module,
        case.name or case.id,
        case.deleted_by or "",
        tell_lists(case),
        tell_stakes(case, currency),
        Text(describe_state(case), style="red" if is_urgent else style),
    ]


def _case_to_json(case: CaseFile) -> dict[str, Any]:
    return {
        "module": case.module,
        "id": case.id,
        "display_name": case.name,
        "deleted_time": case.deleted_time.isoformat(),
        "deleted_by": case.deleted_by,
        "state": case.state,
        "purge_due_at": case.purge_due_at.isoformat() if case.purge_due_at else None,
        "days_left": case.days_left,
        "restored_at": case.restored_at.isoformat() if case.restored_at else None,
        "captured_at": case.captured_at.isoformat() if case.captured_at else None,
        "is_missed": case.is_missed,
        **_worth_to_json(case.worth),
        "related": case.related,
        "lists_known": case.lists_known,
        "at_stake": {module: _text(amount) for module, amount in case.at_stake.items()},
        "also_in_bin": case.also_in_bin,
        "lists": [_list_to_json(each) for each in case.lists],
    }


def _list_to_json(each: CaseList) -> dict[str, Any]:
    return {
        "related_list": each.name,
        "related_module": each.related_module,
        "outcome": each.outcome,
        "code": each.code,
        "reason": each.reason,
        "captured_at": each.captured_at.isoformat(),
        "count": len(each.records),
        "count_now": each.now,
        "at_stake": _text(each.amount),
        "records": [
            {
                "id": record.id,
                "module": record.module,
                "name": record.name,
                **_worth_to_json(record.worth),
                "is_erased": record.is_erased,
            }
            for record in each.records
        ],
    }


def _worth_to_json(worth: Worth) -> dict[str, Any]:
    return {
        "amount": _text(worth.amount),
        "amount_field": worth.counted,
        "currency": worth.currency,
        "amounts": {
            name: {"value": f"{each.value:f}", "home": _text(each.home)}
            for name, each in worth.amounts.items()
        },
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
