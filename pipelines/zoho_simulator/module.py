"""One module: its fields, its records, and the orders they are listed in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .ordering import Ordering, key_maker
from .values import Reference, references_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .fields import FieldSpec
    from .pattern import Pattern
    from .record import DeletedRecord, Record
    from .rendering import RowFormat

Refusal = Literal["NO_PERMISSION", "INVALID_MODULE", "NOT_SUPPORTED"]


@dataclass(frozen=True)
class ModuleTraits:
    """What modules metadata says of a module, and what reading it answers.

    Attributes:
        module_name: The internal name, which no URL takes.
        refusal: What every read of its records answers instead of records.
        write_refusal: What every write to its related lists answers.
        partition_field: The checkbox that `converted` filters by (Leads).
        metadata_modified: When its definition changed, for the metadata.
        system_keys: Keys such as `$file_id` that no metadata names and `fields` may ask for.
    """

    module_name: str = ""
    singular_label: str = ""
    plural_label: str = ""
    generated_type: str = "default"
    api_supported: bool = True
    viewable: bool = True
    status: str = "visible"
    visibility: int = 1
    parent_module: str | None = None
    name_field: str | None = None
    partition_field: str | None = None
    has_modified_time: bool = True
    refusal: Refusal | None = None
    write_refusal: Literal["NO_PERMISSION", "AUTHORIZATION_FAILED"] | None = None
    access_type: str = "org_based"
    metadata_modified: int | None = None
    system_keys: tuple[str, ...] = ()


class Module:
    """A module of the simulated organisation.

    Attributes:
        records: Live records by id, those that the API user can't see included.
        hidden: Ids that the API user can't see.
        deleted: The recycle bin and the permanent deletions, by id.
        formats: Ways its rows have been rendered, by what was asked.
    """

    def __init__(self, api_name: str, module_id: int, traits: ModuleTraits) -> None:
        self.api_name = api_name
        self.id = module_id
        self.traits = traits
        self.fields: dict[str, FieldSpec] = {}
        self.records: dict[int, Record] = {}
        self.hidden: set[int] = set()
        self.deleted: dict[int, DeletedRecord] = {}
        self.pattern: Pattern | None = None
        self.formats: dict[tuple[Any, ...], RowFormat] = {}
        self._orderings: dict[tuple[str, str, str, bool], Ordering] = {}
        self._children: dict[str, dict[Reference, set[int]]] = {}

    def __len__(self) -> int:
        return len(self.records)

    def __bool__(self) -> bool:
        return True

    def values_of(self, record: Record) -> dict[str, Any]:
        """A record's values; those of an untouched patterned row are made on the spot."""
        if isinstance(record.values, dict):
            return record.values
        if self.pattern is None:
            raise LookupError(f"{self.api_name} has no pattern")
        return self.pattern.values(record.values)

    def display_name(self, record: Record) -> str | None:
        """What lookups call a record."""
        name_field = self.traits.name_field
        name = self.values_of(record).get(name_field) if name_field else None
        return name if name is None else str(name)

    def name_of(self, record_id: int) -> str | None:
        """What lookups call a record, also a deleted one."""
        if record_id in self.records:
            return self.display_name(self.records[record_id])
        return self.deleted[record_id].display_name if record_id in self.deleted else None

    def put(self, record: Record) -> None:
        """Takes a new or changed record in, into every order and index."""
        self.records[record.id] = record
        record.rendered = None
        if record.id not in self.hidden:
            for (_, partition, _, _), ordering in self._orderings.items():
                if self._belongs(record, partition):
                    ordering.add(record)
        for name, children in self._children.items():
            for reference in references_of([self.values_of(record).get(name)]):
                children[reference].add(record.id)

    def take(self, record_id: int) -> Record:
        """Takes a record out of every order and index, to change or to delete it."""
        record = self.records.pop(record_id)
        if record_id not in self.hidden:
            for (_, partition, _, _), ordering in self._orderings.items():
                if self._belongs(record, partition):
                    ordering.remove(record)
        for name, children in self._children.items():
            for reference in references_of([self.values_of(record).get(name)]):
                children[reference].discard(record.id)
        return record

    def records_with_bin(self) -> list[Record]:
        """All records, those in the recycle bin too."""
        return [*self.records.values(), *(entry.record for entry in self.deleted.values())]

    def replace_values(self, record: Record, values: dict[str, Any]) -> None:
        """Replaces a record's values without touching any time."""
        is_live = self.records.get(record.id) is record
        if is_live:
            self.take(record.id)
        record.values, record.rendered = values, None
        if is_live:
            self.put(record)

    def load(self, records: Iterable[Record]) -> None:
        """Takes many untouched records in at once; orders are made when somebody asks."""
        self.records.update((record.id, record) for record in records)
        self._orderings.clear()
        self._children.clear()

    def visible(self, partition: str = "both") -> list[Record]:
        """The records that the API user sees."""
        return [r for r in self.records.values() if self.is_visible(r, partition)]

    def is_visible(self, record: Record, partition: str = "both") -> bool:
        """Whether the API user sees a record."""
        return record.id not in self.hidden and self._belongs(record, partition)

    def ordering(
        self, sort_by: str, *, partition: str, tie_order: str, nulls_first: bool
    ) -> Ordering:
        """The visible records in an order, kept up to date from the first use on."""
        wanted = (sort_by, partition, tie_order, nulls_first)
        if wanted not in self._orderings:
            key = key_maker(sort_by, tie_order=tie_order, nulls_first=nulls_first)
            self._orderings[wanted] = Ordering(key, self.visible(partition))
        return self._orderings[wanted]

    def children(self, field_name: str, parent: Reference) -> list[int]:
        """Ids of the records whose lookup points to a parent, ascending."""
        if field_name not in self._children:
            index: dict[Reference, set[int]] = defaultdict(set)
            for record in self.records.values():
                for reference in references_of([self.values_of(record).get(field_name)]):
                    index[reference].add(record.id)
            self._children[field_name] = index
        return sorted(self._children[field_name].get(parent, ()))

    def _belongs(self, record: Record, partition: str) -> bool:
        if partition == "both" or self.traits.partition_field is None:
            return True
        is_converted = bool(self.values_of(record).get(self.traits.partition_field))
        return is_converted == (partition == "true")
