"""Layouts: which fields and related lists the records of a module show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .module import Module

STANDARD = "Standard"
_STANDARD_ID_SHIFT = 600_000


@dataclass(frozen=True)
class Layout:
    """A layout of a module.

    Attributes:
        left_out: API names of fields that it does not hold.
        profiles: Names of the profiles that may use it; None for all.
        modified: Seconds since 1970.
    """

    id: int
    name: str
    status: str = "active"
    left_out: frozenset[str] = frozenset()
    profiles: tuple[str, ...] | None = None
    modified: int | None = None


class Layouts:
    """The layouts of every module; each has one of the name Standard."""

    def __init__(self, next_id: Callable[[], int]) -> None:
        self._next_id = next_id
        self._by_module: dict[str, dict[str, Layout]] = {}

    def of(self, module: Module) -> list[Layout]:
        """The layouts of a module, Standard first."""
        known = self._by_module.setdefault(module.api_name, {})
        known.setdefault(STANDARD, Layout(module.id + _STANDARD_ID_SHIFT, STANDARD))
        return sorted(known.values(), key=lambda layout: layout.name != STANDARD)

    def add(self, module: Module, name: str, **traits: Any) -> str:
        """Adds a layout and gives its id; `traits` are attributes of `Layout`."""
        self.of(module)
        layout = Layout(self._next_id(), name, **traits)
        self._by_module[module.api_name][name] = layout
        return str(layout.id)

    def change(self, module: Module, name: str, **changes: Any) -> None:
        """Changes a layout."""
        self.of(module)
        known = self._by_module[module.api_name]
        known[name] = replace(known[name], **changes)

    def find(self, module: Module, layout_id: str) -> Layout | None:
        """A module's layout by id."""
        return next((one for one in self.of(module) if str(one.id) == layout_id), None)

    def name_for(self, module: Module, values: dict[str, Any]) -> str:
        """The layout of a record: what its field of that type says, else Standard."""
        for spec in module.fields.values():
            if spec.data_type == "layout" and values.get(spec.api_name):
                return str(values[spec.api_name]["name"])
        return STANDARD
