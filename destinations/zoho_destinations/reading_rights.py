"""Whether a role may read a dataset on Postgres, which hides what it may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .exceptions import WarehousePermissionError
from .own_schemas import IS_OURS, WHO
from .statements import is_postgres, quote, select

if TYPE_CHECKING:
    from .statements import Client

UNREADABLE: Final = rf"""
    SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND {IS_OURS}
    AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
    LIMIT 1
"""


def require_readable(client: Client) -> None:
    """Makes sure that tables which seem missing are missing; nothing on DuckDB.

    Raises:
        WarehousePermissionError: The role may not read a table of the dataset; the sentence says
            what an owner has to run.
    """
    if not is_postgres(client) or not select(client, UNREADABLE, client.dataset_name):
        return
    [(role, _)] = select(client, WHO)
    schema = quote(client, client.dataset_name)
    raise WarehousePermissionError(
        f"The role {role} may not read the dataset {client.dataset_name}; let an owner run: "
        f"GRANT USAGE ON SCHEMA {schema} TO {role}; "
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};"
    )
