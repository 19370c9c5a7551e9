"""Misspelt keys: dlt passes over them in silence, and the default would be taken."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args, get_origin

from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.doc import BaseDocProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from zoho_crm.exceptions import ZohoConfigError

_KINDS: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list of texts",
    dict: "a table of keys and values",
}
_ALMOST: Final = 0.75
"""How alike a key is to ours that cannot be meant otherwise; dlt's own are less so."""


def refuse_unknown_keys(sections: Sequence[str], known: Collection[str]) -> None:
    """Looks for keys that mean nothing in a section of dlt's files, and among its variables.

    Sections within it are left alone: what dlt itself reads below a source's is in such ones.

    Args:
        sections: The names of the section, outermost first.
        known: Keys that mean something.

    Raises:
        ZohoConfigError: There is such a key; the sentence suggests the nearest.
    """
    for key in _keys_in_files(sections):
        if key not in known:
            near = _hint(_nearest(key, known))
            raise ZohoConfigError(f"[{'.'.join(sections)}] knows no `{key}`: {near}")
    prefix = "__".join([*sections, ""]).upper()
    for key in _keys_in_variables(prefix):
        if key not in {each.upper() for each in known}:
            nearest = _nearest(key.lower(), known)
            near = _hint(nearest and f"{prefix}{nearest.upper()}")
            raise ZohoConfigError(f"There is no variable `{prefix}{key}`: {near}")


def refuse_misspelt_keys(sections: Sequence[str], own: Collection[str]) -> None:
    """Looks for keys that are almost ours, in a section where dlt has keys of its own as well.

    Raises:
        ZohoConfigError: There is such a key; the sentence says which was meant.
    """
    prefix = "__".join([*sections, ""]).upper()
    given = [(key, f"[{'.'.join(sections)}] {key}") for key in _keys_in_files(sections)]
    given += [(key.lower(), f"{prefix}{key}") for key in _keys_in_variables(prefix)]
    for key, place in given:
        nearest = next(iter(get_close_matches(key, own, n=1, cutoff=_ALMOST)), None)
        if nearest is not None and nearest != key:
            raise ZohoConfigError(f"`{place}` means nothing: did you mean `{nearest}`?")


def _keys_in_files(sections: Sequence[str]) -> Iterator[str]:
    for section in _sections_in_files(sections):
        yield from (key for key, value in section.items() if not isinstance(value, Mapping))


def _keys_in_variables(prefix: str) -> Iterator[str]:
    for name in sorted(name for name in os.environ if name.startswith(prefix)):
        key = name.removeprefix(prefix)
        if "__" not in key:
            yield key


def _nearest(key: str, known: Collection[str]) -> str | None:
    return next(iter(get_close_matches(key, known, n=1)), None)


def _hint(nearest: str | None) -> str:
    return f"did you mean `{nearest}`?" if nearest else "docs/configuration.md lists all keys."


def kind_of(hint: object) -> str:
    """Says what kind of value a key takes.

    Args:
        hint: The key's type, as dlt gives it.
    """
    for kind in (hint, *get_args(hint)):
        origin = get_origin(kind) or kind
        if isinstance(origin, type) and origin in _KINDS:
            return _KINDS[origin]
    return "text"


def _sections_in_files(sections: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for provider in Container()[PluggableRunContext].providers.providers:
        if isinstance(provider, BaseDocProvider):
            found: Any = tomllib.loads(provider.to_toml())
            for name in sections:
                found = found.get(name) if isinstance(found, Mapping) else None
            if isinstance(found, Mapping):
                yield found
