"""Rich text in full, for one record and for 200."""

from __future__ import annotations

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from tests.zoho_simulator.relations import build_relations

LONG = "<p>" + "ü" * 900 + "</p>"
PATH = "actions/fetch_full_data"


@pytest.fixture
def api(start: Start) -> Api:
    return start(build_relations())


@pytest.fixture
def account(api: Api) -> str:
    return api.organization.create("Accounts", {"About": LONG})


def test_of_one_record(api: Api, account: str) -> None:
    assert api.get(f"Accounts/{account}/{PATH}").json() == {
        "data": [{"id": account, "About": LONG, "Plan": None}]
    }
    assert api.rows(f"Accounts/{account}/{PATH}", fields="Plan") == [{"id": account, "Plan": None}]
    assert api.rows("Accounts", fields="About")[0]["About"] == LONG[:500]
    refused = error_of(api.get(f"Accounts/{account}/{PATH}", fields="Account_Name"))
    assert refused == (400, "INVALID_DATA", {"param_name": "fields"})
    assert api.get(f"Accounts/6000000000009999999/{PATH}").status_code == 204
    assert error_of(api.get(f"Accounts/x/{PATH}"))[2] == {"resource_path_index": 1}
    assert error_of(api.get(f"Leads/{account}/{PATH}"))[1] == "INVALID_REQUEST"


def test_of_many_records(api: Api, account: str) -> None:
    other = api.organization.create("Accounts", {"About": "short"})
    rows = api.rows(f"Accounts/{PATH}", ids=f"{other},{account},6000000000009999999,{other}",
                    fields="About")  # fmt: skip
    assert rows == [{"id": other, "About": "short"}, {"id": account, "About": LONG}]
    api.organization.delete("Accounts", other)
    assert api.get(f"Accounts/{PATH}", ids=other, fields="About").status_code == 204


def test_limits_and_refusals(api: Api, account: str) -> None:
    for query, name in ((f"ids={account}", "fields"), ("fields=About", "ids")):
        refused = error_of(api.get(f"Accounts/{PATH}?{query}"))
        assert refused == (400, "REQUIRED_PARAM_MISSING", {"param_name": name})
    ids = [str(6_000_000_000_001_000_000 + number) for number in range(201)]
    path = f"Accounts/{PATH}?fields=About&ids="
    assert api.get(path + ",".join([account, *ids[:199]])).status_code == 200
    refused = error_of(api.get(path + ",".join(ids)))
    assert refused == (400, "LIMIT_EXCEEDED", {"limit": 200, "param_name": "ids"})
    refused = error_of(api.get(f"Accounts/{PATH}?ids={account}&fields=" + ",".join(["About"] * 9)))
    assert refused == (400, "LIMIT_EXCEEDED", {"limit": 8, "param_name": "fields"})
    assert error_of(api.get(path + "abc"))[1] == "UNABLE_TO_PARSE_DATA_TYPE"
