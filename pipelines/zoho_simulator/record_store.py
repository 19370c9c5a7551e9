"""Records of the organisation: creating, changing and finding them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from .catalogue import FIRST_ID, Catalogue, Profile
from .clock import DEMO_START
from .record import Record
from .values import USERS, Reference, to_epoch, to_stored

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from .module import Module
    from .pattern import Pattern

    Time = datetime | str | int | None
    RecordId = str | int

_FIRST_RECORD_ID = FIRST_ID + 1_000_000


class RecordStore(Catalogue):
    """The records of every module; ids are given and taken as the API shows them."""

    def __init__(self, *, start: datetime = DEMO_START, profile: Profile | None = None) -> None:
        super().__init__(start=start, profile=profile)
        self._record_ids = count(_FIRST_RECORD_ID)
        self._sequences = count(1)

    def create(
        self,
        module: str,
        values: dict[str, Any],
        *,
        modified_time: Time = None,
        created_time: Time = None,
        user: RecordId | None = None,
    ) -> str:
        """Creates a record and gives its id.

        Args:
            module: API name.
            values: By field. `Created_Time` and `Modified_Time` may stand among them;
                a `Modified_Time` of None there makes a record without one.
            modified_time: Instead of the clock's present.
            created_time: Instead of `modified_time`.
            user: Who creates it; by default the API user.
        """
        with self.lock:
            found = self.module(module)
            values = dict(values)
            now = self.clock.epoch_s if modified_time is None else to_epoch(modified_time)
            modified = to_epoch(values.pop("Modified_Time", now))
            created = values.pop("Created_Time", modified if created_time is None else created_time)
            author = Reference(USERS, int(user or self.users.current_id))
            people = {"Owner": author, "Created_By": author, "Modified_By": author}
            stored = _blank(found) | {n: p for n, p in people.items() if n in found.fields}
            stored |= self._stored(found, values)
            times = (to_epoch(created), modified if found.traits.has_modified_time else None)
            record_id = next(self._record_ids)
            record = Record(record_id, times, sequence=next(self._sequences), values=stored)
            _compose_name(record.values, found)
            found.put(record)
            self.touch_parent(found, record, modified)
            return str(record_id)

    def update(
        self,
        module: str,
        record_id: RecordId,
        values: dict[str, Any],
        *,
        modified_time: Time = None,
        keep_time: bool = False,
        user: RecordId | None = None,
    ) -> None:
        """Changes a record.

        Args:
            module: API name.
            record_id: The record's id.
            values: New values by field.
            modified_time: Instead of the clock's present; `Modified_Time: None` among the values
                takes the time away.
            keep_time: Whether `Modified_Time` stays, as for formulas and roll-ups.
            user: Who changes it; by default the API user.
        """
        with self.lock:
            found = self.module(module)
            values = dict(values)
            now = self.clock.epoch_s if modified_time is None else to_epoch(modified_time)
            has_time = "Modified_Time" in values
            modified = to_epoch(values.pop("Modified_Time", now))
            created = values.pop("Created_Time", None)
            stored = self._stored(found, values)
            record = found.take(int(record_id))
            name_before = found.display_name(record)
            record.values = {**found.values_of(record), **stored}
            _compose_name(record.values, found)
            record.created = to_epoch(created) or record.created
            if not keep_time and found.traits.has_modified_time:
                author = Reference(USERS, int(user or self.users.current_id))
                record.values["Modified_By"] = author
                record.sequence = next(self._sequences)
            if (not keep_time or has_time) and found.traits.has_modified_time:
                record.modified = modified
            found.put(record)
            if found.display_name(record) != name_before and self.is_pointed_to(module):
                self.forget_names()
            if not keep_time:
                self.touch_parent(found, record, modified)

    def mass_update(
        self,
        module: str,
        ids: Iterable[RecordId],
        values: dict[str, Any],
        *,
        modified_time: Time = None,
    ) -> None:
        """Changes many records within one second."""
        with self.lock:
            time = to_epoch(modified_time) or self.clock.epoch_s
            for record_id in ids:
                self.update(module, record_id, values, modified_time=time)

    def import_records(self, module: str, rows: Iterable[dict[str, Any]]) -> list[str]:
        """Creates records from a file; whether they keep its times is a switch."""
        with self.lock:
            if not self.write_rules.import_keeps_time:
                times = {"Modified_Time", "Created_Time"}
                rows = ({k: v for k, v in row.items() if k not in times} for row in rows)
            return [self.create(module, row) for row in rows]

    def hide(self, module: str, record_id: RecordId) -> None:
        """Lets a record leave the API user's sight; nothing about the record changes."""
        with self.lock:
            found = self.module(module)
            record = found.take(int(record_id))
            found.hidden.add(record.id)
            found.put(record)

    def show(self, module: str, record_id: RecordId) -> None:
        """Lets a hidden record come back into the API user's sight."""
        with self.lock:
            found = self.module(module)
            record = found.take(int(record_id))
            found.hidden.discard(record.id)
            found.put(record)

    def load_pattern(self, module: str, pattern: Pattern, *, times: Iterable[int]) -> list[str]:
        """Fills a module with rows that follow a pattern, one for each time given."""
        with self.lock:
            found = self.module(module)
            found.pattern = pattern
            records = [
                Record(next(self._record_ids), (time, time), sequence=row + 1, values=row)
                for row, time in enumerate(times)
            ]
            found.load(records)
            return [str(record.id) for record in records]

    def next_id(self) -> int:
        """The id of something that is no record, a membership for instance."""
        return next(self._record_ids)

    def _stored(self, module: Module, values: dict[str, Any]) -> dict[str, Any]:
        known = {*module.fields, *module.traits.system_keys}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"{module.api_name} has no field {', '.join(unknown)}")
        fields = module.fields
        return {n: to_stored(fields[n], v) if n in fields else v for n, v in values.items()}

    def touch_parent(self, module: Module, record: Record, time: int | None) -> None:
        """Documented: a change in subform rows moves the parent's `Modified_Time`."""
        if module.traits.generated_type != "subform":
            return
        parent = module.values_of(record).get("Parent_Id")
        if isinstance(parent, Reference) and parent.id in self.module(parent.module).records:
            self.update(parent.module, parent.id, {}, modified_time=time)

    def is_pointed_to(self, module: str) -> bool:
        """Whether lookups may show the names of a module's records."""
        return any(
            spec.lookup_module == module or spec.value_type == "multi_module_lookup"
            for other in self.modules.values()
            for spec in other.fields.values()
        )


def _blank(module: Module) -> dict[str, Any]:
    blank: dict[str, Any] = {}
    for spec in module.fields.values():
        if spec.value_type == "boolean" and spec.data_type == "boolean":
            blank[spec.api_name] = False  # documented: a checkbox is never null
        elif spec.json_type == "jsonarray" and spec.data_type == "text":
            blank[spec.api_name] = []
    return blank


def _compose_name(values: Any, module: Module) -> None:
    if "Full_Name" in module.fields:
        parts = (values.get("First_Name"), values.get("Last_Name"))
        values["Full_Name"] = " ".join(part for part in parts if part) or None
