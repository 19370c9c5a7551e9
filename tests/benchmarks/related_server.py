"""Serves an organisation of accounts with eight related lists: `related_server.py ACCOUNTS MS`."""

from __future__ import annotations

import gc
import json
import sys

from zoho_simulator import Organization, field, lookup, multi_module_lookup, multiselect_lookup
from zoho_simulator.server import Server, run_server
from zoho_simulator.settings import SimulatorSettings
from zoho_simulator.simulator import Simulator
from zoho_simulator.values import Reference

PRODUCTS = 100
SHARE = 5
"""One account in so many has attachments, products, suppliers; another one has a task."""


def build(accounts: int) -> Organization:
    """Contacts, deals, notes and suppliers point back; products, files and activities do not."""
    organization = Organization.empty()
    suppliers = multiselect_lookup(
        "Suppliers", "Accounts_X_Vendors", back="Account", on="Vendor", related_list="Suppliers"
    )
    modules = {
        "Accounts": [field("Account_Name", "text"), suppliers],
        "Contacts": [lookup("Account_Name", "Accounts", related_list="Contacts")],
        "Deals": [lookup("Account_Name", "Accounts", related_list="Deals")],
        "Products": [field("Product_Name", "text")],
        "Vendors": [field("Vendor_Name", "text")],
        "Tasks": [field("Subject", "text"), multi_module_lookup("What_Id")],
        "Notes": [field("Note_Title", "text"), multi_module_lookup("Parent_Id")],
        "Attachments": [field("File_Name", "text"), multi_module_lookup("Parent_Id")],
    }
    for name, specs in modules.items():
        refusal = "NOT_SUPPORTED" if name == "Attachments" else None
        organization.add_module(name, specs, generated_type="default", refusal=refusal)
    ends = [lookup("Account", "Accounts"), lookup("Vendor", "Vendors")]
    organization.add_module("Accounts_X_Vendors", ends, generated_type="linking")
    _fill(organization, accounts)
    return organization


def _fill(organization: Organization, accounts: int) -> None:
    org, start = organization, organization.clock.epoch_s - 40 * 24 * 3600
    products = [org.create("Products", {}, modified_time=start + n) for n in range(PRODUCTS)]
    vendor = org.create("Vendors", {}, modified_time=start)
    for number in range(accounts):
        at = start + number
        account = org.create("Accounts", {"Account_Name": f"A{number}"}, modified_time=at)
        parent = Reference("Accounts", int(account))
        for name in ("Contacts", "Deals"):
            org.create(name, {"Account_Name": account}, modified_time=at)
        if number % SHARE == 0:
            org.create("Attachments", {"Parent_Id": parent}, modified_time=at)
            org.create("Notes", {"Parent_Id": parent}, modified_time=at)
            # Long ago too: what was made within a run's overlap is read again by the next.
            org.link("Products", products[number % PRODUCTS], "Accounts", account, time=at)
            org.link("Accounts", account, "Suppliers", vendor, time=at)
        if number % SHARE == 1:
            org.create("Tasks", {"Subject": "Call", "What_Id": parent}, modified_time=at)


def main() -> None:
    """Builds and serves; prints the credentials when it is ready."""
    accounts, latency_ms = int(sys.argv[1]), float(sys.argv[2])
    simulator = Simulator(build(accounts), SimulatorSettings(latency_ms=latency_ms))
    gc.freeze()
    run_server(simulator, "127.0.0.1", 0, on_ready=_announce)


def _announce(server: Server) -> None:
    sys.stdout.write(json.dumps(server.credentials) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
