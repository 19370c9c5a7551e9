"""What one capture of the recycle bin did: the facts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zoho_destinations.evidence_store import ChainHead

if TYPE_CHECKING:
    from datetime import datetime

    from zoho_crm.evidence import DeletedParent


@dataclass(slots=True)
class CaptureReport:
    """What one capture did."""

    as_of: datetime
    """Zoho's clock."""
    parents: int = 0
    """Records of which everything that was due has been asked."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Questions for lists, by how they ended."""
    new_documents: int = 0
    """Rows of evidence that were not held before."""
    missed: list[DeletedParent] = field(default_factory=list)
    left: list[DeletedParent] = field(default_factory=list)
    """Left the bin since deletions were read: restored, or purged."""
    waiting: list[DeletedParent] = field(default_factory=list)
    """Due, but not asked in full: the limit, or Zoho, did not let it happen."""
    head: ChainHead = field(default_factory=ChainHead)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "as_of": self.as_of.isoformat(),
            "captured": self.parents,
            "outcomes": dict(self.outcomes),
            "new_documents": self.new_documents,
            "missed": [_to_json(parent) for parent in self.missed],
            "left": [_to_json(parent) for parent in self.left],
            "waiting": [_to_json(parent) for parent in self.waiting],
            "chain": {"length": self.head.length, "hash": self.head.hash},
            "anchor": str(self.head),
            "notes": self.notes,
        }


def _to_json(parent: DeletedParent) -> dict[str, Any]:
    times = {"deleted_time": parent.deleted_time, "purge_due_at": parent.purge_due_at}
    return {
        "module": parent.module,
        "id": parent.id,
        "display_name": parent.name,
        **{name: moment.isoformat() if moment else None for name, moment in times.items()},
    }
