"""The floor: what reading a module by hand costs, with nothing of ours.

One bare keep-alive connection walks the pages, each is parsed, built into Arrow, and at the end
inserted and merged into DuckDB, or copied into a temporary table of Postgres and upserted from
there. It proves nothing, recovers from nothing and knows one module.
"""

from __future__ import annotations

import io
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import msgspec
import psycopg2
import pyarrow as pa
import pyarrow.csv
import requests

TYPES = {
    "currency": pa.decimal128(38, 9),
    "double": pa.decimal128(38, 9),
    "percent": pa.decimal128(38, 9),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", "UTC"),
}
POSTGRES_TYPES = {
    pa.string(): "text",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us", "UTC"): "timestamptz",
    pa.decimal128(38, 9): "numeric(38, 9)",
}
CAST_FROM_TEXT = ("date", "datetime")


def main() -> None:
    """Reads `module` from `url` into the DuckDB file or the Postgres `path`."""
    url, module, path, client_id, client_secret, refresh_token = sys.argv[1:]
    session = requests.Session()
    token = session.post(
        f"{url}/oauth/v2/token",
        data={
            "grant_type": "refresh_token",
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": refresh_token,
        },
        timeout=60,
    ).json()["access_token"]
    session.headers["Authorization"] = f"Zoho-oauthtoken {token}"
    fields = session.get(
        f"{url}/crm/v8/settings/fields", params={"module": module}, timeout=60
    ).json()["fields"]
    kinds = {f["api_name"]: f["data_type"] for f in fields if f["api_name"] != "id"}
    pages = [to_table(rows, kinds) for rows in read_pages(session, f"{url}/crm/v8/{module}", kinds)]
    merge_into = upsert if path.startswith("postgresql:") else merge
    merge_into(path, pa.concat_tables(pages))


def read_pages(session: requests.Session, url: str, kinds: dict[str, str]) -> Any:
    """Walks the pages by `If-Modified-Since`."""
    decoder = msgspec.json.Decoder(float_hook=Decimal)
    names = list(kinds)[:50]
    if "Modified_Time" not in names:
        names[-1] = "Modified_Time"
    parameters: dict[str, Any] = {"fields": ",".join(names), "per_page": 200}
    parameters |= {"sort_by": "Modified_Time", "sort_order": "asc"}
    headers: dict[str, str] = {}
    while True:
        reply = session.get(url, params=parameters, headers=headers, timeout=60)
        body = decoder.decode(reply.content)
        yield body["data"]
        if not body["info"]["more_records"]:
            return
        last = datetime.fromisoformat(body["data"][-1]["Modified_Time"])
        headers["If-Modified-Since"] = (last - timedelta(seconds=1)).isoformat()


def to_table(rows: list[dict[str, Any]], kinds: dict[str, str]) -> pa.Table:
    """Builds one Arrow table, a column for each field."""
    columns: dict[str, pa.Array] = {"id": pa.array([row["id"] for row in rows])}
    for name, kind in kinds.items():
        values = [row.get(name) for row in rows]
        if any(isinstance(value, list) for value in values):
            texts = [None if v is None else msgspec.json.encode(v).decode() for v in values]
            columns[name] = pa.array(texts, pa.string())
        elif any(isinstance(value, dict) for value in values):
            for part in ("id", "name"):
                columns[f"{name}__{part}"] = pa.array(
                    [value and value.get(part) for value in values], pa.string()
                )
        elif kind in CAST_FROM_TEXT:
            columns[name] = pa.array(values, pa.string()).cast(TYPES[kind])
        else:
            kind_type = TYPES.get(kind, pa.string())
            columns[name] = pa.array(values, kind_type)
    return pa.table(columns)


def merge(path: str, rows: pa.Table) -> None:
    """Inserts into a staging table and merges it by id."""
    with duckdb.connect(path) as connection:
        connection.register("page", rows)
        connection.execute("CREATE TABLE staging AS SELECT * FROM page")
        connection.execute("CREATE TABLE IF NOT EXISTS target AS SELECT * FROM staging LIMIT 0")
        connection.execute("DELETE FROM target WHERE id IN (SELECT id FROM staging)")
        connection.execute(
            "INSERT INTO target SELECT * FROM staging "
            "QUALIFY row_number() OVER (PARTITION BY id ORDER BY Modified_Time DESC) = 1"
        )


def upsert(url: str, rows: pa.Table) -> None:
    """Copies into a temporary table and upserts by id."""
    names = [f'"{name}"' for name in rows.column_names]
    kinds = [POSTGRES_TYPES[kind] for kind in rows.schema.types]
    defined = ", ".join(f"{name} {kind}" for name, kind in zip(names, kinds, strict=True))
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != '"id"')
    text = io.BytesIO()
    pyarrow.csv.write_csv(rows, text, pyarrow.csv.WriteOptions(include_header=False))
    text.seek(0)
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f'CREATE TABLE IF NOT EXISTS target ({defined}, PRIMARY KEY ("id"))')
        cursor.execute(f"CREATE TEMP TABLE staging ({defined}) ON COMMIT DROP")
        cursor.copy_expert("COPY staging FROM STDIN (FORMAT csv)", text)
        cursor.execute(
            'INSERT INTO target SELECT DISTINCT ON ("id") * FROM staging'
            ' ORDER BY "id", "Modified_Time" DESC'
            f' ON CONFLICT ("id") DO UPDATE SET {updates}'
        )


if __name__ == "__main__":
    main()
