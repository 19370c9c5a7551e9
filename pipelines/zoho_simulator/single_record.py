"""One record in full, with the rows that only this call returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .rendering import multi_module_field
from .values import Reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .catalogue import Catalogue
    from .fields import FieldSpec
    from .module import Module
    from .record import Record
    from .rendering import View


def to_single(
    catalogue: Catalogue,
    module: Module,
    *,
    record: Record,
    view: View,
    names: Sequence[str] = (),
) -> dict[str, Any]:
    """A record's values as JSON would hold them, subforms and multi-select lookups included.

    Args:
        catalogue: Where names and rows are found.
        module: The record's module.
        record: The record.
        view: How the caller is shown values.
        names: The fields wanted; all of them when empty.
    """
    wanted = tuple(names) or _all_names(module)
    plain = catalogue.row_format(module, wanted, view=view, is_list=False).to_plain(record)
    for spec in _embedded(module, wanted):
        plain[spec.api_name] = _rows(catalogue, module, record=record, spec=spec, view=view)
    return plain


def truncated(
    catalogue: Catalogue, module: Module, *, record: Record, view: View
) -> dict[str, bool]:
    """The value of `$has_more`: which embedded rows were cut (documented)."""
    return {
        spec.api_name: len(_row_ids(catalogue, module, record=record, spec=spec))
        > view.max_embedded_rows
        for spec in _embedded(module, _all_names(module))
    }


def _all_names(module: Module) -> tuple[str, ...]:
    names = tuple(module.fields)
    return (*names, "$se_module") if multi_module_field(module) else names


def _embedded(module: Module, names: Sequence[str]) -> list[FieldSpec]:
    specs = (module.fields.get(name) for name in names)
    return [spec for spec in specs if spec is not None and spec.is_embedded]


def _row_ids(catalogue: Catalogue, module: Module, *, record: Record, spec: FieldSpec) -> list[int]:
    child = catalogue.modules.get(spec.child_module or "")
    if child is None or spec.child_field is None:
        return []
    return child.children(spec.child_field, Reference(module.api_name, record.id))


def _rows(
    catalogue: Catalogue, module: Module, *, record: Record, spec: FieldSpec, view: View
) -> list[dict[str, Any]]:
    ids = _row_ids(catalogue, module, record=record, spec=spec)[: view.max_embedded_rows]
    if not ids:
        return []
    child = catalogue.module(spec.child_module or "")
    rows = (child.records[row_id] for row_id in ids)
    names = _all_names(child) if spec.connected_field is None else (spec.connected_field,)
    layout = catalogue.row_format(child, names, view=view, is_list=False)
    return [layout.to_plain(row) for row in rows]
