"""What changed in the organisation's modules and fields between two readings of its metadata.

Pure: compares what an earlier run knew with what this one read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .metadata import Metadata, follow_renames
from .picklists import picklist_key, picklist_values
from .shapes import mapping_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from .api_types import Field, JsonObject, Module

SENTENCES: Final[Mapping[str, str]] = {
    "module_added": "{module}: the module is new",
    "module_removed": "{module}: the module is gone; its table stays as it is",
    "module_renamed": "{module}: the module's API name was {before}; its table keeps its name",
    "module_relabelled": "{module}: the module is called {after!r} now, it was {before!r}",
    "module_status": "{module}: the module's status is {after}, it was {before}",
    "module_closed": "{module}: Zoho's API does not offer the module any more; its table stays",
    "module_opened": "{module}: Zoho's API offers the module now",
    "permission_withdrawn": "{module}: it may not be read any more ({after}); its table stays",
    "permission_given_back": "{module}: it may be read again",
    "field_added": "{module}.{field}: the field is new ({after})",
    "field_removed": "{module}.{field}: the field is gone; its column stays",
    "field_hidden": "{module}.{field}: the user may not see the field any more; its column stays",
    "field_shown": "{module}.{field}: the user may see the field again ({after})",
    "field_renamed": "{module}.{field}: the field's API name was {before}",
    "field_relabelled": "{module}.{field}: the field is called {after!r} now, it was {before!r}",
    "field_retyped": "{module}.{field}: the field's type is {after}, it was {before}",
    "field_points_elsewhere": "{module}.{field}: the lookup points to {after}, it was {before}",
    "picklist_value_added": "{module}.{field}: the picklist has a new value {after!r}",
    "picklist_value_removed": "{module}.{field}: the picklist has lost its value {before!r}",
    "picklist_value_renamed": "{module}.{field}: the picklist value {before!r} is {after!r} now",
}
"""Every kind of change, and what it is called for people."""

_ASPECTS: Final[Mapping[str, str]] = {
    "module_added": "module",
    "module_removed": "module",
    "module_closed": "api",
    "module_opened": "api",
    "permission_withdrawn": "permission",
    "permission_given_back": "permission",
    "field_added": "field",
    "field_removed": "field",
    "field_hidden": "field",
    "field_shown": "field",
    "picklist_value_added": "picklist_value",
    "picklist_value_removed": "picklist_value",
}


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One change; what it does not concern is None."""

    kind: str
    module: str
    """The module's API name, as it is now."""
    module_id: str
    field: str | None = None
    """The field's API name, as it is now."""
    field_id: str | None = None
    item: str | None = None
    """The id of a picklist value."""
    before: str | None = None
    after: str | None = None

    @property
    def aspect(self) -> str:
        """What it is that changed: of one aspect, a later change undoes or follows an earlier."""
        return _ASPECTS.get(self.kind, self.kind)

    @property
    def sentence(self) -> str:
        """The change for a person."""
        facts = {"module": self.module, "field": self.field}
        text = SENTENCES[self.kind].format(before=self.before, after=self.after, **facts)
        return f"{text}."


def find_changes(known: Metadata, found: Metadata) -> list[SchemaChange]:
    """Compares two readings; nothing where there was none before.

    Args:
        known: What earlier runs read.
        found: What this run read with it as `known`.
    """
    if not known.modules:
        return []
    return [*_module_changes(known, found), *_field_changes(known, found)]


def type_of(field: Field) -> str:
    """A field's type in a word: with its result's for calculated ones."""
    details = field.raw.get(field.data_type)
    result = details.get("return_type") if isinstance(details, Mapping) else None
    return f"{field.data_type} of {result}" if result else field.data_type


def is_other_type(before: Field, after: Field) -> bool:
    """Whether a field's values may have become others because its definition did."""
    return type_of(before) != type_of(after) or _points_elsewhere(before, after)


def change_of(kind: str, module: Module, field: Field, **facts: Any) -> SchemaChange:
    """A change of a field."""
    return SchemaChange(kind, module.api_name, module.id, field.api_name, field.id or None, **facts)


def _module_changes(known: Metadata, found: Metadata) -> Iterator[SchemaChange]:
    before = {module.id: module for module in known.modules}
    for module in found.modules:
        if module.id not in before:
            yield SchemaChange(
                "module_added", module.api_name, module.id, after=module.plural_label
            )
        else:
            yield from _compare_modules(before[module.id], module)
    for module in found.removed_modules:
        yield SchemaChange("module_removed", module.api_name, module.id, before=module.plural_label)


def _compare_modules(before: Module, after: Module) -> Iterator[SchemaChange]:
    facts = (
        ("module_renamed", before.api_name, after.api_name),
        ("module_relabelled", before.plural_label, after.plural_label),
        ("module_status", before.status, after.status),
    )
    for kind, old, new in facts:
        if old != new:
            yield SchemaChange(kind, after.api_name, after.id, before=old, after=new)
    if before.api_supported != after.api_supported:
        kind = "module_opened" if after.api_supported else "module_closed"
        yield SchemaChange(kind, after.api_name, after.id)


def _field_changes(known: Metadata, found: Metadata) -> Iterator[SchemaChange]:
    known = follow_renames(known, found.modules)
    for module in found.modules:
        before = known.fields.get(module.api_name)
        after = found.fields.get(module.api_name)
        if before and after and before is not after:
            hidden = found.hidden_fields.get(module.api_name, frozenset())
            yield from _compare_fields(module, before, after, hidden)


def _compare_fields(
    module: Module, before: Sequence[Field], after: Sequence[Field], hidden: Collection[str]
) -> Iterator[SchemaChange]:
    old = {field.id or field.api_name: field for field in before}
    new = {field.id or field.api_name: field for field in after}
    for key, field in new.items():
        if key not in old:
            yield change_of("field_added", module, field, after=type_of(field))
        else:
            yield from _compare_field(module, old[key], field)
    for key, field in old.items():
        if key not in new:
            kind = "field_hidden" if field.id in hidden else "field_removed"
            yield change_of(kind, module, field, before=type_of(field))


def _compare_field(module: Module, before: Field, after: Field) -> Iterator[SchemaChange]:
    facts = (
        ("field_renamed", before.api_name, after.api_name),
        ("field_relabelled", before.label, after.label),
        ("field_retyped", type_of(before), type_of(after)),
    )
    for kind, old, new in facts:
        if old != new:
            yield change_of(kind, module, after, before=old, after=new)
    if _points_elsewhere(before, after):
        targets = [_target_of(each).get("api_name") for each in (before, after)]
        yield change_of(
            "field_points_elsewhere", module, after, before=targets[0], after=targets[1]
        )
    yield from _compare_picklists(module, before, after)


def _compare_picklists(module: Module, before: Field, after: Field) -> Iterator[SchemaChange]:
    old = {picklist_key(value): _shown(value) for value in picklist_values(before)}
    new = {picklist_key(value): _shown(value) for value in picklist_values(after)}
    for key in dict.fromkeys((*new, *old)):
        if old.get(key) == new.get(key):
            continue
        kind = "added" if key not in old else "removed" if key not in new else "renamed"
        yield change_of(
            f"picklist_value_{kind}", module, after,
            item=key, before=old.get(key), after=new.get(key),
        )  # fmt: skip


def _shown(value: JsonObject) -> str:
    return str(value.get("display_value"))


def _points_elsewhere(before: Field, after: Field) -> bool:
    """Whether a lookup points to another module; not to the same one by its new name."""
    old, new = _target_of(before), _target_of(after)
    key = "id" if old.get("id") and new.get("id") else "api_name"
    return bool(old.get(key) != new.get(key))


def _target_of(field: Field) -> JsonObject:
    """The module that a lookup points to, as Zoho names it; empty for none."""
    return mapping_in(mapping_in(field.raw.get("lookup")).get("module"))
