"""The rows that name what to remove: from a query, a table or a file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from dlt.destinations.exceptions import DatabaseException

from zoho_crm.exceptions import ZohoConfigError
from zoho_destinations.delink_rows import digest_of_rows, read_rows
from zoho_destinations.explain import explain
from zoho_destinations.statements import is_postgres, quote

from .delink_plan import Inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoho_destinations.delink_rows import RelationRow
    from zoho_destinations.statements import Client

    from .delink_plan import InputKind


@dataclass(frozen=True, slots=True)
class InputChoice:
    """Where the rows are."""

    kind: InputKind
    text: str
    """The query, the table, or the file's absolute path."""


def choose_input(query: str | None, table: str | None, file: str | None) -> InputChoice | None:
    """Reads the options of the command; None where none of them is given.

    Raises:
        ZohoConfigError: More than one is given.
    """
    given: list[tuple[InputKind, str]] = []
    if query is not None:
        given.append(("query", query.strip().rstrip(";").strip()))
    if table is not None:
        given.append(("table", table.strip()))
    if file is not None:
        given.append(("file", str(Path(file).expanduser().resolve())))
    if len(given) > 1:
        raise ZohoConfigError("Give one of --from-query, --from-table and --from-file.")
    return InputChoice(*given[0]) if given else None


def read_inputs(sql: Client, choice: InputChoice) -> tuple[Inputs, list[RelationRow]]:
    """Reads the rows.

    Args:
        sql: An open client of the dataset.
        choice: Where they are.

    Returns:
        Where they came from, and the rows as they were named.

    Raises:
        ZohoConfigError: The query, the table or the file can't be read, or is not of such rows.
    """
    is_file = choice.kind == "file"
    rows = read_rows(_read_file(Path(choice.text)) if is_file else _read_query(sql, choice))
    return Inputs(choice.kind, choice.text, digest_of_rows(rows), len(rows)), rows


def _read_query(client: Client, choice: InputChoice) -> list[dict[str, Any]]:
    """Asks for the rows of a query and of nothing that writes: it stands in a subquery."""
    try:
        source = _table_in_sql(client, choice.text) if choice.kind == "table" else choice.text
        # No line break before it: errors count its lines as the user does.
        inner = source if choice.kind == "table" else f"({source}\n)"
        with client.begin_transaction():
            if is_postgres(client):
                client.execute_sql("SET TRANSACTION READ ONLY")
            with client.execute_query(f"SELECT * FROM {inner} AS named") as cursor:  # as it stands
                columns = [column[0] for column in cursor.description or ()]
                return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    except DatabaseException as error:
        if known := explain(error):
            raise known from error
        said = " ".join(str(error).split())
        raise ZohoConfigError(f"The {choice.kind} can't be read: {said}") from None


def _table_in_sql(client: Client, name: str) -> str:
    """A table of the dataset, or of another schema written in front."""
    schema, dot, table = name.rpartition(".")
    if dot:
        return f"{quote(client, schema)}.{quote(client, table)}"
    return str(client.make_qualified_table_name(table))


def _read_file(path: Path) -> Sequence[dict[str, Any]]:
    readers = {".csv": _read_csv, ".parquet": _read_parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ZohoConfigError(f"{path} is neither CSV nor Parquet by its name.")
    try:
        return reader(path)
    except (OSError, ValueError, csv.Error) as error:  # Arrow's are among them
        reason = getattr(error, "strerror", None) or str(error)
        raise ZohoConfigError(f"{path} can't be read: {reason}") from None


def _read_csv(path: Path) -> list[dict[str, Any]]:
    """All values as they are written: an id is a text, not a number."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="a value too many", strict=True)
        return list(reader)


def _read_parquet(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found
