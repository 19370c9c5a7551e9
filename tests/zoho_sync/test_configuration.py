"""Every key is documented with its default, and the files in `.dlt` show the same."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from zoho_crm.credentials import ZohoCredentials
from zoho_crm.exceptions import ZohoConfigError
from zoho_destinations.settings import DuckDbSettings
from zoho_sync.configuration import SyncConfiguration, read_configuration
from zoho_sync.environment import DEFAULTS
from zoho_sync.related_configuration import RelatedConfiguration, read_related_configuration

if TYPE_CHECKING:
    from dlt.common.configuration.specs import BaseConfiguration

CHECKOUT = Path(__file__).parent.parent.parent
PAGE = (CHECKOUT / "docs" / "configuration.md").read_text("utf-8")
CONFIG = (CHECKOUT / ".dlt" / "config.toml").read_text("utf-8")
SECRETS = (CHECKOUT / ".dlt" / "example.secrets.toml").read_text("utf-8")
SPECS: dict[str, type[BaseConfiguration]] = {
    "sources.zoho_crm": SyncConfiguration,
    "sources.zoho_crm.credentials": ZohoCredentials,
    "sources.zoho_crm.related": RelatedConfiguration,
    "destination.duckdb": DuckDbSettings,
}
OF_DLT = {"destination.duckdb": {"credentials"}, "sources.zoho_crm": set[str]()}
REQUIRED = {"client_id", "client_secret", "refresh_token"}


def _defaults(section: str) -> dict[str, Any]:
    own = [f for f in fields(SPECS[section]) if not f.name.startswith("_")]
    return {f.name: _default(f) for f in own if f.name != "credentials"}


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _documented(section: str) -> dict[str, str]:
    """The keys that the page's table of a section explains, with their defaults."""
    text = next(part for part in PAGE.split("\n## ") if f"`[{section}]`" in part.splitlines()[0])
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", text, re.MULTILINE))


def _shown(text: str, section: str) -> dict[str, Any]:
    """The keys of a section of a file, those commented out as well."""
    live = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    found: Any = tomllib.loads(live)
    for name in section.split("."):
        found = found[name]
    return {key: value for key, value in found.items() if f"{section}.{key}" not in SPECS}


@pytest.mark.parametrize("section", SPECS)
def test_every_key_is_documented_with_its_default(section: str) -> None:
    documented = _documented(section)

    defaults = _defaults(section)
    assert documented.keys() - OF_DLT.get(section, set()) == defaults.keys()
    for key, default in defaults.items():
        shown = documented[key].strip("`")
        if default is None:
            assert not re.fullmatch(r"[\d.]+", shown), key
        elif isinstance(default, bool):
            assert shown == str(default).lower(), key
        elif isinstance(default, int | float):
            assert float(shown) == default, key
        else:
            assert shown == str(default).replace("'", '"'), key


@pytest.mark.parametrize("section", ["sources.zoho_crm", "destination.duckdb"])
def test_the_committed_file_shows_every_key_with_its_default(section: str) -> None:
    shown = _shown(CONFIG, section)

    defaults = _defaults(section)
    assert shown.keys() == defaults.keys() | OF_DLT[section]
    assert {k: shown[k] for k, v in defaults.items() if v is not None} == {
        k: v for k, v in defaults.items() if v is not None
    }


def test_the_committed_file_changes_nothing_but_telemetry() -> None:
    keys_set = [line for line in CONFIG.splitlines() if re.match(r"\w+ = ", line)]

    assert keys_set == ["dlthub_telemetry = false"]


def test_the_example_of_secrets_shows_every_credential() -> None:
    shown = _shown(SECRETS, "sources.zoho_crm.credentials")

    assert shown.keys() == _defaults("sources.zoho_crm.credentials").keys()
    assert all(" " in shown[key] for key in REQUIRED)  # so that no placeholder passes for a value


def test_every_key_of_the_files_says_what_it_is_for() -> None:
    for text in (CONFIG, SECRETS):
        lines = text.splitlines()
        keys = [n for n, line in enumerate(lines) if re.match(r"(# )?\w+ = ", line)]
        unexplained = [
            lines[n]
            for n in keys
            if not re.match(r"# (?!\w+ = )", lines[n - 1])
            and not any(word in lines[n] for word in ("client_secret", "postgresql"))
        ]
        assert unexplained == []


def test_what_dlt_is_told_is_documented() -> None:
    for path, value in DEFAULTS.items():
        *sections, key = path.split(".")
        row = f"| `[{'.'.join(sections)}] {key}` | "
        assert row in PAGE
        assert value in PAGE.split(row)[1].split("|")[0]


def test_a_list_has_no_more_fields_than_a_call_may_name() -> None:
    names = [f"F{number}" for number in range(51)]
    config = RelatedConfiguration()
    config.list_fields = {"Deals.Emails": names[:50], "Deals.Notes": names}
    assert config.fields_of("Deals.Emails") == names[:50]
    with pytest.raises(ZohoConfigError, match=r"`Deals.Notes` .* names 51 fields"):
        config.fields_of("Deals.Notes")


def test_the_amount_of_a_module_is_the_name_of_one_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ZOHO_CRM__AUDIT_AMOUNTS", '{"Deals": ["Amount"]}')
    with pytest.raises(ZohoConfigError, match="`Deals` of `audit_amounts` in"):
        read_configuration(needs_credentials=False)
    monkeypatch.setenv("SOURCES__ZOHO_CRM__AUDIT_AMOUNTS", "Amount")
    with pytest.raises(ZohoConfigError, match=r"`audit_amounts` in .* must be a table"):
        read_configuration(needs_credentials=False)


def test_values_are_refused_where_no_credentials_are_needed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCES__ZOHO_CRM__HOME_AMOUNTS", "double")
    with pytest.raises(ZohoConfigError, match="must be one of multiply, divide, off"):
        read_configuration(needs_credentials=False)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("OVERLAPS", "did you mean `SOURCES__ZOHO_CRM__OVERLAP_S`?"),
        ("QQQ", "docs/configuration.md lists all keys."),
        ("RELATED__MAX_CALL", "did you mean `SOURCES__ZOHO_CRM__RELATED__MAX_CALLS`?"),
    ],
)
def test_a_misspelt_variable_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, hint: str
) -> None:
    monkeypatch.setenv(f"SOURCES__ZOHO_CRM__{name}", "3")
    read = read_related_configuration if name.startswith("RELATED") else _read
    with pytest.raises(ZohoConfigError, match=re.escape(f"`SOURCES__ZOHO_CRM__{name}`: {hint}")):
        read()


def test_variables_of_dlt_and_of_sections_within_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "SCHEMA_CONTRACT",
        "ERASED_IDS",
        "CREDENTIALS__CLIENT_ID",
        "RELATED__MAX_CALLS",
        "DATA_WRITER__FILE_MAX_ITEMS",
        "LEADS__COLUMNS",
    ):
        monkeypatch.setenv(f"SOURCES__ZOHO_CRM__{name}", "7")
    monkeypatch.setenv("SOURCES__ZOHO_CRM_DELETIONS__ANY", "7")
    monkeypatch.setenv("SOURCES__ZOHO_CRM__OVERLAP_S", "61")

    assert _read().overlap_s == 61
    assert read_related_configuration().max_calls == 7


def _read() -> SyncConfiguration:
    return read_configuration(needs_credentials=False)
