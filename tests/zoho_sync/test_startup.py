"""What a process does once before its command."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from zoho_sync.startup import note_that_pandas_is_missing

if TYPE_CHECKING:
    from pathlib import Path


def test_pandas_is_missed_at_once_and_nobody_minds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))

    note_that_pandas_is_missing()
    note_that_pandas_is_missing()

    assert len(set(map(id, sys.meta_path))) == len(sys.meta_path)
    with pytest.raises(ModuleNotFoundError, match="No module named 'pandas'"):
        importlib.import_module("pandas")
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert pa.scalar(noon).as_py() == noon  # Arrow looks for pandas, too


def test_pandas_that_is_there_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "meta_path", [each for each in sys.meta_path if not _is_ours(each)])
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "pandas.py").write_text("HERE = True")

    note_that_pandas_is_missing()

    assert importlib.import_module("pandas").HERE
    del sys.modules["pandas"]


def _is_ours(finder: object) -> bool:
    return getattr(finder, "__module__", "") == "zoho_sync.startup"
