"""A client of the dataset is used again, but by one at a time and for one schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_destinations.loading import load
from zoho_destinations.opening import open_dataset
from zoho_destinations.statements import select

if TYPE_CHECKING:
    import dlt


def test_a_client_is_used_again_until_the_schema_changes(pipeline: dlt.Pipeline) -> None:
    load(pipeline, {}, [{"id": "1"}])
    with open_dataset(pipeline) as first:
        assert select(first, "SELECT 1") == [(1,)]
    with open_dataset(pipeline) as second:
        assert second is first
        assert select(second, "SELECT 2") == [(2,)]
    load(pipeline, {"colour": "text"}, [{"id": "2", "colour": "red"}])
    with open_dataset(pipeline) as third:
        assert third is not first


def test_two_at_once_get_clients_of_their_own(pipeline: dlt.Pipeline) -> None:
    load(pipeline, {}, [{"id": "1"}])
    with open_dataset(pipeline) as outer, open_dataset(pipeline) as inner:
        assert inner is not outer
        assert select(outer, "SELECT 1") == select(inner, "SELECT 1")


def test_a_client_that_met_an_error_is_not_used_again(pipeline: dlt.Pipeline) -> None:
    load(pipeline, {}, [{"id": "1"}])
    with pytest.raises(RuntimeError), open_dataset(pipeline) as first:
        raise RuntimeError
    with open_dataset(pipeline) as second:
        assert second is not first
