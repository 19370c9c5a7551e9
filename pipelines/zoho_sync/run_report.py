"""What a run did: the facts, for a person, for JSON and for the ledger."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from .exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from zoho_crm.outcomes import ResourceOutcome
    from zoho_crm.schema_changes import SchemaChange

    from .capture_report import CaptureReport
    from .reconcile import Reconciled


@dataclass(slots=True)
class ResourceReport:
    """One resource: its outcome and what it cost."""

    outcome: ResourceOutcome
    calls: int = 0
    credits: int = 0
    seconds: float = 0.0
    """Seconds spent waiting for and reading its replies; calls run side by side."""

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values; times are ISO 8601 in UTC."""
        outcome = self.outcome
        return {
            "resource": outcome.resource,
            "table": outcome.table_name,
            "outcome": outcome.outcome,
            "rows": outcome.rows,
            "pages": outcome.pages,
            "removed": outcome.removed,
            "calls": self.calls,
            "credits": self.credits,
            "seconds": round(self.seconds, 3),
            "watermark": _iso(outcome.watermark),
            "anchor_before": _iso(outcome.anchor_before),
            "anchor_after": _iso(outcome.anchor_after),
            "code": outcome.code,
            "reason": outcome.explanation,
            "is_loss": outcome.is_loss,
            "notes": outcome.notes,
            "misfits": dict(outcome.misfits),
            "replaced_characters": outcome.replaced_characters,
        }


@dataclass(slots=True)
class RunReport:
    """One run."""

    run_id: str
    dataset: str
    destination: str
    location: str
    started_at: datetime
    ended_at: datetime | None = None
    resources: list[ResourceReport] = field(default_factory=list)
    calls: int = 0
    credits_remaining: int | None = None
    packages: int = 0
    reconciled: list[Reconciled] = field(default_factory=list)
    """What reconciling found, by module."""
    exit_code: ExitCode = ExitCode.DONE
    message: str = ""
    """One sentence on how it ended."""
    notes: list[str] = field(default_factory=list)
    """What the run did besides reading: a package finished, a table read again."""
    schema_changes: list[SchemaChange] = field(default_factory=list)
    """What changed in Zoho's modules and fields since the run before."""
    captured: CaptureReport | None = None
    """What the audit captured, where the run was to."""

    @property
    def seconds(self) -> float:
        """Wall time of the run."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else 0.0

    @property
    def rows(self) -> int:
        """Rows loaded."""
        return sum(resource.outcome.rows for resource in self.resources)

    @property
    def not_loaded(self) -> Sequence[ResourceReport]:
        """Resources that were not read to their end, those that matter first."""
        ended_well = ("done", "more", "behind")  # the last sentence names those behind
        missing = [
            r for r in self.resources if r.outcome.outcome not in ended_well or r.outcome.overflow
        ]
        return sorted(missing, key=lambda r: (not r.outcome.is_loss, r.outcome.resource))

    @property
    def is_futile(self) -> bool:
        """Nothing was loaded, and the one sentence says why."""
        has_failed = self.exit_code not in (ExitCode.DONE, ExitCode.PARTIAL, ExitCode.LIMIT)
        return has_failed and not self.rows

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "run_id": self.run_id,
            "dataset": self.dataset,
            "destination": self.destination,
            "location": self.location,
            "started_at": _iso(self.started_at),
            "ended_at": _iso(self.ended_at),
            "seconds": round(self.seconds, 3),
            "exit_code": int(self.exit_code),
            "outcome": self.exit_code.name.lower(),
            "message": self.message,
            "notes": self.notes,
            "schema_changes": [
                {**asdict(change), "sentence": change.sentence} for change in self.schema_changes
            ],
            "rows": self.rows,
            "calls": self.calls,
            "credits_remaining": self.credits_remaining,
            "packages": self.packages,
            "reconciled": [each.to_json() for each in self.reconciled],
            "resources": [resource.to_json() for resource in self.resources],
            **({"audit": self.captured.to_json()} if self.captured else {}),
        }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
