"""Versions of dlt's state that nothing will ask for again.

dlt adds a row with the whole state whenever it changes: after a year of runs every 15 minutes that
would be some 35,000 rows of some kilobytes each. It restores the newest of a completed load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .existing import read_columns
from .statements import run_update

if TYPE_CHECKING:
    from .statements import Client

KEPT: Final = 20
"""Versions that stay: for whoever has to find out what happened, or goes back by hand."""

# In the order in which dlt looks for the newest, whatever clock the load's ids come from.
DROP: Final = """
    DELETE FROM {states} WHERE pipeline_name = %s AND _dlt_load_id < (
        SELECT CASE WHEN count(*) = {kept} THEN min(load_id) END FROM (
            SELECT l.load_id FROM {states} s JOIN {loads} l ON l.load_id = s._dlt_load_id
            WHERE s.pipeline_name = %s AND l.status = 0 ORDER BY l.load_id DESC LIMIT {kept}
        ) newest
    )
"""


def drop_old_states(client: Client, pipeline_name: str) -> int:
    """Drops all but the newest versions of a pipeline's state; to be called after a load.

    Args:
        client: An open client of the dataset.
        pipeline_name: Whose state: other pipelines may load into the same dataset.

    Returns:
        The number of versions dropped.
    """
    if not {"_dlt_pipeline_state", "_dlt_loads"} <= read_columns(client).keys():
        return 0
    sql = DROP.format(
        states=client.make_qualified_table_name("_dlt_pipeline_state"),
        loads=client.make_qualified_table_name("_dlt_loads"),
        kept=KEPT,
    )
    return run_update(client, sql, pipeline_name, pipeline_name)
