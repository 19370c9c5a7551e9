"""What the command line says of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .capturing import CaptureOptions


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says of one run."""

    patterns: Sequence[str] | None = None
    """Which modules to read; None for those configured."""
    max_calls: int | None = None
    """None for the configured limit."""
    max_runtime_s: float | None = None
    """Seconds after which reading stops by itself."""
    wait_s: float = 0.0
    """Seconds to wait for another run, or for a reader of the file."""
    reconciles: bool = False
    """Every module that is read is reconciled, whatever its turn."""

    capture: CaptureOptions | None = None
    """What to capture of the recycle bin; None for what the configuration says."""

    @property
    def command(self) -> str:
        """The command that this is a run of."""
        if self.capture is not None:
            return "audit"
        return "reconcile" if self.reconciles else "run"
