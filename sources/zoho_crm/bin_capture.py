"""Asking for what hangs on records in the recycle bin, and what may be concluded from silence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .deleted_related import ListAnswer, ListQuestion, ids_in_bin, read_lists
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
    from collections.abc import Sequence

    from .capture_building import CaptureBuilder
    from .capture_plan import CaptureList
    from .client import ZohoClient
    from .evidence import Capture, DeletedParent, Occasion

SCOPE_MISSING: Final = "OAUTH_SCOPE_MISMATCH"


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

    def __init__(self, client: ZohoClient, builder: CaptureBuilder) -> None:
        """Makes no call yet.

        Args:
            client: The run's client.
            builder: Puts the answers into captures.
        """
        self.refused: dict[tuple[str, str], tuple[str | None, str]] = {}
        """Code and reason by module and list: refused whoever the parent is."""
        self.notes: list[str] = []
        """Sentences on what was done in another way than usual."""
        self._client = client
        self._builder = builder
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
        if answer is not None:
            return self._builder.describe_answer(work.parent, work.occasion, each, answer)
        code, reason = None, each.why_not
        if each.is_asked:
            code, told = self.refused[work.parent.module, each.api_name]
            reason = f"Not asked, since it was refused for another record: {told}"
        return self._builder.describe_not_asked(
            work.parent, work.occasion, each, code=code, reason=reason
        )

    def _add_parents(self, result: BatchResult) -> None:
        """The record itself comes last: with it, all of its lists have been asked."""
        by_occasion: dict[Occasion, list[DeletedParent]] = {}
        for work in result.done:
            by_occasion.setdefault(work.occasion, []).append(work.parent)
        for occasion, parents in by_occasion.items():
            result.captures += self._builder.describe_parents(parents, occasion)

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


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
