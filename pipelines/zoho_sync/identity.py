"""Whose data this is: a dataset holds one organisation, as one user sees it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from zoho_crm.exceptions import ZohoAuthError, ZohoConfigError, ZohoSkippableError
from zoho_crm.users import read_current_user, read_organization
from zoho_destinations.existing import read_columns
from zoho_destinations.list_ways import forget_refusals
from zoho_destinations.opening import open_dataset
from zoho_destinations.statements import select

from .recovery import resource_states

if TYPE_CHECKING:
    from collections.abc import Callable

    import dlt

    from zoho_crm.auth import ZohoCredentials
    from zoho_crm.session import ReadSession


def fingerprint(credentials: ZohoCredentials) -> str:
    """Tells credentials apart without telling them."""
    secret = f"{credentials.client_id}\n{credentials.refresh_token}"
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def check_identity(
    pipeline: dlt.Pipeline,
    session: ReadSession,
    credentials: ZohoCredentials,
    say: Callable[[str], None],
) -> bool:
    """Makes sure that the credentials belong to the dataset's organisation.

    Costs no call while the credentials are those of the run before: a refresh token belongs to
    one user of one organisation.

    Returns:
        Whether they belong to another user than before, who may see other records.

    Raises:
        ZohoConfigError: They belong to another organisation.
    """
    session.identity = fingerprint(credentials)
    known = resource_states(pipeline).get("organization", {}).get("identity")
    if known == session.identity:
        return False
    with open_dataset(pipeline) as client:
        forget_refusals(client)
    try:
        session.organization = read_organization(session.client)
    except (ZohoAuthError, ZohoSkippableError) as error:
        if isinstance(error, ZohoAuthError) and error.code != "OAUTH_SCOPE_MISMATCH":
            raise
        say(f"The organisation cannot be told: {error}")
        return False
    held = _held_organization(pipeline)
    if held is None:
        return False
    organization_id, company, user_id = held
    if organization_id != str(session.organization.get("id")):
        raise ZohoConfigError(
            f"The dataset {pipeline.dataset_name} holds the organisation {company} "
            f"({organization_id}), but the credentials belong to "
            f"{session.organization.get('company_name')}: set another dataset_name or credentials."
        )
    user = read_current_user(session.client) or {}
    is_other = bool(user_id and user.get("id") and str(user["id"]) != user_id)
    if is_other:
        say(
            "The credentials belong to another user than before, who may see other records: "
            "all modules are reconciled."
        )
    return is_other


def _held_organization(pipeline: dlt.Pipeline) -> tuple[str, str, str | None] | None:
    with open_dataset(pipeline) as client:
        if "organization" not in read_columns(client):
            return None
        table = client.make_qualified_table_name("organization")
        rows = select(client, f"SELECT id, company_name, user_id FROM {table}")
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None
