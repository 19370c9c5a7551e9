"""An organisation whose recycle bin is worth an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoho_crm.crm import Crm
from zoho_simulator import (
    Organization,
    field,
    lookup,
    multi_module_lookup,
    multiselect_lookup,
    picklist,
)

if TYPE_CHECKING:
    from zoho_simulator import Server

DAY_S = 86_400


class BinCrm(Crm):
    """Accounts with deals, contacts, notes and products."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.use(_build())
        self.simulator.change_settings({"tokens_per_window": 100_000})
        self.ada = self.org.add_user("Ada", "Field", email="ada@example.test")

    def add_account(self, name: str, *, deals: int = 0, **amounts: Any) -> str:
        account = self.org.create("Accounts", {"Account_Name": name})
        for number in range(deals):
            self.add_deal(account, f"{name} {number}", **amounts)
        return account

    def add_deal(self, account: str, name: str, amount: float = 1250.5) -> str:
        values = {"Deal_Name": name, "Amount": amount, "Account_Name": account, "Stage": "Open"}
        return self.org.create("Deals", values)

    def delete_account(self, account: str, *, days_ago: float = 0) -> None:
        time = self.now_s - int(days_ago * DAY_S)
        self.org.delete("Accounts", account, deleted_time=time, user=self.ada)

    def pass_days(self, days: float) -> None:
        self.pass_time(days * DAY_S)

    def asked(self, account: str = "") -> list[str]:
        """The lists of deleted accounts asked for since the log was forgotten."""
        prefix = f"/crm/v8/Accounts/deleted/{account}"
        return [e.path.rpartition("/")[2] for e in self.log() if e.path.startswith(prefix)]


def _build() -> Organization:
    org = Organization.empty()
    suppliers = multiselect_lookup(
        "Suppliers", "Accounts_X_Vendors", back="Account", on="Vendor", related_list="Suppliers7"
    )
    names = {"Products": "Product_Name", "Vendors": "Vendor_Name"}
    modules = {
        "Accounts": [field("Account_Name", "text"), suppliers],
        "Contacts": [
            field("Last_Name", "text"),
            lookup("Account_Name", "Accounts", related_list="Contacts"),
        ],
        "Deals": [
            field("Deal_Name", "text"),
            field("Amount", "currency"),
            picklist("Stage", ("Open", "Won")),
            lookup("Account_Name", "Accounts", related_list="Deals"),
        ],
        "Notes": [field("Note_Title", "text"), multi_module_lookup("Parent_Id")],
        **{module: [field(name, "text")] for module, name in names.items()},
    }
    for module, specs in modules.items():
        org.add_module(module, specs, generated_type="default")
    org.add_module(
        "Accounts_X_Vendors",
        [lookup("Account", "Accounts"), lookup("Vendor", "Vendors")],
        generated_type="linking",
    )
    return org
