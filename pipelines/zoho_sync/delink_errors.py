"""Why a plan is not applied."""

from __future__ import annotations

from zoho_destinations.exceptions import WarehouseError


class PlanChangedError(WarehouseError):
    """What a plan was made of, or the plan itself, is not as it was."""

    exit_code = 9
