"""Reading the records of one module: drives a walk with calls and gives Arrow tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import settings
from .asking import RecordCalls, newest_of
from .columns import SE_MODULE
from .exceptions import (
    ZohoCrmError,
    ZohoFieldsError,
    ZohoPageTokenError,
    ZohoSchemaMovedError,
)
from .full_text import FullTexts
from .paging import Order, PageReply, Walk
from .records import times_of, to_table
from .rereading import ReadRows, read_by_ids
from .sliced_pages import SlicedPages
from .slices import join_slices, split_unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import pyarrow as pa

    from .api_types import JsonObject
    from .asking import Page
    from .columns import TableSchema
    from .outcomes import ResourceOutcome
    from .session import ReadSession
    from .sliced_pages import Asked

_SPARE_CALLS = 2
"""Calls kept beside a page and its proof: for rows to be read again."""


class ModuleReader:
    """Reads one module from an anchor, until its end or the package's bounds.

    `next_anchor` may be stored with the tables given so far. Errors do not leave `tables`: they
    end it, and the outcome says so.
    """

    def __init__(
        self,
        session: ReadSession,
        schema: TableSchema,
        *,
        anchor: datetime | None = None,
        is_unordered: bool = False,
        resource: str | None = None,
    ) -> None:
        """Makes no call yet.

        Args:
            session: The run's client, bounds and outcomes.
            schema: The module's table.
            anchor: Where the read before this one ended.
            is_unordered: A read before found that Zoho ignores the header or the sort order.
            resource: What the read is counted for and told as, where it is not the module itself.
        """
        self.schema = schema
        self.module = schema.module.api_name
        self._resource = resource or self.module
        self.outcome: ResourceOutcome = session.outcome_of(
            self._resource, schema.table_name, self.module
        )
        order: Order = "time" if schema.has_modified_time else "id"
        self._session = session
        self._calls = RecordCalls(session.client, schema, resource=resource)
        self._pages = SlicedPages(
            self._calls, module=self.module, may_be_unchanged=anchor is not None
        )
        self._texts = FullTexts(self._calls, schema, self.outcome, is_on=session.full_text)
        self._walk = Walk(
            anchor, order=order, overlap_s=session.overlap_s, is_unordered=is_unordered
        )
        self.asked = {name for names in schema.slices for name in names} - {SE_MODULE}
        """The fields that every record is asked for."""
        self.left_out: set[str] | None = None
        """Fields that records lack although they were asked for; None before the first record."""
        self.refuses_meta_keys = False
        """Zoho refuses `$se_module` in `fields`."""
        self._safe_anchor = anchor

    @property
    def next_anchor(self) -> datetime | None:
        """Where the next read starts: it counts only what was given, rows read again too."""
        return self._safe_anchor

    @property
    def is_unordered(self) -> bool:
        """Zoho ignores the header or the sort order."""
        return self._walk.is_unordered

    @property
    def met_ids(self) -> frozenset[str]:
        """The ids of a module without `Modified_Time`, after a proved walk."""
        return self._walk.met_ids if self._walk.order == "id" else frozenset()

    def tables(self) -> Iterator[pa.Table]:
        """Yields pages of 1 to 200 rows in the table's schema, times in UTC.

        Source: Zoho CRM API v8, "Get Records".
        """
        try:
            yield from self._walk_on()
            self._end_by_walk()
        except ZohoCrmError as error:
            self.outcome.end_by(error)
            self._explain_cut()
        finally:
            self._session.client.budget.owe(self._resource, 0)
            self.outcome.anchor_after = self.next_anchor

    def wanted_tables(self) -> Iterator[pa.Table]:
        """Yields records that somebody wants in full, once the list was read to its end.

        Ids that are gone are left out. A limit or a full package leaves the rest for later.
        """
        wanted = self._session.wanted.get(self.module, [])
        while wanted and self.outcome.outcome == "done":
            if not self._session.may_start_chain(self._calls_a_page):
                self._end_early()
                return
            ids = wanted[: settings.MAX_IDS_PER_CALL]
            try:
                yield from self._convert(read_by_ids(self._calls, ids, module=self.module))
            except ZohoCrmError as error:
                self.outcome.end_by(error)
                return
            del wanted[: len(ids)]
            self._session.asked_for.setdefault(self.module, []).extend(ids)

    def _walk_on(self) -> Iterator[pa.Table]:
        asked = self._ask_or_stop()
        while asked is not None:
            try:
                main, others = self._pages.receive(asked)
            except ZohoPageTokenError:
                self._restart()
                asked = self._ask_or_stop()
                continue
            except ZohoFieldsError as error:
                self._ask_otherwise(error)
                asked = self._ask_or_stop()
                continue
            times = times_of(main.rows, module=self.module)
            step = self._walk.answer(
                PageReply(times, main.next_page_token, main.reply.date), hurry=self._must_hurry()
            )
            asked = self._ask_or_stop()  # the next page travels while this one is converted
            self.outcome.pages += 1
            if step.loads:
                yield from self._convert(self._join(main, others))
            if step.reread:
                yield from self._convert(read_by_ids(self._calls, step.reread, module=self.module))
            self._safe_anchor = self._walk.next_anchor

    # asking

    def _ask_or_stop(self) -> Asked | None:
        question = self._walk.question
        if question is None:
            return None
        self._owe_proof()
        if self._walk.may_stop and not self._session.may_start_chain(self._calls_a_page):
            return None
        return self._pages.ask(question)

    def leave_out_meta_keys(self) -> bool:
        """Asks for `$se_module` no more; tells whether it was asked for.

        What is left then is the module that the lookup itself tells, where it does.
        """
        was_asked_for = self._calls.leave_out(SE_MODULE)
        self.refuses_meta_keys = self.refuses_meta_keys or was_asked_for
        return was_asked_for

    def _ask_otherwise(self, error: ZohoFieldsError) -> None:
        """Whether unknown names are refused or ignored is not documented: this is the former.

        Raises:
            ZohoSchemaMovedError: A field may be gone since metadata was read.
            ZohoFieldsError: Metadata was read again, and Zoho refuses its fields still.
        """
        if self.leave_out_meta_keys():
            self.outcome.note(
                f"Zoho refuses {SE_MODULE} in `fields`: lookups to several modules tell their "
                "module only where it stands in the lookup itself."
            )
            return
        if not self._session.rereads_metadata or self.module in self._session.fields_refused:
            raise error
        self._session.fields_refused.add(self.module)
        self._session.stale_modules.add(self.module)
        raise ZohoSchemaMovedError(str(error), module=self.module) from error

    def _restart(self) -> None:
        self._walk.restart()
        self._pages.forget_tokens()
        self.outcome.note("A page token died; the chain was started again.")

    @property
    def _calls_a_page(self) -> int:
        return len(self.schema.slices) + self._texts.calls_a_page + _SPARE_CALLS

    def _owe_proof(self) -> None:
        pages = 0 if self._walk.may_stop else self._walk.pages_to_prove + 1
        self._session.client.budget.owe(self._resource, pages)

    def _must_hurry(self) -> bool:
        """Few calls are left: a stretch must not grow past what can be proved."""
        return not self._session.client.budget.allows(self._calls_a_page + 1)

    def _explain_cut(self) -> None:
        """A limit in a stretch: what was read is loaded, but the next run reads it again."""
        if self.outcome.outcome == "limit" and not self._walk.may_stop:
            self.outcome.reason = (
                f"{self.module}: the limit of {self._session.client.budget.max_calls} calls ended "
                f"in the middle of {self._walk.pages_to_prove} pages or more that can only be read "
                "in one go; the next run starts them again: raise max_calls if this repeats."
            )

    # converting

    def _join(self, main: Page, others: Sequence[Page | None]) -> ReadRows:
        pages = [main, *others]
        found = ReadRows()
        found.replaced_characters = sum(p.reply.replaced_characters for p in pages if p)
        if not others:
            found.add(main.rows, main.reply.number)
            return found
        rows, unmatched = join_slices([page.rows if page else () for page in pages])
        times = [time for _, time in times_of(rows, module=self.module)]
        rows, unsettled = split_unsettled(rows, times, [p.reply.date for p in pages if p])
        found.add(rows, main.reply.number)
        again = [*unmatched, *unsettled]
        if again:
            reread = read_by_ids(self._calls, again, module=self.module)
            found.rows.extend(reread.rows)
            found.numbers.extend(reread.numbers)
            found.replaced_characters += reread.replaced_characters
        return found

    def _convert(self, found: ReadRows) -> Iterator[pa.Table]:
        self._texts.complete(found)
        self.outcome.replaced_characters += found.replaced_characters
        if not found.rows:
            return
        self._note_watermark(found.rows)
        self._note_missing_fields(found.rows[0])
        converted = to_table(self.schema, found.rows, read_no=found.numbers)
        self.outcome.rows += converted.table.num_rows
        self.outcome.misfits.update(converted.misfits)
        self._session.package.rows += converted.table.num_rows
        yield converted.table

    def _note_watermark(self, rows: Sequence[JsonObject]) -> None:
        newest = (
            newest_of(times_of(rows, module=self.module)) if self.schema.has_modified_time else None
        )
        if newest and (self.outcome.watermark is None or newest > self.outcome.watermark):
            self.outcome.watermark = newest

    def _note_missing_fields(self, row: JsonObject) -> None:
        """Zoho answers with every field it was asked for, null where empty; unless it hides one."""
        missing = self.asked - row.keys()
        if not missing:
            self.left_out = set()  # shown again, where earlier pages came without some
            return
        names = ", ".join(sorted(missing))
        known = self._session.left_out.setdefault(self.module, set())
        if self._session.rereads_metadata and not missing <= known:
            # Deleted or renamed since: to load null would empty columns in silence.
            known |= missing
            self._session.stale_modules.add(self.module)
            raise ZohoSchemaMovedError(
                f"{self.module}: records came without {names}, which were asked for.",
                module=self.module,
            )
        self.left_out = missing
        self.outcome.note(f"Zoho left out fields that were asked for, null now: {names}.")

    # ending

    def _end_by_walk(self) -> None:
        if self._walk.is_unordered:
            self.outcome.note(
                "Zoho ignored If-Modified-Since or the sort order: the whole list was read."
            )
        if self._walk.lacks_date:
            self.outcome.note(
                "Zoho's replies have no Date header: future-dated records cannot be told."
            )
        if self._walk.outcome == "unprovable":
            self.outcome.end("partial")
            self.outcome.reason = (
                f"{self.module}: it changes faster than it can be read; "
                "what was read is loaded, the next run reads on from where it was sure."
            )
        elif self._walk.outcome == "done":
            self.outcome.end("done")
        else:
            self._end_early()

    def _end_early(self) -> None:
        if self._session.client.stopping.is_set():
            self.outcome.end("stopped")
        else:
            self.outcome.end("more" if self._session.package.is_full else "limit")
