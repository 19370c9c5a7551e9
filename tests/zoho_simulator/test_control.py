"""Control from another process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import requests

from tests.zoho_simulator.api import Api, build_organization
from tests.zoho_simulator.relations import build_relations
from zoho_simulator.bulk_module import add_bulk_module


def control(api: Api, path: str, payload: Any = None) -> Any:
    url = f"{api.server.url}/_simulator/{path}"
    if payload is None:
        reply = api.session.get(url, timeout=10)
    else:
        reply = api.session.post(url, json=payload, timeout=10)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_the_clock(api: Api) -> None:
    assert control(api, "clock") == {"now": "2026-03-30T07:00:00+00:00", "is_frozen": True}
    moved = control(api, "clock", {"set": "2026-04-01T10:00:00+02:00", "advance_s": 5})
    assert moved["now"] == "2026-04-01T08:00:05+00:00"
    assert control(api, "clock", {"freeze": False})["is_frozen"] is False


def test_writes(api: Api) -> None:
    created = control(
        api, "writes", [{"op": "create", "module": "Leads", "values": {"Last_Name": "Remote"}}]
    )["results"][0]
    change = {"op": "update", "module": "Leads", "record_id": created}
    control(api, "writes", [{**change, "values": {"Last_Name": "Changed"}}])
    assert api.organization.records("Leads")[created]["Last_Name"] == "Changed"
    control(api, "writes", [{"op": "delete", "module": "Leads", "record_id": created}])
    assert api.organization.records("Leads") == {}
    control(api, "writes", [{"op": "restore", "module": "Leads", "record_id": created}])
    assert list(api.organization.records("Leads")) == [created]


def test_writes_before_a_request(api: Api) -> None:
    operation = {"op": "create", "module": "Leads", "values": {"Last_Name": "Later"}}
    control(
        api, "writes", {"operations": [operation], "before": {"path": "/crm/v8/Leads", "at": 2}}
    )
    statuses = [api.get("Leads?fields=id").status_code for _ in range(2)]
    assert statuses == [204, 200]


def test_faults_settings_and_tokens(api: Api) -> None:
    control(api, "faults", {"path": "/crm/v8/org", "kind": "429", "times": 5})
    assert api.get("org").status_code == 429
    control(api, "faults", {"clear": True})
    assert control(api, "settings", {"daily_credits": 1})["daily_credits"] == 1
    assert [api.get("org").status_code for _ in range(2)] == [200, 429]
    control(api, "expire_tokens", {})
    assert api.get("org").status_code == 401
    assert control(api, "grant_code", {})["code"].startswith("1000.")


def test_log_counters_and_reset(api: Api) -> None:
    api.organization.create("Leads", {"Last_Name": "A"})
    api.get("Leads?fields=id")
    entries = control(api, "log?path=/crm/v8/Leads")["log"]
    assert [(e["status"], e["rows"], e["credits"]) for e in entries] == [(200, 1, 1)]
    counters = control(api, "counters")
    assert (counters["requests"], counters["rows"], counters["tokens_issued"]) == (2, 1, 1)
    assert counters["by_path"]["GET /crm/v8/Leads"] == 1
    control(api, "reset_log", {})
    assert control(api, "counters")["requests"] == 0
    assert control(api, "health") == {"status": "ok"}


def test_the_truth_by_pages(api: Api) -> None:
    ids = [api.organization.create("Leads", {"Last_Name": str(n)}) for n in range(5)]
    first = control(api, "truth/Leads?per_page=3")
    assert [row["id"] for row in first["data"]] == ids[:3]
    second = control(api, f"truth/Leads?per_page=3&after={first['after']}")
    assert [row["id"] for row in second["data"]] == ids[3:]
    assert second["after"] is None
    assert first["data"][0] == api.simulator.records("Leads")[ids[0]]


def test_mistakes_are_told(api: Api) -> None:
    url = f"{api.server.url}/_simulator/settings"
    reply = api.session.post(url, json={"nonsense": 1}, timeout=10)
    assert (reply.status_code, reply.json()["error"]) == (
        400,
        "ValueError: no such setting: nonsense",
    )


def test_control_is_free_and_not_logged(api: Api) -> None:
    before = len(api.simulator.log), api.simulator.credits.used
    control(api, "truth/Leads")
    assert (len(api.simulator.log), api.simulator.credits.used) == before


def test_a_process_of_its_own() -> None:
    command = [
        sys.executable, "-m", "zoho_simulator", "--empty", "--bulk", "Contacts:1000:20:3",
        "--edition", "Free", "--set", "paging=cursor",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        settings = requests.get(f"{ready['url']}/_simulator/settings", timeout=10).json()
        counted = requests.get(f"{ready['url']}/_simulator/truth/Contacts", timeout=10).json()
        process.send_signal(signal.SIGTERM)
    assert set(ready) == {"url", "accounts_url", "client_id", "client_secret", "refresh_token"}
    assert (settings["edition"], settings["paging"]) == ("Free", "cursor")
    assert len(counted["data"]) == 1000


def test_bulk_rows_read_the_same_in_a_list_as_in_truth(start: Any) -> None:
    organization = build_organization()
    ids = add_bulk_module(organization, "Contacts", rows=450, field_count=40, rows_per_second=3)
    api: Api = start(organization)
    organization.update("Contacts", ids[7], {"Last_Name": "Touched"}, keep_time=True)
    truth = api.simulator.records("Contacts")
    names = ",".join(organization.module("Contacts").fields)
    assert len(names.split(",")) == 40
    pages = api.walk("Contacts", fields=names, sort_by="Modified_Time", sort_order="asc")
    rows = [row for page in pages for row in page]
    assert [row["id"] for row in rows] == ids
    plain = json.loads(json.dumps(truth, default=float))
    assert {row["id"]: row for row in rows} == plain
    times = [row["Modified_Time"] for row in rows]
    assert max(times.count(t) for t in set(times)) == 3


def test_relations_and_deletions_from_another_process(start: Any) -> None:
    api: Api = start(build_relations())
    names = ("Campaigns", "Leads", "Deals")
    created = control(
        api, "writes", [{"op": "create", "module": name, "values": {}} for name in names]
    )["results"]
    campaign, lead, deal = created
    link = {"module": "Campaigns", "record_id": campaign, "related_list": "Leads",
            "related_id": lead}  # fmt: skip
    line = {"op": "add_line", "module": "Deals", "record_id": deal, "field": "Steps",
            "values": {"Step": "Demo"}}  # fmt: skip
    control(api, "writes", [{"op": "link", **link, "values": {"Member_Status": "Sent"}}, line])
    rows = control(api, f"truth/Campaigns/{campaign}/Leads")["data"]
    assert [(row["id"], row["Member_Status"]) for row in rows] == [(lead, "Sent")]
    hide = {"op": "change_related_list", "module": "Campaigns", "api_name": "Leads",
            "status": "user_hidden"}  # fmt: skip
    delete = {"op": "delete", "module": "Leads", "record_id": lead}
    control(api, "writes", [{"op": "unlink", **link}, hide, delete])
    assert control(api, f"truth/Campaigns/{campaign}/Leads")["data"] == []
    assert api.get(f"Campaigns/{campaign}/Leads?fields=id").status_code == 400
    told = control(api, "deletions/Leads")["data"]
    assert told == api.rows("Leads/deleted")
    control(api, "writes", [{"op": "empty_recycle_bin"}])
    assert [row["type"] for row in control(api, "deletions/Leads")["data"]] == ["permanent"]
