"""dlt's Postgres destination, with the options that every connection of ours has.

Its URL may hold `options`, such as a timeout of statements. dlt adds the time zone to them after a
space and writes that as a plus, which libpq takes for one.
"""

from __future__ import annotations

from typing import Any, Final

from dlt.common.configuration import configspec
from dlt.destinations import postgres as dlt_postgres
from dlt.destinations.impl.postgres.configuration import (
    PostgresClientConfiguration,
    PostgresCredentials,
)

ENCODING: Final = "UTF8"
"""What ADBC writes, whatever a role, a database or a URL sets as the encoding of clients."""
LOCK_TIMEOUT: Final = "30s"
"""How long a statement waits for what another transaction holds. Whoever reads a table meanwhile
queues behind a statement that wants to change it, and no signal ends that one."""


@configspec(init=False)
class OptionsCredentials(PostgresCredentials):
    """dlt's credentials, with tabs between options: libpq takes any white space."""

    def get_query(self) -> dict[str, Any]:
        """Gives what follows the question mark."""
        query = {**super().get_query(), "client_encoding": ENCODING}
        options = str(query.get("options", "")).split()
        if not any("lock_timeout=" in option for option in options):
            options.append(f"-clock_timeout={LOCK_TIMEOUT}")
        query["options"] = "\t".join(options)
        return query


@configspec
class OptionsConfiguration(PostgresClientConfiguration):
    """dlt's configuration with the credentials above."""

    credentials: OptionsCredentials = None  # type: ignore[assignment]  # resolved by dlt


# Named as dlt's own, because dlt finds the configuration under the name of the class.
class postgres(dlt_postgres):  # noqa: N801
    """dlt's destination with the configuration above."""

    spec = OptionsConfiguration  # type: ignore[assignment]  # typed as a class of no subclasses


postgres.register()
