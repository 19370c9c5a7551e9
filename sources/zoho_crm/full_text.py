"""Rich text in full: Zoho's lists return its first 500 characters, another call the rest.

The two calls are of two moments. So the rows are asked for their times afterwards, and one that
was edited in between is read again: what is loaded is one state of the record.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from . import settings
from .asking import parse_page
from .asking_by_ids import ask_in_parts
from .exceptions import ZohoCrmError, ZohoResponseError, ZohoSkippableError
from .records import times_of
from .rereading import chunks, read_by_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from .api_types import JsonObject
    from .asking import Page, RecordCalls
    from .columns import TableSchema
    from .outcomes import ResourceOutcome
    from .rereading import ReadRows

_SETTLE = timedelta(seconds=settings.SLICE_SETTLE_S)


def text_calls_a_page(names: Sequence[str]) -> int:
    """Calls that the whole texts of some fields cost for each page, at the most."""
    if not names:
        return 0
    times = -(-settings.PAGE_SIZE // settings.MAX_IDS_PER_CALL)
    return len(list(chunks(names, settings.MAX_TEXT_FIELDS_PER_CALL))) + times


class FullTexts:
    """Replaces the cut texts of one module's rows by the whole ones."""

    def __init__(
        self, calls: RecordCalls, schema: TableSchema, outcome: ResourceOutcome, *, is_on: bool
    ) -> None:
        """Makes no call yet.

        Args:
            calls: Asks for the module's records.
            schema: The module's table.
            outcome: Is told when Zoho refuses.
            is_on: Whether the whole texts are wanted.
        """
        self._calls = calls
        self._module = schema.module.api_name
        self._names = schema.cut_fields
        self._has_times = schema.has_modified_time
        self._outcome = outcome
        self._is_on = is_on and bool(self._names)

    @property
    def calls_a_page(self) -> int:
        """Calls that a page costs at the most, while nobody edits its rows."""
        return text_calls_a_page(self._names) if self._is_on else 0

    def complete(self, found: ReadRows) -> None:
        """Puts the whole texts into rows that have cut ones; costs nothing where there are none.

        A row that is edited again and again keeps its last reading: the next run reads it anyway.

        Source: Zoho CRM API v8, "Get Rich Text Fields", for several records.
        """
        places = {str(row["id"]): place for place, row in enumerate(found.rows)}
        waiting: Iterable[str] = places
        for attempt in range(settings.MAX_REREADS_BY_IDS + 1):
            if attempt:  # what was edited in between is read anew, from one moment
                self._calls.client.pause(settings.SLICE_SETTLE_S + 1)
                self._read_again(found, places, list(waiting))
            cut = [i for i in waiting if self._cut_names(found.rows[places[i]])]
            if not cut or not self._is_on:
                return
            texts = self._ask(cut, found)
            for record_id in cut:
                place = places[record_id]
                found.rows[place] = self._with(texts.get(record_id, {}), found.rows[place])
            waiting = self._edited([found.rows[places[record_id]] for record_id in cut])
            if not waiting:
                return

    def _cut_names(self, row: JsonObject) -> list[str]:
        return [name for name in self._names if _is_cut(row.get(name))]

    def _with(self, texts: JsonObject, row: JsonObject) -> JsonObject:
        return {**row, **{name: texts[name] for name in self._cut_names(row) if name in texts}}

    def _read_again(self, found: ReadRows, places: Mapping[str, int], ids: Sequence[str]) -> None:
        again = read_by_ids(self._calls, ids, module=self._module)
        found.replaced_characters += again.replaced_characters
        for row, number in zip(again.rows, again.numbers, strict=True):
            place = places[str(row["id"])]
            found.rows[place], found.numbers[place] = row, number

    def _ask(self, ids: Sequence[str], found: ReadRows) -> dict[str, JsonObject]:
        """The texts by record; empty from the first refusal on."""
        futures = [
            self._calls.full_texts(some_ids, names)
            for some_ids in chunks(ids, settings.MAX_TEXT_IDS_PER_CALL)
            for names in chunks(self._names, settings.MAX_TEXT_FIELDS_PER_CALL)
        ]
        texts: dict[str, JsonObject] = {}
        for future in futures:
            try:
                page = parse_page(future.result(), self._module)
            except ZohoCrmError as error:
                if not _is_refusal(error):
                    raise
                self._is_on = False
                self._outcome.note(
                    f"Zoho does not give rich text past 500 characters here, it is cut: {error}"
                )
                continue
            found.replaced_characters += page.reply.replaced_characters
            for row in page.rows:
                record_id = str(row.get("id"))
                texts[record_id] = {**texts.get(record_id, {}), **row}
        return texts

    def _edited(self, rows: Sequence[JsonObject]) -> list[str]:
        """The ids of rows that were changed, or may have been, since they were read."""
        if not self._has_times:
            return []
        before = dict(times_of(rows, module=self._module))

        def ask(ids: Sequence[str]) -> Page:
            return parse_page(self._calls.times(ids).result(), self._module)

        edited = []
        for page in ask_in_parts(self._calls.client, list(before), ask, ids_in=_ids_in):
            for record_id, time in times_of(page.rows, module=self._module):
                if before.get(record_id) != time or _is_fresh(time, page.reply.date):
                    edited.append(record_id)
        return edited


def _ids_in(page: Page) -> set[str]:
    return {str(row["id"]) for row in page.rows}


def _is_cut(value: object) -> bool:
    # In units of UTF-16, in case Zoho counts them: never fewer than the characters.
    return (
        isinstance(value, str)
        and len(value.encode("utf-16-le", "replace")) // 2 >= settings.CUT_TEXT_LENGTH
    )


def _is_fresh(time: datetime | None, date: datetime | None) -> bool:
    """Times have whole seconds: a second change within this one would look the same."""
    return time is not None and date is not None and abs(date - time) <= _SETTLE


def _is_refusal(error: ZohoCrmError) -> bool:
    is_refused = isinstance(error, ZohoSkippableError | ZohoResponseError)
    return is_refused or error.code == "OAUTH_SCOPE_MISMATCH"
