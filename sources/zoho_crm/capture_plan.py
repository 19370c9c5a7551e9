"""Which lists of a deleted record are asked for, and with which fields.

Pure: no network, no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .columns import MODIFIED_TIME, SE_MODULE, to_slices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .columns import TableSchema

ASKED_KINDS: Final = frozenset(
    {"lookup", "stage_history", "activities", "notes", "attachments", "many_to_many"}
)
"""Documented are lookup relations. Memberships are tried as well, because Zoho's own sample shows
`$member_info`; where they are refused, one refusal speaks for the module."""
_WHY_NOT: Final = {
    "multiselect": "Zoho does not offer multi-select lookups of deleted records",
    "chronological": "it joins other lists, which are asked for one by one",
    "emails": "Zoho's API for e-mails knows no deleted records",
}
_RATES: Final = frozenset({"Currency", "Exchange_Rate"})
_DEFAULT_FIELDS: Final = ("Created_Time", "Modified_Time", "Owner", "Created_By")
_FIELDS_OF: Final = {
    "Attachments": (
        "File_Name", "Size", "Owner", "Created_By", "Created_Time", "Modified_Time", "Parent_Id",
        "$file_id", "$type", "$se_module", "$link_url",
    ),
    "Notes": (
        "Note_Title", "Note_Content", "Owner", "Created_By", "Created_Time", "Modified_Time",
        "Parent_Id",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnownList:
    """A list of a module, as the table `related_lists` has it."""

    module: str
    api_name: str
    kind: str
    related_module: str | None
    reason: str | None = None
    """Why it can't be read for any record."""


@dataclass(frozen=True, slots=True)
class CaptureList:
    """A list of a module's deleted records."""

    module: str
    api_name: str
    related_module: str | None
    slices: tuple[tuple[str, ...], ...] = ()
    why_not: str | None = None
    """Why it is not asked for; None where it is."""

    @property
    def is_asked(self) -> bool:
        """Whether it costs a call."""
        return self.why_not is None


def plan_lists(
    known: Iterable[KnownList], schemas: Mapping[str, TableSchema]
) -> dict[str, dict[str, CaptureList]]:
    """The lists of each module by API name.

    Args:
        known: The lists of all modules.
        schemas: Tells the fields of the modules that the rows belong to.
    """
    plan: dict[str, dict[str, CaptureList]] = {}
    for each in known:
        plan.setdefault(each.module, {})[each.api_name] = _plan(each, schemas)
    return plan


def _plan(known: KnownList, schemas: Mapping[str, TableSchema]) -> CaptureList:
    why_not = known.reason
    if known.kind not in ASKED_KINDS:
        why_not = _WHY_NOT.get(known.kind) or why_not or "no records stand behind it"
    return CaptureList(
        known.module,
        known.api_name,
        known.related_module,
        slices=() if why_not else _slices_of(known.related_module, schemas),
        why_not=why_not,
    )


def _slices_of(
    module: str | None, schemas: Mapping[str, TableSchema]
) -> tuple[tuple[str, ...], ...]:
    schema = schemas.get(module or "")
    if schema is not None:
        return _money_first(schema) if schema.slices[1:] else schema.slices
    return (_FIELDS_OF.get(module or "", _DEFAULT_FIELDS),)


def _money_first(schema: TableSchema) -> tuple[tuple[str, ...], ...]:
    """Has amounts and their rate in the first call: it is the one that nothing can tear off."""
    amounts = {c.api_name for c in schema.columns if c.is_amount or c.api_name in _RATES}
    shared = [MODIFIED_TIME] if MODIFIED_TIME in schema.slices[0] else []
    names = [name for each in schema.slices for name in each if name not in shared]
    pair = names[:2] if SE_MODULE in names else []  # of the lookup and what it points to
    front = [*pair, *(name for name in names if name in amounts)]
    return to_slices(list(dict.fromkeys([*front, *names])), shared)
