"""One working day: what a mid-size sales team does to its CRM."""

from __future__ import annotations

from datetime import datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from zoho_simulator.values import from_epoch

from .people import lead_values
from .relation_acts import FEW, RelationActs
from .sales_schema import STAGES
from .selling import OPEN_STAGES, add_deal, add_history, convert_lead, stage_values
from .working import add_call, add_note, add_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoho_simulator.organization import Organization

    from .company import Company

_SATURDAY = 5
_BEGINS, _ENDS = time_of_day(9, 30), time_of_day(18)


class WorkingDay:
    """Moves a company forward by a day at a time."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._number = 0
        self._relation_acts = RelationActs(company)

    def __call__(self, organization: Organization, with_silent_acts: bool) -> dict[str, int]:
        """Makes a day's changes in the order of their times, and gives how many of each."""
        company = self._company
        begins, ends = _next_working_day(organization)
        self._number += 1
        self._forget_deleted()
        plan = self._plan() + (self._relation_acts.silent_plan() if with_silent_acts else [])
        acts = [act for act, count in plan for _ in range(company.count(count))]
        times = sorted(company.draw.number(begins, ends - 60) for _ in acts)
        done: dict[str, int] = {}
        # The acts come in a random order, their times in the right one.
        for time, act in zip(times, company.draw.sample(acts, len(acts)), strict=True):
            company.now = time
            organization.clock.set(from_epoch(time))
            act(time)
            name = act.__name__.strip("_")
            done[name] = done.get(name, 0) + 1
        company.now = ends
        organization.clock.set(from_epoch(ends))
        return dict(sorted(done.items()))

    def _plan(self) -> list[tuple[Callable[[int], None], int]]:
        return [
            (self._move_stage, 24),
            (self._edit_contact, 40),
            (self._create_lead, 22),
            (self._convert_lead, 6),
            (self._create_deal, 8),
            (self._work_on_task, 30),
            (self._make_call, 20),
            (self._write_note, 12),
            (self._edit_account, 9),
            (self._rename_account, 1),
            (self._answer_case, 12),
            (self._delete_lead, 5),
            (self._delete_task, 3),
            (self._drift_scores, 10),
            *self._relation_acts.plan(),
        ]

    def _forget_deleted(self) -> None:
        company = self._company
        for module, ids in company.ids.items():
            live = company.organization.module(module).records
            company.ids[module] = [record_id for record_id in ids if int(record_id) in live]

    def _live(self, module: str) -> str:
        records = self._company.organization.module(module).records
        while True:
            record_id = self._company.some(module)
            if int(record_id) in records:
                return record_id

    def _move_stage(self, time: int) -> None:
        organization, draw = self._company.organization, self._company.draw
        deals = organization.module("Deals")
        names = [stage.actual_value for stage in STAGES]
        open_names = [stage.actual_value for stage in OPEN_STAGES]
        for _ in range(50):
            deal = self._live("Deals")
            values = deals.values_of(deals.records[int(deal)])
            if values["Stage"] in open_names:
                break
        else:
            return
        position = names.index(values["Stage"])
        following = names[-1] if draw.chance(0.2) else names[min(position + 1, len(names) - 2)]
        changes = stage_values(self._company, following, amount=values["Amount"])
        organization.update("Deals", deal, changes, modified_time=time, user=values["Owner"].id)
        add_history(self._company, deal, following, time=time)

    def _edit_contact(self, time: int) -> None:
        company = self._company
        place = company.place()
        change: dict[str, Any] = company.draw.one(
            (
                {"Phone": f"{place.dialling} {company.draw.number(200_000, 9_999_999)}"},
                {"Email_Opt_Out": True},
                {"Department": company.draw.one(("Purchasing", "Laboratory", None))},
                {"Last_Name": company.draw.one(place.last_names)},
            )
        )
        contact = self._live("Contacts")
        company.organization.update("Contacts", contact, change, modified_time=time)

    def _create_lead(self, time: int) -> None:
        company = self._company
        place = company.place()
        values = lead_values(company, place, 100_000 + len(company.ids["Leads"]))
        lead = company.create("Leads", values, created=time, owner=company.seller())
        company.places[lead] = place

    def _convert_lead(self, time: int) -> None:
        leads = self._company.organization.module("Leads")
        for _ in range(500):
            lead = self._live("Leads")
            if not leads.values_of(leads.records[int(lead)])["Converted__s"]:
                convert_lead(self._company, lead, time=time)
                return

    def _create_deal(self, time: int) -> None:
        contact = self._live("Contacts") if self._company.draw.chance(0.7) else None
        add_deal(self._company, self._live("Accounts"), contact, modified=time)

    def _work_on_task(self, time: int) -> None:
        if self._company.draw.chance(0.4):
            add_task(self._company, time=time)
            return
        done = {"Status": "Completed", "Closed_Time": from_epoch(time)}
        task = self._live("Tasks")
        self._company.organization.update("Tasks", task, done, modified_time=time)

    def _make_call(self, time: int) -> None:
        add_call(self._company, time=time)

    def _write_note(self, time: int) -> None:
        add_note(self._company, created=time, modified=time)

    def _edit_account(self, time: int) -> None:
        change = {"Employees": self._company.draw.number(5, 4_000)}
        account = self._live("Accounts")
        self._company.organization.update("Accounts", account, change, modified_time=time)

    def _rename_account(self, time: int) -> None:
        company = self._company
        account = self._live("Accounts")
        name = company.company_name(company.places[account])
        company.organization.update(
            "Accounts", account, {"Account_Name": f"{name} (formerly {self._number})"},
            modified_time=time,
        )  # fmt: skip

    def _answer_case(self, time: int) -> None:
        change = {"Status": self._company.draw.one(("On Hold", "Escalated", "Closed"))}
        case = self._live("Cases")
        self._company.organization.update("Cases", case, change, modified_time=time)

    def _delete_lead(self, time: int) -> None:
        self._delete("Leads", time)

    def _delete_task(self, time: int) -> None:
        self._delete("Tasks", time)

    def _delete(self, module: str, time: int) -> None:
        record = self._live(module)
        if len(self._company.organization.module(module)) >= FEW:
            self._company.organization.delete(module, record, deleted_time=time)

    def _drift_scores(self, _: int) -> None:
        # A formula's value changes and Modified_Time does not (assumed).
        score = Decimal(self._company.draw.number(300, 990)) / 10
        account = self._live("Accounts")
        self._company.organization.update(
            "Accounts", account, {"Health_Score": score}, keep_time=True
        )


def _next_working_day(organization: Organization) -> tuple[int, int]:
    """When the next day begins and ends; the same however many minutes the clock has run."""
    zone = ZoneInfo(organization.profile.time_zone)
    now = organization.clock.now.astimezone(zone)
    begins = datetime.combine(now.date(), _BEGINS, zone)
    while begins <= now or begins.weekday() >= _SATURDAY:
        begins += timedelta(days=1)
    ends = datetime.combine(begins.date(), _ENDS, zone)
    return int(begins.timestamp()), int(ends.timestamp())
