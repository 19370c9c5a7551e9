"""A CRM with campaigns, its dataset on one destination, and the command that removes relations."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.zoho_simulator.relations import build_relations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine, Ended
    from tests.zoho_sync.crm_copies import SyncedCopy

UNKNOWN = "6000000000009999999"
Row = dict[str, str]
RECORDS = "SELECT * FROM zoho_crm.delinked_relations ORDER BY plan_id, row_no"


@dataclass
class Delinking:
    """One test's CRM, dataset, command and file of rows."""

    crm: Crm
    copy: SyncedCopy
    command: CommandLine
    file: Path

    @classmethod
    def build_crm(cls, crm: Crm) -> Crm:
        """Campaigns with contacts, and whatever else has relations."""
        crm.use(build_relations())
        crm.simulator.change_settings({"tokens_per_window": 100_000})
        return crm

    # the CRM

    def add_members(
        self,
        count: int,
        *,
        status: str = "Sent",
        campaign: str | None = None,
        module: str = "Contacts",
        since: int | None = None,
    ) -> list[Row]:
        """Contacts or leads in a campaign, and the rows that name them."""
        org = self.crm.org
        campaign = campaign or org.create("Campaigns", {})
        members = [org.create(module, {}) for _ in range(count)]
        values = {"Member_Status": status}
        for member in members:
            org.link("Campaigns", campaign, module, member, values=values, time=since)
        return [row_of(campaign, member, related_list=module) for member in members]

    def members(self, rows: Sequence[Row]) -> dict[str, str | None]:
        """Member status by contact, of the campaigns in rows."""
        found = {}
        for campaign in dict.fromkeys(row["record"] for row in rows):
            for member in self.crm.simulator.related("Campaigns", campaign, "Contacts"):
                found[member["id"]] = member["$member_info"].get("Member_Status")
        return found

    def writes(self) -> list[Any]:
        """Calls so far that could change something in Zoho."""
        return [entry for entry in self.crm.log() if entry.method != "GET"]

    # the command

    def write(self, rows: Sequence[Row]) -> None:
        names = list(dict.fromkeys(name for row in rows for name in row))
        with self.file.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)

    def run(self, *arguments: str, stdin: str = "") -> Ended:
        where = ("--destination", self.copy.destination, "--json")
        return self.command("delink", *arguments, *where, stdin=stdin)

    def plan(self, *arguments: str) -> Ended:
        return self.run("--from-file", str(self.file), *arguments)

    def apply(self, *arguments: str) -> Ended:
        return self.run("--from-file", str(self.file), "--apply", "--yes", *arguments)

    def records(self) -> list[dict[str, Any]]:
        return self.copy.query(RECORDS)

    def records_of(self, plan: str) -> list[dict[str, Any]]:
        return [record for record in self.records() if record["plan_id"] == plan]


def row_of(campaign: str, contact: str, **more: str) -> Row:
    names = {"module": "Campaigns", "related_list": "Contacts"}
    return {**names, "record": campaign, "related_record": contact, **more}
