"""The organisation itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_simulator.call import Reply, json_reply
from zoho_simulator.catalogue import FIRST_ID
from zoho_simulator.rendering import format_time

from .access import caller_id

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.simulator import Simulator


def read_organization(simulator: Simulator, call: Call) -> Reply:
    """`GET /org` (documented)."""
    organization = simulator.organization
    profile = organization.profile
    edition = simulator.settings.edition
    zone = simulator.view(caller_id(call)).time_zone
    shown = {
        "id": str(FIRST_ID + 389),
        "zgid": "20083331234",
        "company_name": profile.company_name,
        "alias": None,
        "time_zone": profile.time_zone,
        "currency": profile.currency,
        "iso_code": profile.iso_code,
        "currency_symbol": profile.currency_symbol,
        "currency_locale": "de_DE",
        "mc_status": simulator.settings.currencies_on,
        "type": "production",
        "created_time": format_time(organization.created_at, zone),
        "primary_email": profile.primary_email,
        "primary_zuid": "1000000000901",
        "country_code": profile.country_code,
        "country": "Germany",
        "phone": None,
        "website": "https://brightwell.example",
        "employee_count": "180",
        "license_details": {
            "paid": edition != "Free",
            "paid_type": edition.lower(),
            "paid_expiry": None,
            "trial_type": None,
            "trial_expiry": None,
            "trial_action": None,
            "users_license_purchased": profile.users_license_purchased,
            "portal_users_license_purchased": 0,
        },
        "hipaa_compliance_enabled": False,
        "privacy_settings": True,
        "translation_enabled": False,
        "max_per_page": 200,
        "zia_zgid": 20083331999,
    }
    return json_reply({"org": [shown]}, rows=1)
