"""The ids of a module's records with their times, and nothing else: 200 of them a call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .asking import TIMES_ONLY, RecordCalls, parse_page
from .asking_by_ids import ask_in_parts
from .columns import MODIFIED_TIME
from .module_records import ModuleReader
from .names import ID
from .records import times_of
from .session import ReadSession

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from .columns import TableSchema
    from .outcomes import ResourceOutcome
    from .paging import Row


class RecordTimes:
    """Walks a module as its reader does, proofs included, but asks for times only.

    `next_anchor` may be stored with what was given so far, for a walk that goes on later.
    """

    def __init__(
        self,
        session: ReadSession,
        schema: TableSchema,
        *,
        resource: str,
        anchor: datetime | None = None,
    ) -> None:
        """Makes no call yet.

        Args:
            session: The run's client and bounds.
            schema: The table of a module with `Modified_Time`.
            resource: What the calls are counted for.
            anchor: Where a walk before this one was cut.
        """
        self._schema = _narrow(schema)
        self._module = schema.module.api_name
        own = ReadSession(
            session.client,
            overlap_s=session.overlap_s,
            raises=False,
            full_text=False,
        )
        self._session = own
        self._calls = RecordCalls(session.client, self._schema, resource=resource)
        self._reader = ModuleReader(own, self._schema, anchor=anchor, resource=resource)

    @property
    def outcome(self) -> ResourceOutcome:
        """How the walk ended; errors do not leave `rows`."""
        return self._reader.outcome

    @property
    def next_anchor(self) -> datetime | None:
        """Where the walk goes on."""
        return self._reader.next_anchor

    @property
    def may_go_on(self) -> bool:
        """Whether a few more calls can be made."""
        return self._session.may_start_chain(2)

    def rows(self) -> Iterator[Sequence[Row]]:
        """Yields the ids and times of pages; a record that is edited meanwhile comes again."""
        names = [column.name for column in self._schema.columns]
        for table in self._reader.tables():
            ids, times = (table.column(name).to_pylist() for name in names)
            yield list(zip(ids, times, strict=True))

    def read_timeless(self) -> list[str]:
        """Gives the records without a time that stand behind all others, where no anchor reaches.

        One call where there are none. They are read twice if they fill several pages, because
        one that leaves between two pages pulls the next over the border.

        Raises:
            ZohoCrmError: As the reply says.
        """
        ids, pages = self._read_timeless_once()
        if pages > 1:
            ids += self._read_timeless_once()[0]
        return list(dict.fromkeys(ids))

    def _read_timeless_once(self) -> tuple[list[str], int]:
        ids: list[str] = []
        token: str | None = None
        pages = 0
        while True:
            reply = self._calls.latest(page_token=token).result()
            page = parse_page(reply, self._module, asked=token)
            pages += 1
            rows = times_of(page.rows, module=self._module)
            ids += [record_id for record_id, time in rows if time is None]
            token = page.next_page_token
            if token is None or not rows or rows[-1][1] is not None:
                return ids, pages

    def read_existing(self, ids: Sequence[str]) -> dict[str, datetime | None]:
        """Tells which of some records Zoho shows, with their times; 100 of them a call.

        Raises:
            ZohoCrmError: As the reply says.
        """

        def ask(some: Sequence[str]) -> dict[str, datetime | None]:
            page = parse_page(self._calls.by_ids(some, slice_no=0).result(), self._module)
            return dict(times_of(page.rows, module=self._module))

        found: dict[str, datetime | None] = {}
        for part in ask_in_parts(self._calls.client, ids, ask, ids_in=dict.keys):
            found |= part
        return found


def _narrow(schema: TableSchema) -> TableSchema:
    """The same table with nothing but `id` and `Modified_Time`."""
    columns = {column.api_name: column for column in schema.columns if column.part is None}
    return replace(
        schema,
        columns=(columns[ID], columns[MODIFIED_TIME]),
        slices=((TIMES_ONLY,),),
        cut_fields=(),
        parent_field=None,
    )
