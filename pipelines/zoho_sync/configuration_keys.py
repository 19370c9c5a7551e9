"""Misspelt keys: dlt passes over them in silence, and the default would be taken."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.doc import BaseDocProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from zoho_crm.exceptions import ZohoConfigError


def refuse_unknown_keys(sections: Sequence[str], known: Collection[str]) -> None:
    """Looks for keys in a section of dlt's files that mean nothing.

    Sections within it are left alone, and so are variables: others may use the same prefix.

    Args:
        sections: The names of the section, outermost first.
        known: Keys that mean something.

    Raises:
        ZohoConfigError: There is such a key; the sentence suggests the nearest.
    """
    for section in _sections_in_files(sections):
        for key, value in section.items():
            if key in known or isinstance(value, Mapping):
                continue
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "docs/configuration.md lists all keys."
            raise ZohoConfigError(f"[{'.'.join(sections)}] knows no `{key}`: {hint}")


def _sections_in_files(sections: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for provider in Container()[PluggableRunContext].providers.providers:
        if isinstance(provider, BaseDocProvider):
            found: Any = tomllib.loads(provider.to_toml())
            for name in sections:
                found = found.get(name) if isinstance(found, Mapping) else None
            if isinstance(found, Mapping):
                yield found
