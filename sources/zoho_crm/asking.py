"""The calls that records are read with: a page of a module, records by id, one record alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import settings
from .exceptions import ZohoResponseError
from .page_marks import mark_params, next_mark
from .replies import Reply, Subject
from .shapes import info_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from .api_types import JsonObject, Module
    from .client import ZohoClient
    from .columns import TableSchema
    from .paging import Question

TIMES_ONLY = "Modified_Time"
IDS_ONLY = "id"


def subject_of(module: Module, resource: str | None = None) -> Subject:
    """What calls for a module's records are counted for and named by.

    Args:
        module: The module.
        resource: What they are counted for, where it is not the module itself.
    """
    return Subject(resource or module.api_name, scope_of(module), module.api_name)


def scope_of(module: Module) -> str:
    """The narrowest scope that reads a module; all custom modules share one."""
    if module.generated_type == "default":
        return f"ZohoCRM.modules.{module.api_name.lower().replace('_', '')}.READ"
    return "ZohoCRM.modules.custom.READ"


@dataclass(frozen=True, slots=True)
class Page:
    """A list reply, checked for its shape."""

    reply: Reply
    rows: Sequence[JsonObject]
    next_page_token: str | None
    """A token, or a `PageNumber` where Zoho gives none."""


class RecordCalls:
    """Asks for the records of one module."""

    def __init__(
        self, client: ZohoClient, schema: TableSchema, *, resource: str | None = None
    ) -> None:
        """Makes no call yet.

        Args:
            client: The client.
            schema: The module's table: which fields to ask for, in which slices.
            resource: What the calls are counted for, where it is not the module itself.
        """
        self.client = client
        self.slices = schema.slices
        self._module = schema.module.api_name
        self._subject = subject_of(schema.module, resource)

    def leave_out(self, name: str) -> bool:
        """Asks for a name no more; tells whether it was asked for."""
        slices = tuple(tuple(each for each in names if each != name) for names in self.slices)
        is_new, self.slices = slices != self.slices, slices
        return is_new

    def page(
        self, question: Question, *, slice_no: int = 0, page_token: str | None = None
    ) -> Future[Reply]:
        """One page of the list, in the pool.

        Source: Zoho CRM API v8, "Get Records".
        """
        fields = self._fields_of(question, slice_no)
        params = {"fields": fields, "per_page": str(settings.PAGE_SIZE)}
        params["sort_by"] = "Modified_Time" if question.order == "time" else "id"
        params["sort_order"] = "asc"
        self._include_converted(params)
        params |= mark_params(page_token)
        return self.client.submit(
            self._module, params, subject=self._subject, since=question.anchor
        )

    def latest(self, *, page_token: str | None = None) -> Future[Reply]:
        """One page of ids and times, the latest first: at one end stand those without a time."""
        params = {"fields": TIMES_ONLY, "per_page": str(settings.PAGE_SIZE)}
        params |= {"sort_by": "Modified_Time", "sort_order": "desc"}
        self._include_converted(params)
        params |= mark_params(page_token)
        return self.client.submit(self._module, params, subject=self._subject)

    def names(self, question: Question) -> Future[Reply]:
        """One page of the list with nothing but ids and times, in the pool."""
        asked = replace(question, only_times=True)
        return self.page(asked, page_token=question.page_token)

    def by_ids(self, ids: Sequence[str], *, slice_no: int) -> Future[Reply]:
        """At most 100 records by their ids, in the pool."""
        params = {"fields": ",".join(self.slices[slice_no]), "ids": ",".join(ids)}
        params["per_page"] = str(settings.PAGE_SIZE)
        self._include_converted(params)
        return self.client.submit(self._module, params, subject=self._subject)

    def alone(self, record_id: str) -> Future[Reply]:
        """One record with all its fields from one moment, in the pool.

        Source: Zoho CRM API v8, "Get Records", with an id.
        """
        return self.client.submit(f"{self._module}/{record_id}", subject=self._subject)

    def full_texts(self, ids: Sequence[str], names: Sequence[str]) -> Future[Reply]:
        """Rich text of at most 200 records, uncut, in at most 8 fields; in the pool.

        Source: Zoho CRM API v8, "Get Rich Text Fields", for several records.
        """
        params = {"ids": ",".join(ids), "fields": ",".join(names)}
        path = f"{self._module}/actions/fetch_full_data"
        return self.client.submit(path, params, subject=self._subject)

    def times(self, ids: Sequence[str]) -> Future[Reply]:
        """`Modified_Time` of at most 100 records, in the pool."""
        params = {"fields": TIMES_ONLY, "ids": ",".join(ids)}
        params["per_page"] = str(settings.PAGE_SIZE)
        self._include_converted(params)
        return self.client.submit(self._module, params, subject=self._subject)

    def _fields_of(self, question: Question, slice_no: int) -> str:
        if not question.only_times:
            return ",".join(self.slices[slice_no])
        return TIMES_ONLY if question.order == "time" else IDS_ONLY

    def _include_converted(self, params: dict[str, str]) -> None:
        if self._module == "Leads":  # converted leads vanish from the default list
            params["converted"] = "both"


def parse_page(reply: Reply, module: str, *, asked: str | None = None) -> Page:
    """Checks the shape of a list reply; 204 and 304 are empty pages.

    Args:
        reply: The reply.
        module: The module's API name, for errors.
        asked: The page token that the page was asked for by; None for a first page.

    Raises:
        ZohoResponseError: `data` or `info` is not as documented.
    """
    if reply.status in (204, 304):
        return Page(reply, (), None)
    rows = reply.body.get("data")
    info = info_in(reply, about=module)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ZohoResponseError(
            f"{module}: Zoho's reply has no list of records in `data`; run with --debug and report "
            "it, nothing of this page was loaded.",
            status=reply.status,
            module=module,
        )
    if not info.get("more_records"):
        return Page(reply, rows, None)
    token = next_mark(info, asked)
    if token is None or not rows:
        raise ZohoResponseError(
            f"{module}: Zoho says that there are more records but gives no page token to get them.",
            status=reply.status,
            module=module,
        )
    return Page(reply, rows, token)


def newest_of(times: Sequence[tuple[str, datetime | None]]) -> datetime | None:
    """The newest time, if any row has one."""
    return max((time for _, time in times if time is not None), default=None)
