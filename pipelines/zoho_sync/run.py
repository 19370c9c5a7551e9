"""The work of `zoho-sync run`: one scheduled, incremental run."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import dlt

from zoho_crm.budget import CallBudget
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.metadata import read_metadata
from zoho_crm.session import PackageBounds, ReadSession
from zoho_crm.source import selected_modules, table_schemas
from zoho_destinations.exceptions import WarehouseError, explain
from zoho_destinations.ledger import Ledger
from zoho_destinations.lock import dataset_lock
from zoho_destinations.warehouse import Warehouse, open_warehouse

from .configuration import SyncConfiguration
from .exit_codes import ExitCode, exit_code_of
from .identity import check_identity
from .known_metadata import read_known_metadata
from .packages import PackageLoop
from .progress import ProgressCollector, RunListener
from .recovery import finish_pending, forget_missing_tables, restore_state
from .run_report import ResourceReport, RunReport
