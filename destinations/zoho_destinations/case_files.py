"""Case files: for each deletion who, when, what hung on it and what was at stake; pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from .case_money import Worth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_UNKNOWN: Final = Worth()

State = Literal["in_bin", "restored", "gone"]
"""in_bin: Zoho can restore it. restored: it is live again. gone: deleted for ever."""

Known = Literal["all", "some", "none"]
"""Of how many lists of a deleted record it is known in full what they held."""


@dataclass(slots=True)
class CaseRecord:
    """A record that hung on a deleted one, as it was met last."""

    id: str
    module: str | None
    name: str | None
    """None where it has none, or where its content was erased."""
    worth: Worth = _UNKNOWN
    is_erased: bool = False

    @property
    def amount(self) -> Decimal | None:
        """What is at stake with it, in the organisation's currency."""
        return self.worth.amount


@dataclass(slots=True)
class CaseList:
    """One list of a deleted record."""

    name: str
    related_module: str | None
    outcome: str
    """Of the latest question."""
    code: str | None
    reason: str | None
    captured_at: datetime
    records: list[CaseRecord] = field(default_factory=list)
    """Whatever hung on it in any capture."""
    now: int = 0
    """How many did in the latest."""

    @property
    def is_known(self) -> bool:
        """Whether Zoho told all that it holds: not where it refused, or was not asked."""
        return self.outcome == "none" or (self.outcome == "rows" and bool(self.records))

    @property
    def amount(self) -> Decimal | None:
        """What is at stake with all of them."""
        return total_of(record.amount for record in self.records)


@dataclass(slots=True)
class CaseFile:
    """One deletion."""

    module: str
    id: str
    name: str | None
    deleted_time: datetime
    deleted_by: str | None
    state: State
    purge_due_at: datetime | None
    restored_at: datetime | None
    lists: list[CaseList] = field(default_factory=list)
    worth: Worth = _UNKNOWN
    """What the record itself was worth."""
    also_in_bin: dict[str, int] = field(default_factory=dict)
    """By module: records in the bin that point to it, which Zoho's lists leave out."""
    captured_at: datetime | None = None
    """When all of its lists had been asked; None for never."""
    is_missed: bool = False
    days_left: int | None = None
    """Until the purge; None where it is not in the bin."""

    @property
    def amount(self) -> Decimal | None:
        """What the record itself was worth, in the organisation's currency."""
        return self.worth.amount

    @property
    def related(self) -> int:
        """How many records hung on it."""
        return sum(len(each.records) for each in self.lists)

    @property
    def known_lists(self) -> int:
        """Of how many of its lists it is known in full what they held."""
        return sum(each.is_known for each in self.lists)

    @property
    def lists_known(self) -> Known:
        """Whether silence means absence; none also where Zoho tells of no lists at all."""
        if not self.known_lists:
            return "none"
        is_whole = self.captured_at is not None and not self.is_missed
        return "all" if is_whole and self.known_lists == len(self.lists) else "some"

    @property
    def held(self) -> list[CaseList]:
        """The lists that held something."""
        return [each for each in self.lists if each.records]

    @property
    def at_stake(self) -> dict[str, Decimal]:
        """Amounts by module. They are not added up: a quote is of a deal, an invoice of both."""
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for each in self.lists:
            for record in each.records:
                if record.amount is not None:
                    found[record.module or each.name] += record.amount
        return dict(found)


@dataclass(slots=True)
class CaseFiles:
    """All deletions asked for."""

    cases: list[CaseFile]
    as_of: datetime
    currency: str | None
    company: str | None

    @property
    def counted_fields(self) -> dict[str, list[str]]:
        """API names of the fields that the sums are of, by module."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for case in self.cases:
            for each in case.lists:
                for record in each.records:
                    if record.worth.counted:
                        found[record.module or each.name].add(record.worth.counted)
            if case.worth.counted:
                found[case.module].add(case.worth.counted)
        return {module: sorted(names) for module, names in sorted(found.items())}


def total_of(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal()) if known else None


def name_of(record: Mapping[str, Any] | None) -> str | None:
    """What people call a record: its name, subject or title, as Zoho or as a column has it."""
    if not record:
        return None
    texts = {name.lower(): value for name, value in record.items() if isinstance(value, str)}
    for known in ("full_name", "name", "subject", "last_name", "note_title", "file_name"):
        if texts.get(known):
            return texts[known]
    names = (value for name, value in texts.items() if name.endswith("_name") and value)
    return next(names, None)
