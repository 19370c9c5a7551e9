"""Work that dlt repeats and a scheduled command need not pay for: a third of a quiet run.

dlt checks each schema that it reads against its types, and looks through those types anew for
every column of every table. It also writes the hints of every column as YAML into its trace, which
nobody reads here. Both grow with the number of columns, whatever has changed.
"""

from __future__ import annotations

import sys
from functools import cache, update_wrapper
from typing import TYPE_CHECKING, Any, Final

from dlt.common import validation
from dlt.extract import extract

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTIONS_ABOUT_TYPES: Final = (
    "extract_union_types",
    "is_dict_generic_type",
    "is_list_generic_type",
    "is_literal_type",
    "is_optional_type",
    "is_typeddict",
    "is_union_type",
)
"""Functions by which dlt's validation tells types apart. It changes none of their answers."""
HINTS: Final = "get_type_hints"
"""Gives the keys of a typed dict. dlt notes beside its call that it should be remembered."""


class _NoYaml:
    """Stands where dlt's extraction looks for yaml, which it uses for its trace alone."""

    @staticmethod
    def dump(*_: Any, **__: Any) -> str:
        """Writes nothing."""
        return ""


def spare_repeated_work() -> None:
    """Has dlt remember what it finds out about types, and leave column hints out of its trace."""
    for name in QUESTIONS_ABOUT_TYPES:
        _replace(name, cache)
    _replace(HINTS, _by_type)
    extract.yaml = _NoYaml  # type: ignore[attr-defined]  # which it does not export


def _replace(name: str, remember: Callable[[Any], Any]) -> None:
    ask = getattr(validation, name)
    if not hasattr(ask, "__wrapped__"):
        setattr(validation, name, remember(ask))


def _by_type(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Remembers by the type alone: `globalns`, which can be no key, is its module's namespace."""

    @cache
    def ask_once(spec: Any) -> Any:
        module = sys.modules.get(spec.__module__)
        return ask(spec, globalns=vars(module) if module else None)

    def remembered(spec: Any, **_: Any) -> Any:
        return ask_once(spec)

    return update_wrapper(remembered, ask)
