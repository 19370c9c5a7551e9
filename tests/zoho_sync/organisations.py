"""A small organisation of three modules, and a little work done in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_crm.crm import Crm
from zoho_simulator.fields import field, lookup, multiselect

if TYPE_CHECKING:
    import random

    from zoho_simulator import Server

MODULES = ("Widgets", "Gadgets", "Gizmos")


def build_small_organisation(server: Server) -> Crm:
    """Three modules of some hundred records, a second apart, a month ago."""
    crm = Crm(server)
    crm.simulator.change_settings({"tokens_per_window": 100_000})
    extra = (field("Amount", "currency"), multiselect("Colours", ["red", "blue"]))
    start = crm.now_s - 30 * 24 * 3600
    for number, name in enumerate(MODULES):
        fields = (*extra, lookup("Widget", "Widgets")) if number else extra
        crm.add_module(name, fields, times=range(start, start + 250 - 60 * number))
    return crm


def change_a_little(crm: Crm, chance: random.Random) -> None:
    """An hour of work: edits, new records, deletions."""
    crm.pass_time(3600)
    for module in MODULES:
        ids = list(crm.org.records(module))
        for record_id in chance.sample(ids, 7):
            crm.org.update(module, record_id, {"Number": chance.randrange(10_000)})
        crm.add_records(module, [crm.now_s - chance.randrange(200) for _ in range(5)])
        crm.org.delete(module, chance.choice(ids))
