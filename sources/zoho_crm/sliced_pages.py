"""A page of a module with more fields than one call returns: a call for each slice of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .asking import Page, RecordCalls, parse_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from .paging import Question
    from .replies import Reply


@dataclass(frozen=True, slots=True)
class Asked:
    """A page under way: the first slice of its fields, and the others."""

    question: Question
    first: Future[Reply]
    others: list[Future[Reply] | None]
    """None for a slice whose list has ended already: its rows are asked by id."""


class SlicedPages:
    """Asks for one page after the other, each slice by page tokens of its own."""

    def __init__(self, calls: RecordCalls, *, module: str, may_be_unchanged: bool) -> None:
        """Asks nothing yet.

        Args:
            calls: Asks for the module's records.
            module: The module's API name, for errors.
            may_be_unchanged: The first page is asked in one slice; the others where it has rows.
        """
        self._calls = calls
        self._module = module
        self._may_be_unchanged = may_be_unchanged
        self._tokens: list[str | None] = []
        """Page tokens of the slices after the first."""

    def ask(self, question: Question) -> Asked:
        """Sends the calls for a page."""
        first = self._calls.page(question, page_token=question.page_token)
        others = [] if self._may_be_unchanged else list(self._ask_others(question))
        return Asked(question, first, others)

    def receive(self, asked: Asked) -> tuple[Page, list[Page | None]]:
        """Waits for the page of the first slice and those of the others.

        Raises:
            ZohoCrmError: As a reply says.
        """
        question, others = asked.question, asked.others
        main = parse_page(asked.first.result(), self._module, asked=question.page_token)
        if self._may_be_unchanged:  # one call tells; the others are asked where it was changed
            self._may_be_unchanged = False
            others = list(self._ask_others(question)) if main.rows else []
        pages = [
            parse_page(each.result(), self._module, asked=self._token_of(question, slice_no))
            if each
            else None
            for slice_no, each in enumerate(others, start=1)
        ]
        self._tokens = [page.next_page_token if page else None for page in pages]
        return main, pages

    def forget_tokens(self) -> None:
        """The chain starts again."""
        self._tokens = []

    def _ask_others(self, question: Question) -> Iterator[Future[Reply] | None]:
        if question.only_times:
            return
        for slice_no in range(1, len(self._calls.slices)):
            token = self._token_of(question, slice_no)
            if question.page_token is None:
                yield self._calls.page(question, slice_no=slice_no)
            elif token is not None:
                yield self._calls.page(question, slice_no=slice_no, page_token=token)
            else:
                yield None

    def _token_of(self, question: Question, slice_no: int) -> str | None:
        if question.page_token is None or not self._tokens:
            return None
        return self._tokens[slice_no - 1]
