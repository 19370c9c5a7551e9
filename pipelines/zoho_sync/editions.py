"""What an edition of Zoho CRM pays for; pure.

Source: Zoho CRM API v8, "API Limits": credits of a sliding 24 hours, by edition and licences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.settings import CONCURRENCY_BY_EDITION
from zoho_crm.shapes import mapping_in

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CreditRule:
    """Credits of 24 hours: a base, so many a user licence, and a cap."""

    base: int
    per_user: int
    cap: int | None

    def credits_for(self, users: int) -> int:
        """The credits of an organisation with so many user licences, without add-ons."""
        credit_count = self.base + self.per_user * users
        return credit_count if self.cap is None else min(credit_count, self.cap)


_STANDARD: Final = CreditRule(50_000, 250, 100_000)
_ENTERPRISE: Final = CreditRule(50_000, 1_000, 5_000_000)
_ULTIMATE: Final = CreditRule(50_000, 2_000, None)
_RULES: Final = {
    "free": CreditRule(5_000, 0, 5_000),
    "standard": _STANDARD,
    "starter": _STANDARD,
    "professional": CreditRule(50_000, 500, 3_000_000),
    "enterprise": _ENTERPRISE,
    "zohoone": _ENTERPRISE,
    "ultimate": _ULTIMATE,
    "crmplus": _ULTIMATE,
}


@dataclass(frozen=True, slots=True)
class Licence:
    """What an organisation has paid for; None where Zoho does not say or the edition is unknown."""

    company: str
    edition: str | None
    users: int | None
    credits_per_day: int | None
    concurrency: int | None


def parse_licence(organization: Mapping[str, Any]) -> Licence:
    """Reads the licence from the reply to `org`."""
    details = mapping_in(organization.get("license_details"))
    edition = str(details.get("paid_type") or "") or None
    key = (edition or "").lower().replace(" ", "").replace("_", "")
    licences = details.get("users_license_purchased")
    users = licences if isinstance(licences, int) else None
    rule = _RULES.get(key)
    return Licence(
        company=str(organization.get("company_name") or ""),
        edition=edition,
        users=users,
        credits_per_day=rule.credits_for(users) if rule and users is not None else None,
        concurrency=CONCURRENCY_BY_EDITION.get(key),
    )
