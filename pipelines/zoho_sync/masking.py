"""No secret in what is printed: known ones and what looks like one become `***`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.doc import BaseDocProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

MASK: Final = "***"
_SECRET_KEYS: Final = re.compile(
    r"(secret|token|password|hook|heartbeat_url|_key|dsn)$", re.IGNORECASE
)
_MIN_LENGTH: Final = 6
"""Anything shorter would blot out ordinary words."""
_PATTERNS: Final = (
    # Zoho's tokens and codes: 1000.<hex>.<hex>
    (re.compile(r"\b\d{3,5}\.[0-9A-Za-z]{8,}\.[0-9A-Za-z-]{8,}"), MASK),
    (re.compile(r"(Zoho-oauthtoken\s+)[^\s'\"]+"), rf"\1{MASK}"),
    (re.compile(r"((?:client_secret|refresh_token|access_token|code)=)[^\s&'\"]+"), rf"\1{MASK}"),
    # The password in a database's address, and in libpq's `key=value`
    (re.compile(r"(\w+://[^:/@\s]*:)\S+(?=@)"), rf"\1{MASK}"),
    (re.compile(r"(\bpassword\s*=\s*)('[^']*'|[^\s,)]+)", re.IGNORECASE), rf"\1{MASK}"),
)


def mask_secrets(text: str) -> str:
    """Gives the text without the secrets that are configured or that it shows by their form."""
    for secret in sorted(set(_configured_secrets()), key=len, reverse=True):
        text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _configured_secrets() -> Iterator[str]:
    yield from _secrets_in({k: v for k, v in os.environ.items() if "__" in k})
    if PluggableRunContext not in Container():  # nothing has been read yet
        return
    for provider in Container()[PluggableRunContext].providers.providers:
        if isinstance(provider, BaseDocProvider):
            yield from _secrets_in(tomllib.loads(provider.to_toml()))


def _secrets_in(document: Mapping[str, Any]) -> Iterator[str]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _secrets_in(value)
            continue
        text = value.strip() if isinstance(value, str) else ""
        if len(text) >= _MIN_LENGTH and _SECRET_KEYS.search(key):
            yield text
