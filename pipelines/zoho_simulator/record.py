"""One record, as the simulator keeps it."""

from __future__ import annotations

from typing import Any


class Record:
    """A record: its times, its position among its like, and its values.

    Attributes:
        created, modified: Whole seconds since 1970; None where the record has no such time.
        sequence: Grows with each write, so that ties may be shown in the order of writing.
        values: Values by API name, or the row number of the module's pattern while nobody has
            touched the record.
        rendered: The record's JSON by the serial number of the layout it was rendered with.
    """

    __slots__ = ("created", "id", "modified", "rendered", "sequence", "values")

    def __init__(
        self, record_id: int, times: tuple[int | None, int | None], *, sequence: int, values: Any
    ) -> None:
        self.id = record_id
        self.created, self.modified = times
        self.sequence = sequence
        self.values: dict[str, Any] | int = values
        self.rendered: dict[int, bytes] | None = None


class DeletedRecord:
    """A record that was deleted, and what is told of it.

    Attributes:
        module: API name of its module.
        type: `recycle`, `permanent`, or `unlisted` for one that no list of deletions names.
        rows: Ids of subform rows that went with it, by their module.
    """

    __slots__ = ("deleted_by", "deleted_time", "display_name", "id", "module", "record", "rows",
                 "type")  # fmt: skip

    def __init__(
        self, record: Record, *, display_name: str | None, deleted_time: int, deleted_by: int
    ) -> None:
        self.id = record.id
        self.record = record
        self.display_name = display_name
        self.deleted_time = deleted_time
        self.deleted_by = deleted_by
        self.module = ""
        self.type = "recycle"
        self.rows: dict[str, list[Record]] = {}
