"""Capturing what hangs on records in the recycle bin: from lists to ask to evidence to keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .deleted_related import MEMBER_INFO, ListAnswer, ListQuestion, ids_in_bin, read_lists
from .evidence import Capture, EvidenceRow, to_utc_text
from .exceptions import (
    ZohoAuthError,
    ZohoBudgetError,
    ZohoConfigError,
    ZohoCrmError,
    ZohoRateLimitError,
    ZohoSkippableError,
    ZohoStoppedError,
    ZohoTransientError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from .api_types import JsonObject
    from .capture_plan import CaptureList
    from .client import ZohoClient
    from .evidence import CaptureOutcome, DeletedParent, Occasion

SCOPE_MISSING: Final = "OAUTH_SCOPE_MISMATCH"
_NEVER_LOADED: Final = "The record had never been loaded, so there is no image of it."
_NO_IMAGES: Final = "This pipeline keeps no images of records."


@dataclass(frozen=True)
class ParentWork:
    """A deleted record, and what is to be asked about it now."""

    parent: DeletedParent
    occasion: Occasion
    lists: tuple[CaptureList, ...]
    is_whole: bool = True
    """With these lists all have been asked."""


@dataclass(slots=True)
class BatchResult:
    """What one batch gave."""

    captures: list[Capture] = field(default_factory=list)
    done: list[ParentWork] = field(default_factory=list)
    """Everything that was to be asked about these was."""
    left: list[DeletedParent] = field(default_factory=list)
    """These left the bin meanwhile: restored, or purged."""
    error: ZohoCrmError | None = None
    """Why some are still waiting."""


class BinCapture:
    """Reads batch after batch; remembers which lists Zoho refuses for a whole module."""

    def __init__(
        self,
        client: ZohoClient,
        *,
        run_id: str,
        now: datetime,
        images_of: Callable[[str, Sequence[str]], dict[str, JsonObject]] | None,
        erased_ids: frozenset[str] = frozenset(),
    ) -> None:
        """Makes no call yet.

        Args:
            client: The run's client.
            run_id: Goes into every capture.
            now: Zoho's clock, where a reply has no date.
            images_of: Gives the last known images of a module's records, by id; None where
                nobody has any.
            erased_ids: What mentions one of these is not held.
        """
        self.refused: dict[tuple[str, str], tuple[str | None, str]] = {}
        """Code and reason by module and list: refused whoever the parent is."""
        self.notes: list[str] = []
        """Sentences on what was done in another way than usual."""
        self._client = client
        self._run_id = run_id
        self._now = now
        self._images_of = images_of
        self._erased = tuple(f'"{each}"' for each in sorted(erased_ids))
        self._tried: set[tuple[str, str]] = set()

    def read(self, works: Sequence[ParentWork]) -> BatchResult:
        """Asks all lists of some parents; what could not be asked is told, not raised."""
        answers = self._ask(works)
        result = BatchResult()
        held = self._held_in_bin(works, answers, result)
        for work in works:
            self._conclude(work, answers, held, result)
        self._add_parents(result)
        return result

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

    # asking

    def _ask(self, works: Sequence[ParentWork]) -> dict[tuple[DeletedParent, str], ListAnswer]:
        """A list not asked before in this run is tried for one parent first."""
        answers: dict[tuple[DeletedParent, str], ListAnswer] = {}
        waiting = [(work.parent, each) for work in works for each in work.lists if each.is_asked]
        first, seen = [], set(self._tried)
        for parent, each in waiting:
            key = (parent.module, each.api_name)
            if key not in seen:
                seen.add(key)
                first.append((parent, each))
        for some in (first, [pair for pair in waiting if pair not in first]):
            questions = [
                ListQuestion(parent, each.api_name, each.related_module, each.slices)
                for parent, each in some
                if (parent.module, each.api_name) not in self.refused
            ]
            for answer in read_lists(self._client, questions):
                parent, name = answer.question.parent, answer.question.related_list
                answers[parent, name] = answer
                self._learn(parent.module, name, answer.error)
        return answers

    def _learn(self, module: str, name: str, error: ZohoCrmError | None) -> None:
        if error is not None and _is_of_module(error):
            self.refused[module, name] = (error.code, str(error))
        elif error is None or not _is_passing(error):
            self._tried.add((module, name))

    def _held_in_bin(
        self,
        works: Sequence[ParentWork],
        answers: dict[tuple[DeletedParent, str], ListAnswer],
        result: BatchResult,
    ) -> frozenset[str] | None:
        """Which parents are in the bin after they were asked: only then silence means absence."""
        doubtful = {
            parent.id: None
            for (parent, _), answer in answers.items()
            if not answer.rows and (answer.error is None or _is_of_parent(answer.error))
        }
        ids = [work.parent.id for work in works if work.parent.id in doubtful]
        try:
            found = ids_in_bin(self._client, list(dict.fromkeys(ids)))
        except ZohoCrmError as error:
            if _is_passing(error):
                result.error = error
                return frozenset()
            self._note(
                "Whether records were in the recycle bin when their lists came empty cannot be "
                f"told: {error}"
            )
            return None
        return found | {work.parent.id for work in works if work.parent.id not in doubtful}

    # concluding

    def _conclude(
        self,
        work: ParentWork,
        answers: dict[tuple[DeletedParent, str], ListAnswer],
        held: frozenset[str] | None,
        result: BatchResult,
    ) -> None:
        is_held = held is None or work.parent.id in held
        is_done = is_held and work.is_whole
        for each in work.lists:
            answer = answers.get((work.parent, each.api_name))
            if answer is not None and answer.error is not None and _is_passing(answer.error):
                result.error = answer.error
                is_done = False
            elif is_held or (answer is not None and answer.rows):
                result.captures.append(self._of_list(work, each, answer))
        if is_done:
            result.done.append(work)
        elif not is_held and result.error is None:
            result.left.append(work.parent)

    def _of_list(self, work: ParentWork, each: CaptureList, answer: ListAnswer | None) -> Capture:
        if answer is None:
            return self._not_asked(work, each)
        outcome: CaptureOutcome = "rows" if answer.rows else "none"
        reasons = list(_remarks_on(answer))
        rows = tuple(self._evidence_of(work.parent, each, answer, reasons))
        if answer.is_truncated:
            outcome = "truncated"
        if answer.error is not None:
            outcome = "refused"
            reasons = [_why_refused(answer.error)]
        return Capture(
            work.parent,
            (answer.date or self._now).replace(microsecond=0),
            self._run_id,
            work.occasion,
            each.api_name,
            outcome,
            each.related_module,
            code=answer.error.code if answer.error else None,
            reason=" ".join(reasons) or None,
            pages=answer.pages,
            rows=rows,
        )

    def _not_asked(self, work: ParentWork, each: CaptureList) -> Capture:
        code, reason = None, each.why_not
        if each.is_asked:
            code, told = self.refused[work.parent.module, each.api_name]
            reason = f"Not asked, since it was refused for another record: {told}"
        return Capture(
            work.parent,
            self._now,
            self._run_id,
            work.occasion,
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

    def _add_parents(self, result: BatchResult) -> None:
        """The record itself comes last: with it, all of its lists have been asked."""
        by_occasion: dict[Occasion, list[DeletedParent]] = {}
        for work in result.done:
            by_occasion.setdefault(work.occasion, []).append(work.parent)
        for occasion, parents in by_occasion.items():
            result.captures += self.describe_parents(parents, occasion)

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

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


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


def _is_of_module(error: ZohoCrmError) -> bool:
    """The list is refused whoever the parent is."""
    return isinstance(error, ZohoSkippableError) or error.code == SCOPE_MISSING


def _is_of_parent(error: ZohoCrmError) -> bool:
    return not _is_of_module(error) and not _is_passing(error)


def _is_passing(error: ZohoCrmError) -> bool:
    """A later run may fare better: nothing is known of the list."""
    if isinstance(error, ZohoAuthError | ZohoConfigError):
        return error.code != SCOPE_MISSING
    return isinstance(error, ZohoTransientError | ZohoBudgetError | ZohoStoppedError)


def ends_all(error: ZohoCrmError) -> bool:
    """No other list would fare better now."""
    return isinstance(
        error,
        ZohoAuthError | ZohoConfigError | ZohoBudgetError | ZohoStoppedError | ZohoRateLimitError,
    ) or error.code in {"UNREACHABLE", "NO_ANSWER"}
