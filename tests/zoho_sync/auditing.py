"""Audits without the command around them: deletions and captures of a real CRM, in a dataset."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from tests.zoho_destinations.tables import create, insert
from zoho_crm.decoding import decode
from zoho_crm.metadata import read_metadata
from zoho_crm.related_list_metadata import modules_with_lists, read_related_lists
from zoho_crm.session import ReadSession
from zoho_crm.source import table_schemas
from zoho_destinations.evidence_check import check_evidence
from zoho_destinations.records_to_read import remove_from_queue
from zoho_destinations.statements import run_update, select
from zoho_sync.capturing import CaptureOptions, capture_bin
from zoho_sync.deletions import Deletions
from zoho_sync.progress import Silence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.zoho_crm.bins import BinCrm
    from zoho_crm.columns import TableSchema
    from zoho_destinations.statements import Client
    from zoho_sync.capture_report import CaptureReport

CAPTURES = "zoho_crm.recycle_bin_captures"
DOCUMENTS = "zoho_crm.recycle_bin_related_records"
LIST_COLUMNS = {
    "module": "text", "api_name": "text", "class": "text", "child_modules": "text",
    "is_readable": "boolean", "reason": "text", "read_at": "timestamptz",
}  # fmt: skip


class Auditor:
    """Brings deletions up to date and captures, as `zoho-sync audit` does."""

    def __init__(self, crm: BinCrm, client: Client) -> None:
        self.crm, self.client = crm, client
        self._numbers = itertools.count(1)
        with crm.client() as zoho:
            metadata = read_metadata(zoho)
            self.schemas: Mapping[str, TableSchema] = table_schemas(metadata)
            lists = read_related_lists(zoho, metadata, modules_with_lists(self.schemas)).lists
        create(client, "related_lists", LIST_COLUMNS)
        for each in lists:
            row = {
                "module": each.module, "api_name": each.api_name, "class": each.kind,
                "child_modules": str(list(each.child_modules)).replace("'", '"'),
                "is_readable": each.is_readable, "reason": each.reason, "read_at": crm.now,
            }  # fmt: skip
            insert(client, "related_lists", row)
        create(client, "accounts", {"id": "text", "account_name": "text"})
        crm.forget_log()

    def load(self, *accounts: str) -> None:
        """Holds accounts as a run would."""
        records = self.crm.org.records("Accounts")
        for account in accounts:
            name = records[account]["Account_Name"]
            insert(self.client, "accounts", {"id": account, "account_name": name})

    def audit(
        self, max_calls: int | None = None, *, cap: int | None = None, **options: Any
    ) -> CaptureReport:
        """Captures what is due.

        Args:
            max_calls: The run's limit, as far as it is left once deletions have been read.
            cap: The limit for captures alone.
            options: Further ones of `CaptureOptions`.
        """
        modules = {name: schema.module for name, schema in self.schemas.items()}
        with self.crm.client() as zoho:
            session = ReadSession(zoho, raises=False)
            session.now = self.crm.now
            Deletions(self.client, session, modules, now=self.crm.now).read()
            for name in modules:  # what left the bin was asked for in vain
                remove_from_queue(self.client, name, self._waiting(name))
            run_id = f"run {next(self._numbers)}"
            given = CaptureOptions(run_id=run_id, max_calls=cap, **options)
            if max_calls is not None:
                zoho.budget.max_calls = zoho.budget.spent + max_calls
            report = capture_bin(
                self.client, session, self.schemas, options=given, listener=Silence()
            )
        assert check_evidence(self.client).differences == []
        return report

    def _waiting(self, module: str) -> list[str]:
        sql = "SELECT id FROM zoho_crm.sync_records_to_read WHERE module = %s"
        return [row[0] for row in select(self.client, sql, module)]

    def note_restored(self, account: str) -> None:
        """Says what a run says that reads the record again."""
        sql = "UPDATE zoho_crm.deleted_records SET restored_at = %s WHERE id = %s"
        run_update(self.client, sql, self.crm.now, account)

    def outcomes(self, account: str) -> dict[str | None, str]:
        """How the last question for each list of a deleted account ended."""
        sql = f"SELECT related_list, outcome FROM {CAPTURES} WHERE parent_id = %s ORDER BY chain_no"
        return dict(select(self.client, sql, account))

    def records(self, account: str, related_list: str | None = "Deals") -> list[dict[str, Any]]:
        """The documents held of a list, as they were captured."""
        where = "related_list IS NULL" if related_list is None else "related_list = %s"
        values = [] if related_list is None else [related_list]
        sql = f"SELECT evidence FROM {DOCUMENTS} WHERE parent_id = %s AND {where} ORDER BY 1"
        rows = select(self.client, sql, account, *values)
        return [decode(row[0].encode()).value["record"] for row in rows if row[0]]
