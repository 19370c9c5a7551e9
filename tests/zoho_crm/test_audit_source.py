"""The recycle-bin audit as a source of its own, in plain pipelines into real databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.zoho_crm.bins import BinCrm
from zoho_crm import zoho_crm_audit_source, zoho_crm_deletions
from zoho_crm.canonical_json import digest_of
from zoho_crm.decoding import decode

if TYPE_CHECKING:
    from pathlib import Path

    from zoho_simulator import Server

LISTS = ("Contacts", "Deals", "Notes", "Products", "Suppliers7")


@pytest.fixture
def crm(simulator_server: Server) -> BinCrm:
    return BinCrm(simulator_server)


class Audited:
    """A dataset that only the source writes to."""

    def __init__(self, crm: BinCrm, folder: Path, destination: Any) -> None:
        self._crm = crm
        self.pipeline = dlt.pipeline(
            "audit",
            destination=destination,
            dataset_name="zoho_audit",
            pipelines_dir=str(folder / "pipelines"),
        )

    def load(self, **options: Any) -> list[str]:
        """Runs the source; gives the paths that were asked for."""
        self._crm.forget_log()
        self.pipeline.run(zoho_crm_audit_source(credentials=self._crm.credentials(), **options))
        return [entry.path.removeprefix("/crm/v8/") for entry in self._crm.log()]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.pipeline.sql_client() as client:
            return [tuple(row) for row in client.execute_sql(sql) or ()]

    def outcomes(self, account: str) -> list[tuple[Any, ...]]:
        """Occasion, list and outcome of each question about an account."""
        return self.rows(
            "SELECT occasion, related_list, outcome FROM recycle_bin_captures"
            f" WHERE parent_id = '{account}' ORDER BY captured_at, related_list NULLS LAST"
        )

    def deals(self) -> list[tuple[Any, ...]]:
        """Name and amount of each deal in each state that it was held in."""
        return self.rows(
            "SELECT record->>'Deal_Name', CAST(record->>'Amount' AS double precision)"
            " FROM recycle_bin_related_records WHERE related_list = 'Deals' ORDER BY 1, 2"
        )

    def assert_whole(self) -> None:
        """Each key once, each the hash of its row, and each document that is named is there."""
        documents = self.rows("SELECT capture_id, evidence FROM recycle_bin_related_records")
        captures = self.rows(
            "SELECT capture_id, evidence, CAST(row_ids AS text) FROM recycle_bin_captures"
        )
        held = [row[0] for row in documents]
        assert len(set(held)) == len(held)
        assert len({row[0] for row in captures}) == len(captures)
        for key, evidence, *_ in [*documents, *captures]:
            assert digest_of(evidence) == key
        named = {key for *_, ids in captures for key in decode(ids.encode()).value}
        assert named == set(held)


@pytest.fixture
def audited(crm: BinCrm, tmp_path: Path) -> Audited:
    return Audited(crm, tmp_path, dlt.destinations.duckdb(str(tmp_path / "audit.duckdb")))


@pytest.fixture
def on_postgres(crm: BinCrm, tmp_path: Path, postgres_url: str) -> Audited:
    return Audited(crm, tmp_path, dlt.destinations.postgres(postgres_url))


def test_what_hangs_on_deleted_records_is_held_once_and_again_where_it_changed(
    crm: BinCrm, audited: Audited
) -> None:
    old, new = crm.add_account("Alster", deals=2), crm.add_account("Bille", deals=1)
    crm.delete_account(old, days_ago=40)
    audited.load(images_of=lambda _module, ids: {key: {"id": key, "city": "K"} for key in ids})
    assert audited.outcomes(old) == [
        ("first", "Contacts", "none"),
        ("first", "Deals", "rows"),
        ("first", "Notes", "none"),
        ("first", "Products", "refused"),
        ("first", "Suppliers7", "not_askable"),
        ("first", None, "rows"),
    ]
    assert audited.deals() == [("Alster 0", 1250.5), ("Alster 1", 1250.5)]
    [(image,)] = audited.rows(
        "SELECT record->'image'->>'city' FROM recycle_bin_related_records"
        " WHERE related_list IS NULL"
    )
    assert image == "K"
    audited.assert_whole()

    audited.pipeline.drop()  # what is known of the bin is in the dataset
    crm.pass_time(600)  # nothing was deleted: three calls, and nothing is written
    before = audited.rows("SELECT max(inserted_at), count(*) FROM _dlt_loads")
    assert len(audited.load()) == 3
    assert audited.rows("SELECT max(inserted_at), count(*) FROM _dlt_loads") == before

    deal = next(iter(crm.org.records("Deals")))
    crm.org.update("Deals", deal, {"Amount": 7})
    crm.delete_account(new)
    crm.pass_days(14)  # the old one is about to be purged
    audited.load()
    assert [occasion for occasion, *_ in audited.outcomes(old)] == ["first"] * 6 + ["last_days"] * 5
    assert [row[1:] for row in audited.outcomes(new) if row[1] == "Deals"] == [("Deals", "rows")]
    assert audited.deals() == [
        ("Alster 0", 7.0), ("Alster 0", 1250.5), ("Alster 1", 1250.5), ("Bille 0", 1250.5),
    ]  # fmt: skip
    audited.assert_whole()
    assert not [path for path in audited.load() if "/deleted/" in path]


def test_a_limited_round_passes_nothing_over_and_says_what_left_the_bin(
    crm: BinCrm, on_postgres: Audited
) -> None:
    accounts = [crm.add_account(f"A{number}", deals=1) for number in range(6)]
    for number, account in enumerate(accounts):
        crm.delete_account(account, days_ago=50 - number)
    audited = on_postgres
    finished = "SELECT parent_id FROM recycle_bin_captures WHERE related_list IS NULL"
    for number in range(3):
        assert len(audited.load(max_calls=27)) <= 27
        audited.assert_whole()
        if number == 0:  # the oldest came first; of those that wait one is restored
            held = [row[0] for row in audited.rows(f"{finished} ORDER BY deleted_time, parent_id")]
            assert held == accounts[: len(held)]
            assert 1 <= len(held) < 5
            crm.org.restore("Accounts", accounts[-1])
    assert [name for name, _ in audited.deals()] == [f"A{number} 0" for number in range(5)]
    for account in accounts[:5]:
        assert [name for _, name, _ in audited.outcomes(account)] == [*LISTS, None]
    assert audited.outcomes(accounts[-1]) == [("first", None, "missed")]
    crm.pass_days(8)
    for _ in range(3):
        audited.load(max_calls=27)
    again = audited.rows(
        "SELECT parent_id FROM recycle_bin_captures"
        " WHERE related_list IS NULL AND occasion = 'last_days'"
    )
    assert sorted(row[0] for row in again) == sorted(accounts[:5])


def test_nothing_of_erased_ids_is_held_and_other_modules_stay_out(
    crm: BinCrm, audited: Audited
) -> None:
    account = crm.add_account("Alster", deals=2)
    deal = next(iter(crm.org.records("Deals")))
    crm.delete_account(account)
    contact = crm.org.create("Contacts", {"Last_Name": "Moor"})
    crm.org.delete("Contacts", contact)
    audited.load(modules=["Accounts"], erased_ids=[deal])
    assert [name for name, _ in audited.deals()] == ["Alster 1"]
    assert audited.outcomes(contact) == []
    # Another selection starts over: nothing that it adds is behind the time reached.
    audited.load(erased_ids=[deal])
    assert [name for _, name, _ in audited.outcomes(contact)][-1] is None
    assert [name for name, _ in audited.deals()] == ["Alster 1"]
    audited.assert_whole()


def test_one_of_both_tables_alone_is_refused(crm: BinCrm, audited: Audited) -> None:
    source = zoho_crm_audit_source(credentials=crm.credentials())
    with pytest.raises(PipelineStepFailed, match="recycle_bin_related_records is not selected"):
        audited.pipeline.run(source.with_resources("recycle_bin_captures"))


@pytest.mark.parametrize("destination", ["audited", "on_postgres"])
def test_a_dataset_that_the_command_keeps_is_refused_before_anything_is_asked(
    crm: BinCrm, destination: str, request: pytest.FixtureRequest
) -> None:
    audited: Audited = request.getfixturevalue(destination)
    with audited.pipeline.sql_client() as client:
        client.create_dataset()
        client.execute_sql("CREATE TABLE zoho_audit.sync_runs (run_id text)")
    for source in (zoho_crm_audit_source, zoho_crm_deletions):
        with pytest.raises(PipelineStepFailed, match="zoho_audit is kept by `zoho-sync`"):
            audited.pipeline.run(source(credentials=crm.credentials()))
    assert crm.log() == []
