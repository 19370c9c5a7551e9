"""The lists of deleted records, planned from metadata that is asked for where something is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt.common import logger

from .capture_plan import CaptureList, KnownList, plan_lists
from .metadata import Metadata, read_metadata
from .module_tables import table_schemas
from .related_list_metadata import modules_with_lists, read_related_lists

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .client import ZohoClient
    from .columns import TableSchema
    from .related_lists import RelatedList


class ListPlanner:
    """Asks for fields once, and for the lists of each module when it is met first."""

    def __init__(self, client: ZohoClient) -> None:
        """Makes no call yet."""
        self._client = client
        self._metadata: Metadata | None = None
        self._schemas: Mapping[str, TableSchema] = {}
        self._plans: dict[str, Mapping[str, CaptureList]] = {}

    def lists_of(self, module: str) -> Mapping[str, CaptureList]:
        """The lists of a module's deleted records by API name.

        Raises:
            ZohoCrmError: Zoho could not be asked for them.
        """
        if module not in self._plans:
            self._plans[module] = self._read(module)
        return self._plans[module]

    def _read(self, module: str) -> Mapping[str, CaptureList]:
        if self._metadata is None:
            metadata = read_metadata(self._client)
            self._schemas, self._metadata = table_schemas(metadata), metadata
        if failure := self._metadata.failures.get(module):
            raise failure
        if module in modules_with_lists(self._schemas):
            found = read_related_lists(self._client, self._metadata, [module])
            if failure := found.failures.get(module):
                raise failure
            for note in found.notes:
                logger.warning(note)
            plan = plan_lists(map(_to_known, found.lists), self._schemas).get(module)
            if plan:
                return plan
        logger.warning(
            f"{module}: Zoho tells of no related lists, so it is not known what hung on its "
            "deleted records."
        )
        return {}


def _to_known(each: RelatedList) -> KnownList:
    children = each.child_modules
    return KnownList(
        each.module,
        each.api_name,
        each.kind,
        children[0] if len(children) == 1 else None,
        None if each.is_readable else each.reason,
    )
