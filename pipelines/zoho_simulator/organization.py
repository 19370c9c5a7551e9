"""Everything that can be done to the organisation's records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .clock import DEMO_START
from .emails import Email, Mailbox
from .linking import add_link, move_links, remove_link
from .merging import merge_records
from .record import DeletedRecord, Record
from .record_store import RecordStore
from .recycle_bin import RecycleBin
from .related_rows import related_rows
from .settings import RECYCLE_BIN_DAYS
from .values import Reference, to_epoch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from .catalogue import Profile
    from .module import Module
    from .record_store import RecordId, Time

_DAY_S = 86_400
_CHILD_ROWS = frozenset({"subform", "linking"})


class Organization(RecordStore):
    """The organisation with its records; ids are given and taken as the API shows them.

    Attributes:
        bin: The recycle bin; `settle` first brings it up to the clock's present.
        mailbox: The e-mails of records.
        day: What a working day changes.
    """

    def __init__(self, *, start: datetime = DEMO_START, profile: Profile | None = None) -> None:
        super().__init__(start=start, profile=profile)
        self.bin = RecycleBin()
        self.mailbox = Mailbox()
        self.day: Callable[[Organization, bool], dict[str, int]] | None = None

    @classmethod
    def empty(cls, *, start: datetime = DEMO_START, profile: Profile | None = None) -> Organization:
        """An organisation with one user, an administrator, and no module."""
        organization = cls(start=start, profile=profile)
        organization.add_user("Ada", "Field", email="ada@brightwell.example")
        return organization

    # deletions

    def delete(
        self,
        module: str,
        record_id: RecordId,
        *,
        deleted_time: Time = None,
        user: RecordId | None = None,
    ) -> None:
        """Moves a record into the recycle bin; lookups to it go on pointing at it.

        What becomes of a deleted row of a subform or linking module is a switch.
        """
        with self.lock:
            found = self.module(module)
            is_row = found.traits.generated_type in _CHILD_ROWS
            kind = self.write_rules.child_row_deletions if is_row else "recycle"
            time = to_epoch(deleted_time) or self.clock.epoch_s
            self.take_out(found, int(record_id), kind=kind, time=time, user=user)

    def take_out(
        self, module: Module, record_id: int, *, kind: str, time: int, user: RecordId | None = None
    ) -> DeletedRecord:
        """Takes a record out of its module; `kind` is the `type` of `DeletedRecord`."""
        record = module.take(record_id)
        entry = DeletedRecord(
            record,
            display_name=module.display_name(record),
            deleted_time=time,
            deleted_by=int(user or self.users.current_id),
        )
        entry.module, entry.type = module.api_name, kind
        module.deleted[record.id] = entry
        if self.write_rules.rows_of_deleted_parent == "go":
            self._take_rows(module, entry)
        if kind == "recycle":
            self.bin.put(entry)
        if kind != "recycle" or not self.write_rules.restore_keeps_links:
            self._drop_links(module, record.id)
        if self.is_pointed_to(module.api_name):
            self.forget_names()
        self.touch_parent(module, record, time)
        return entry

    def restore(self, module: str, record_id: RecordId, *, keep_time: bool | None = None) -> None:
        """Takes a record out of the recycle bin; whether it keeps its time is a switch."""
        with self.lock:
            self.settle()
            found = self.module(module)
            if found.deleted[int(record_id)].type != "recycle":
                raise ValueError(f"{record_id} is not in the recycle bin")
            self.bin.take(int(record_id))
            entry = found.deleted.pop(int(record_id))
            record = entry.record
            keeps_time = self.write_rules.restore_keeps_time if keep_time is None else keep_time
            if not keeps_time and found.traits.has_modified_time:
                record.modified = self.clock.epoch_s
                record.sequence = next(self._sequences)
            found.put(record)
            for child, rows in entry.rows.items():
                for row in rows:
                    self.module(child).put(row)
            self.forget_names()

    def purge(self, module: str, record_id: RecordId) -> None:
        """Deletes a record of the recycle bin for ever."""
        with self.lock:
            self.settle()
            entry = self.bin.take(int(record_id))
            if entry is None or entry.module != module:
                raise ValueError(f"{record_id} is not in the recycle bin")
            self._purge(entry, self.clock.epoch_s)

    def empty_recycle_bin(self, module: str | None = None) -> int:
        """Deletes everything in the recycle bin for ever, or one module's; gives how many."""
        with self.lock:
            self.settle()
            entries = [e for e in self.bin if module is None or e.module == module]
            for entry in entries:
                self.purge(entry.module, entry.id)
            return len(entries)

    def settle(self) -> None:
        """Purges what has been in the recycle bin for 60 days (documented)."""
        for entry in self.bin.take_expired(self.clock.epoch_s):
            self._purge(entry, entry.deleted_time + RECYCLE_BIN_DAYS * _DAY_S)

    def merge(
        self,
        module: str,
        master: RecordId,
        duplicates: Iterable[RecordId],
        *,
        values: dict[str, Any] | None = None,
        time: Time = None,
    ) -> None:
        """Merges duplicates into a record, which takes over what points to them.

        Args:
            module: API name.
            master: The record that stays.
            duplicates: Those that go; what is told of them is a switch.
            values: New values of the master, which is modified in any case.
            time: Instead of the clock's present.
        """
        with self.lock:
            merge_records(
                self, module, int(master), [int(one) for one in duplicates],
                values=values or {}, time=to_epoch(time) or self.clock.epoch_s,
            )  # fmt: skip

    # relations

    def link(
        self,
        module: str,
        record_id: RecordId,
        related_list: str,
        related_id: RecordId,
        *,
        values: dict[str, Any] | None = None,
        time: Time = None,
    ) -> str:
        """Adds a record to a related list, or changes how it stands there.

        Args:
            module: The parent's module.
            record_id: The parent.
            related_list: API name of a list of memberships, a multi-select lookup or a lookup.
            related_id: The record to add.
            values: Of the membership, for instance `{"Member_Status": "Sent"}`.
            time: Instead of the clock's present.

        Returns:
            The membership's id, for a multi-select lookup that of the linking module's record.
        """
        with self.lock:
            found = self.related_lists.of(module)[related_list]
            parent = Reference(module, int(record_id))
            when = to_epoch(time) or self.clock.epoch_s
            return str(
                add_link(self, parent, found, int(related_id), values=values or {}, time=when)
            )

    def unlink(
        self,
        module: str,
        record_id: RecordId,
        related_list: str,
        related_id: RecordId,
        *,
        time: Time = None,
    ) -> None:
        """Removes a record from a related list; neither record is deleted.

        Raises:
            KeyError: It is not in the list.
        """
        with self.lock:
            found = self.related_lists.of(module)[related_list]
            parent = Reference(module, int(record_id))
            when = to_epoch(time) or self.clock.epoch_s
            remove_link(self, parent, found, int(related_id), time=when)

    def related_ids(self, module: str, record_id: RecordId, related_list: str) -> list[str]:
        """The truth: ids of the records in a related list, converted leads included, ascending."""
        with self.lock:
            found = self.related_lists.of(module)[related_list]
            parent = Reference(module, int(record_id))
            rows = related_rows(self, found, parent, partition="both", settings=self.write_rules)
            return [str(number) for number in sorted(row.id for row in rows)]

    def add_line(
        self, module: str, record_id: RecordId, field: str, values: dict[str, Any],
        *, time: Time = None,
    ) -> str:  # fmt: skip
        """Adds a row to a subform, which moves its parent's `Modified_Time`; gives its id."""
        spec = self.module(module).fields[field]
        if spec.data_type != "subform" or spec.child_module is None:
            raise ValueError(f"{module}.{field} is no subform")
        parent = {str(spec.child_field): str(record_id)}
        return self.create(spec.child_module, {**parent, **values}, modified_time=time)

    def remove_line(
        self, module: str, record_id: RecordId, field: str, line_id: RecordId, *, time: Time = None
    ) -> None:
        """Removes a row from a subform, which moves its parent's `Modified_Time`."""
        with self.lock:
            spec = self.module(module).fields[field]
            child = self.module(str(spec.child_module))
            parent = Reference(module, int(record_id))
            if int(line_id) not in child.children(str(spec.child_field), parent):
                raise KeyError(f"{line_id} is no row of {module} {record_id}")
            self.delete(child.api_name, line_id, deleted_time=time)

    def add_email(
        self, module: str, record_id: RecordId, *, subject: str, recipient: str = "", **more: Any
    ) -> str:
        """Adds an e-mail to a record and gives its id; `more` are attributes of `Email`."""
        with self.lock:
            number = next(self._record_ids)
            terms = {"time": self.clock.epoch_s, "owner": self.users.current_id, **more}
            terms["time"] = to_epoch(terms["time"])
            email = Email(f"{number:x}c0ffee", subject, recipient=recipient, **terms)
            self.mailbox.add(Reference(module, int(record_id)), email)
            return email.message_id

    def change_day(self, *, silent: bool = False) -> dict[str, int]:
        """Lets one working day pass and moves the clock to its end; gives what was done.

        Args:
            silent: Whether people also do what moves no `Modified_Time` and what reading by time
                cannot see therefore: restore deleted records, merge duplicates.
        """
        if self.day is None:
            raise RuntimeError("only the demo organisation knows what happens in a day")
        with self.lock:
            return self.day(self, silent)

    def _purge(self, entry: DeletedRecord, time: int) -> None:
        entry.type = "permanent"
        if self.write_rules.purge_moves_time:
            entry.deleted_time = time
        self._drop_links(self.module(entry.module), entry.id)

    def _drop_links(self, module: Module, record_id: int) -> None:
        move_links(self, Reference(module.api_name, record_id), None)

    def _take_rows(self, module: Module, entry: DeletedRecord) -> None:
        for spec in module.fields.values():
            child = self.modules.get(spec.child_module or "")
            if spec.data_type != "subform" or child is None:
                continue
            ids = child.children(str(spec.child_field), Reference(module.api_name, entry.id))
            rows: list[Record] = [child.take(row_id) for row_id in ids]
            entry.rows.setdefault(child.api_name, []).extend(rows)
