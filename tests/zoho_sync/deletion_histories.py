"""Random work of all kinds that touches deletions, and what a copy must show after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoho_sync.organisations import MODULES
from tests.zoho_sync.synced import DAY_S, HOUR_S

if TYPE_CHECKING:
    import random

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.crm_copies import SyncedCopy


class DeletionHistory:
    """People at work in an organisation."""

    def __init__(self, crm: Crm, chance: random.Random) -> None:
        self.crm, self.chance = crm, chance
        self.hidden: list[tuple[str, str]] = []

    def go_on(self, acts: int = 12) -> None:
        """Lets some hours or days pass with some acts in between."""
        for _ in range(acts):
            self.crm.pass_time(self.chance.choice([1, 60, HOUR_S]))
            module = self.chance.choice(MODULES)
            getattr(self, f"_{self.chance.choice(self._acts())}")(module)
        self.crm.pass_time(self.chance.choice([HOUR_S, DAY_S, 3 * DAY_S]))

    def _acts(self) -> list[str]:
        often = ["delete", "delete", "restore", "update", "create"]
        return [*often, "purge", "merge", "hide", "show", "backdate", "import_old", "mass_delete"]

    def _some(self, module: str, count: int = 1) -> list[str]:
        ids = [each for each in self.crm.org.records(module) if (module, each) not in self.hidden]
        return self.chance.sample(ids, min(count, len(ids)))

    def _in_bin(self, module: str) -> list[str]:
        self.crm.org.settle()
        return [str(entry.id) for entry in self.crm.org.bin if entry.module == module]

    def _delete(self, module: str) -> None:
        for record in self._some(module):
            self.crm.org.delete(module, record)

    def _mass_delete(self, module: str) -> None:
        for record in self._some(module, 15):
            self.crm.org.delete(module, record)

    def _restore(self, module: str) -> None:
        for record in self._in_bin(module)[:1]:
            self.crm.org.restore(module, record, keep_time=self.chance.random() < 0.7)

    def _purge(self, module: str) -> None:
        for record in self._in_bin(module)[:1]:
            self.crm.org.purge(module, record)

    def _merge(self, module: str) -> None:
        master, *others = self._some(module, 2)
        self.crm.org.merge(module, master, others)

    def _update(self, module: str) -> None:
        for record in self._some(module, 3):
            self.crm.org.update(module, record, {"Number": self.chance.randrange(1000)})

    def _create(self, module: str) -> None:
        self.crm.add_records(module, [self.crm.now_s - self.chance.randrange(100)])

    def _hide(self, module: str) -> None:
        for record in self._some(module):
            self.crm.org.hide(module, record)
            self.hidden.append((module, record))

    def _show(self, _: str) -> None:
        if self.hidden:
            module, record = self.hidden.pop()
            self.crm.org.show(module, record)

    def _backdate(self, module: str) -> None:
        for record in self._some(module):
            old = self.crm.now_s - self.chance.randrange(50, 500) * DAY_S
            values: dict[str, Any] = {"Number": self.chance.randrange(1000)}
            self.crm.org.update(module, record, values, modified_time=old)

    def _import_old(self, module: str) -> None:
        old = self.crm.now_s - self.chance.randrange(50, 500) * DAY_S
        row: dict[str, Any] = {"Name": "old", "Modified_Time": old}
        if self.chance.random() < 0.3:
            row["Modified_Time"] = None
        self.crm.org.import_records(module, [row])


def assert_deletions_are_known(crm: Crm, copy: SyncedCopy) -> None:
    """What is in the bin is noted once as open, and flagged; nothing else is open there."""
    crm.org.settle()
    visible = [e for e in crm.org.bin if e.id not in crm.org.module(e.module).hidden]
    wanted = {(entry.module, str(entry.id), entry.deleted_time) for entry in visible}
    rows = copy.query(
        "SELECT module, id, deleted_time FROM zoho_crm.deleted_records WHERE type = 'recycle'"
        " AND restored_at IS NULL AND left_bin_at IS NULL"
    )
    noted = [(row["module"], row["id"], int(row["deleted_time"].timestamp())) for row in rows]
    assert len(noted) == len(set(noted))
    assert set(noted) == wanted
    for module in MODULES:
        flags = copy.query(f"SELECT id, _deleted_type AS kind FROM zoho_crm.{module.lower()}")
        kinds = {row["id"]: row["kind"] for row in flags}
        in_bin = {record for name, record, _ in wanted if name == module} & kinds.keys()
        assert {kinds[record] for record in in_bin} <= {"recycle"}


def assert_live_is_crm(crm: Crm, copy: SyncedCopy) -> None:
    """After a reconcile: the same ids, the same values."""
    for module in MODULES:
        found = crm.org.module(module)
        wanted = {str(each) for each in found.records if each not in found.hidden}
        rows = copy.query(f"SELECT id FROM zoho_crm_live.{module.lower()}")
        assert {row["id"] for row in rows} == wanted
    copy.assert_equals_crm(MODULES)
