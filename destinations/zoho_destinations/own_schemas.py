"""The schemas of a dataset on Postgres: itself, dlt's staging tables and the live views beside it.

They are made, or missed, before a run asks Zoho for anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .exceptions import WarehouseConfigError, WarehousePermissionError
from .live_views import live_schema
from .postgres_options import ENCODING
from .statements import is_postgres, quote, select

if TYPE_CHECKING:
    from .statements import Client

PRIVILEGES: Final = """
    SELECT quote_ident(s.name), n.oid IS NOT NULL,
        CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
        ELSE has_schema_privilege(n.oid, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE') END
    FROM unnest(%s::text[]) WITH ORDINALITY AS s (name, place)
    LEFT JOIN pg_namespace n ON n.nspname = s.name ORDER BY s.place
"""
IS_OURS: Final = r"""(c.relname ~ '^(_dlt_|sync_run)' OR EXISTS (
        SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = '_dlt_load_id'
    ))"""
"""A table of a load, whoever's else there may be beside it."""
TABLES_OF_OTHERS: Final = rf"""
    SELECT format('%%I.%%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%s::text[]) AND c.relkind IN ('r', 'p')
    AND NOT pg_has_role(c.relowner, 'USAGE')
    AND {IS_OURS}
    ORDER BY 1
"""
"""A role does not see tables that it may not read, and would take them for dropped."""
MAX_TABLES_NAMED: Final = 3
DATABASE: Final = "SELECT quote_ident(current_database()), current_setting('server_encoding')"
WHO: Final = "SELECT quote_ident(current_user), quote_ident(current_database())"


def create_own_schemas(client: Client) -> None:
    """Creates the schemas that are missing; nothing on DuckDB, where nobody can be refused.

    Raises:
        WarehouseConfigError: The database can't hold every character.
        WarehousePermissionError: The role may not create one, may not create tables in one that is
            there, or does not own the tables; the sentence says what an owner has to run.
    """
    if not is_postgres(client):
        return
    _require_every_character(client)
    names = own_schemas(client)
    found = select(client, PRIVILEGES, names)
    missing = [ident for ident, is_there, may in found if not is_there and not may]
    closed = [ident for ident, is_there, may in found if is_there and not may]
    if missing or closed:
        raise WarehousePermissionError(_sentence(client, missing, closed))
    if tables := [str(row[0]) for row in select(client, TABLES_OF_OTHERS, names)]:
        raise WarehousePermissionError(_owner_sentence(client, tables))
    for name, (_, is_there, _) in zip(names, found, strict=True):
        if not is_there:
            client.execute_sql(f"CREATE SCHEMA {quote(client, name)}")


def own_schemas(client: Client) -> list[str]:
    """Gives the names of the schemas that a run writes to."""
    return [client.dataset_name, client.staging_dataset_name, live_schema(client)]


def _require_every_character(client: Client) -> None:
    [(database, encoding)] = select(client, DATABASE)
    if encoding != ENCODING:
        raise WarehouseConfigError(
            f"The database {database} has the encoding {encoding}, which can't hold every "
            f"character that Zoho has; create one with CREATE DATABASE ... ENCODING '{ENCODING}' "
            "TEMPLATE template0, and name it in the credentials."
        )


def _sentence(client: Client, missing: list[str], closed: list[str]) -> str:
    [(role, database)] = select(client, WHO)
    grants = [f"GRANT USAGE, CREATE ON SCHEMA {name} TO {role};" for name in closed]
    own = [f"CREATE SCHEMA {name} AUTHORIZATION {role};" for name in missing]
    needs = [*([f"GRANT CREATE ON DATABASE {database} TO {role};"] if missing else []), *grants]
    what = [f"create the schema {name}" for name in missing]
    what += [f"create tables in the schema {name}" for name in closed]
    advice = f"let an owner run: {' '.join(needs)}"
    if own:
        advice += f" Or, to allow no other schema: {' '.join([*own, *grants])}"
    return f"The role {role} may not {' or '.join(what)}; {advice}"


def _owner_sentence(client: Client, tables: list[str]) -> str:
    [(role, _)] = select(client, WHO)
    named, more = tables[:MAX_TABLES_NAMED], len(tables) - MAX_TABLES_NAMED
    changes = " ".join(f"ALTER TABLE {name} OWNER TO {role};" for name in named)
    rest = f", and {more} more" if more > 0 else ""
    return (
        f"The role {role} does not own tables of the dataset ({', '.join(named)}{rest}), which a "
        f"load needs; let their owner run: {changes}{' And so for the others.' if rest else ''}"
    )
