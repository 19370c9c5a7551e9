"""A small CRM whose schema changes between runs, and its copy on either destination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoho_crm.copies import assert_none, differences
from tests.zoho_crm.expected import expected_rows
from tests.zoho_sync.crm_copies import DATASET, SyncedCopy
from zoho_crm.names import PARTS
from zoho_simulator.fields import field, lookup, multiselect, picklist

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pytest

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine, Ended

HOUR_S = 3600
DAY_S = 24 * HOUR_S
ROWS = 45
SIZES = ("small", "middle", "large")


def build_changing_organisation(crm: Crm, *, rows: int = ROWS) -> None:
    """Two modules with fields of several types, all of whose records are filled in."""
    fields = (
        field("Code", "text"),
        field("Amount", "currency"),
        picklist("Size", SIZES),
        multiselect("Colours", ["red", "blue", "green"]),
    )
    start = crm.now_s - 30 * DAY_S
    crm.simulator.change_settings({"tokens_per_window": 100_000})
    gadgets = crm.add_module("Gadgets", fields[:1], times=range(start, start + 7))
    crm.add_module("Widgets", (*fields, lookup("Gadget", "Gadgets")))
    for number in range(rows):
        values = {
            "Name": f"Widget {number}",
            "Number": number,
            "Code": str(number * 10),
            "Amount": number / 4,
            "Size": SIZES[number % 3],
            "Colours": ["red", "blue"] if number % 2 else None,
            "Gadget": gadgets[number % 7],
        }
        crm.org.create("Widgets", values, modified_time=start + number)


class SchemaCase:
    """Load, change, load again, compare.

    Attributes:
        log: What the last run told while it worked.
    """

    def __init__(
        self, crm: Crm, copy: SyncedCopy, command: CommandLine, patch: pytest.MonkeyPatch
    ) -> None:
        self.crm, self.copy = crm, copy
        self.log = ""
        self._command = command
        self._patch = patch
        for name, value in copy.environment().items():
            patch.setenv(name, value)

    def run(self, *arguments: str, code: int = 0) -> Any:
        """One run a while later, and its report; it must end with the code given."""
        self.crm.pass_time(HOUR_S)
        ended: Ended = self._command(
            "run", "--destination", self.copy.destination, "--json", *arguments
        )
        assert ended.code == code, (ended.out, ended.err)
        self.log = ended.err
        return ended.document

    def rows(self, table: str, order: str = "id") -> list[dict[str, Any]]:
        return self.copy.query(f'SELECT * FROM {DATASET}."{table}" ORDER BY {order}')

    def changes(self) -> list[tuple[Any, ...]]:
        """Kind, module, field, before and after of every change recorded, in turn."""
        if "schema_changes" not in self.copy.tables():
            return []
        names = ("kind", "module", "field", "before", "after")
        return [tuple(row[n] for n in names) for row in self.rows("schema_changes", "number")]

    def columns(self, table: str) -> list[str]:
        found = self.copy.query(
            "SELECT column_name FROM information_schema.columns"
            f" WHERE table_schema = '{DATASET}' AND table_name = '{table}'"
        )
        return [row["column_name"] for row in found]

    def column_of(self, module: str, api_name: str) -> str:
        (row,) = self.copy.query(
            f"SELECT column_name FROM {DATASET}.fields WHERE module = '{module}'"
            f" AND api_name = '{api_name}' AND removed_at IS NULL"
        )
        return str(row["column_name"])

    def table_of(self, module: str) -> str:
        (row,) = self.copy.query(
            f"SELECT table_name FROM {DATASET}.modules WHERE api_name = '{module}'"
            " AND removed_at IS NULL"
        )
        return str(row["table_name"])

    def assert_equals_fresh_load(self, path: Path, *modules: str) -> None:
        """Nothing can be told from what a first load of the same moment gives."""
        fresh = SyncedCopy(self.crm, path=path)
        self._patch.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(path))
        ended = self._command("run", "--destination", "duckdb", "--json", "--quiet")
        assert ended.code == 0, (ended.out, ended.err)
        for module in modules:
            assert values_by_field(self.copy, module) == values_by_field(fresh, module)

    def assert_equals_crm(self, *modules: str) -> None:
        """Every live record has every value that the CRM shows, in the column that holds it."""
        for module in modules:
            fields = self.copy.query(
                f"SELECT field_id, column_name FROM {DATASET}.fields WHERE module = '{module}'"
                " AND removed_at IS NULL"
            )
            columns = {row["field_id"]: row["column_name"] for row in fields}
            expected = expected_rows(self.crm, module, columns)
            held = self.copy.rows(self.table_of(module))
            assert_none(differences(_only_expected(held, expected), expected))
        self.copy.assert_no_row_twice()


def values_by_field(copy: SyncedCopy, module: str) -> dict[str, dict[str, Any]]:
    """What a copy holds of a module's live records, by record, then by field id and part."""
    found = copy.query(
        f"SELECT field_id, column_name, table_name FROM {DATASET}.fields"
        f" WHERE module = '{module}' AND removed_at IS NULL AND column_name IS NOT NULL"
    )
    columns = {
        f"{row['column_name']}{part}": f"{row['field_id']}{part}"
        for row in found
        for part in ("", *(f"__{each}" for each in PARTS))
    }
    flagged = copy.query(
        f'SELECT id FROM {DATASET}."{found[0]["table_name"]}" WHERE _deleted_type IS NOT NULL'
    )
    gone = {row["id"] for row in flagged}
    return {
        key: {columns[n]: v for n, v in row.items() if n in columns and v is not None}
        for key, row in copy.rows(found[0]["table_name"]).items()
        if key not in gone
    }


def _only_expected(
    rows: Mapping[str, Mapping[str, Any]], expected: Mapping[str, Iterable[str]]
) -> dict[str, dict[str, Any]]:
    """Leaves out the columns of fields that are gone: they keep what they held."""
    names = set(next(iter(expected.values()), ()))
    return {key: {n: v for n, v in row.items() if n in names} for key, row in rows.items()}
