"""From answers to evidence: what the captures say of deleted records and of their lists.

Pure, but for the images, which are looked up where they are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .deleted_related import MEMBER_INFO
from .evidence import Capture, EvidenceRow, to_utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from .api_types import JsonObject
    from .capture_plan import CaptureList
    from .deleted_related import ListAnswer
    from .evidence import CaptureOutcome, DeletedParent, Occasion
    from .exceptions import ZohoCrmError

_NEVER_LOADED: Final = "The record had never been loaded, so there is no image of it."
_NO_IMAGES: Final = "This pipeline keeps no images of records."


class CaptureBuilder:
    """Builds the captures of one run."""

    def __init__(
        self,
        *,
        run_id: str,
        now: datetime,
        images_of: Callable[[str, Sequence[str]], dict[str, JsonObject]] | None,
        erased_ids: frozenset[str] = frozenset(),
    ) -> None:
        """Looks nothing up yet.

        Args:
            run_id: Goes into every capture.
            now: Zoho's clock, where a reply has no date.
            images_of: Gives the last known images of a module's records, by id; None where
                nobody has any.
            erased_ids: What mentions one of these is not held.
        """
        self._run_id = run_id
        self._now = now
        self._images_of = images_of
        self._erased = tuple(f'"{each}"' for each in sorted(erased_ids))

    def describe_parents(
        self, parents: Sequence[DeletedParent], occasion: Occasion
    ) -> list[Capture]:
        """Captures of the records themselves: what is known of the deletion, and the last image."""
        images = self._images(parents)
        return [self._of_parent(parent, occasion, images.get(parent)) for parent in parents]

    def describe_missed(self, missed: Sequence[tuple[DeletedParent, int]]) -> list[Capture]:
        """Captures of records that left the bin for ever before all was asked.

        Args:
            missed: The records, each with how many of its lists were asked.
        """
        images = self._images([parent for parent, _ in missed])
        return [
            self._of_parent(
                parent, "first", images.get(parent), outcome="missed", reason=_why_missed(asked)
            )
            for parent, asked in missed
        ]

    def describe_answer(
        self, parent: DeletedParent, occasion: Occasion, each: CaptureList, answer: ListAnswer
    ) -> Capture:
        """The capture of a list that was asked for, with what the answer held."""
        outcome: CaptureOutcome = "rows" if answer.rows else "none"
        reasons = list(_remarks_on(answer))
        rows = tuple(self._evidence_of(parent, each, answer, reasons))
        if answer.is_truncated:
            outcome = "truncated"
        if answer.error is not None:
            outcome = "refused"
            reasons = [_why_refused(answer.error)]
        return Capture(
            parent,
            (answer.date or self._now).replace(microsecond=0),
            self._run_id,
            occasion,
            each.api_name,
            outcome,
            each.related_module,
            code=answer.error.code if answer.error else None,
            reason=" ".join(reasons) or None,
            pages=answer.pages,
            rows=rows,
        )

    def describe_not_asked(
        self,
        parent: DeletedParent,
        occasion: Occasion,
        each: CaptureList,
        *,
        code: str | None,
        reason: str | None,
    ) -> Capture:
        """The capture of a list that nobody asked for."""
        return Capture(
            parent,
            self._now,
            self._run_id,
            occasion,
            each.api_name,
            "not_askable",
            each.related_module,
            code=code,
            reason=reason,
        )

    def _evidence_of(
        self, parent: DeletedParent, each: CaptureList, answer: ListAnswer, reasons: list[str]
    ) -> Iterator[EvidenceRow]:
        left_out = 0
        for record_id, raw in answer.rows.items():
            row = EvidenceRow(
                parent.module,
                parent.id,
                each.api_name,
                str(raw.get("$module") or each.related_module or "") or None,
                record_id,
                {name: value for name, value in raw.items() if name != MEMBER_INFO},
                raw.get(MEMBER_INFO),
            )
            if self._is_forgotten(row):
                left_out += 1
            else:
                yield row
        if left_out:
            reasons.append(f"{left_out} left out, because erased ids are mentioned.")

    def _is_forgotten(self, row: EvidenceRow) -> bool:
        return any(each in row.evidence for each in self._erased)

    def _images(self, parents: Sequence[DeletedParent]) -> dict[DeletedParent, JsonObject]:
        by_module: dict[str, list[DeletedParent]] = {}
        if self._images_of is None:
            return {}
        for parent in parents:
            by_module.setdefault(parent.module, []).append(parent)
        images: dict[DeletedParent, JsonObject] = {}
        for module, some in by_module.items():
            found = self._images_of(module, [parent.id for parent in some])
            images |= {parent: found[parent.id] for parent in some if parent.id in found}
        return images

    def _of_parent(
        self,
        parent: DeletedParent,
        occasion: Occasion,
        image: JsonObject | None,
        *,
        outcome: CaptureOutcome | None = None,
        reason: str | None = None,
    ) -> Capture:
        deletion = {
            "display_name": parent.name,
            "deleted_time": to_utc_text(parent.deleted_time),
            "deleted_by": {"id": parent.deleted_by_id, "name": parent.deleted_by_name},
        }
        record = {"deletion": deletion, "image": image}
        row = EvidenceRow(parent.module, parent.id, None, parent.module, parent.id, record)
        if image is None and reason is None:
            reason = _NO_IMAGES if self._images_of is None else _NEVER_LOADED
        return Capture(
            parent,
            self._now,
            self._run_id,
            occasion,
            None,
            outcome or ("rows" if image is not None else "none"),
            parent.module,
            reason=reason,
            rows=() if self._is_forgotten(row) else (row,),
        )


def _why_refused(error: ZohoCrmError) -> str:
    if error.code == "INVALID_DATA":
        return "Zoho shows this record no such list: it is hidden in its layout, or was removed."
    return str(error)


def _why_missed(lists_asked: int) -> str:
    if lists_asked:
        return f"It left the recycle bin when {lists_asked} of its lists had been asked for."
    return "It left the recycle bin before any of its lists was asked for."


def _remarks_on(answer: ListAnswer) -> Iterator[str]:
    if answer.is_truncated:
        yield f"Zoho gives the first {len(answer.rows):,} only."
    if not answer.is_settled:
        yield "It changed each time it was read; what any reading met is held."
    if answer.torn:
        yield f"Of {answer.torn} some fields are missing, which changed while they were read."
