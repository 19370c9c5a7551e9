"""One cheap call for each OAuth scope, to see whether it was granted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.exceptions import ZohoSkippableError
from zoho_crm.replies import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoho_crm.client import ZohoClient

SCOPE_MISSING: Final = "OAUTH_SCOPE_MISMATCH"
_MODULE: Final = "{module}"


@dataclass(frozen=True, slots=True)
class Probe:
    """A call that costs one credit and works only with its scope."""

    scope: str
    purpose: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    is_needed: bool = True
    """Nothing can be read without it; otherwise only something is missing."""

    def ask(self, client: ZohoClient, module: str) -> Mapping[str, Any]:
        """Asks, and gives the reply's body; empty where Zoho refuses for another reason.

        Args:
            client: The client.
            module: Stands for every module that can be read.

        Raises:
            ZohoAuthError: The scope is missing, or the access token was refused.
            ZohoCrmError: Zoho could not be asked.
        """
        path = self.path.replace(_MODULE, module)
        params = {key: value.replace(_MODULE, module) for key, value in self.params.items()}
        try:
            return client.get(path, params, subject=Subject("check", self.scope)).body
        except ZohoSkippableError:  # the scope was there, or Zoho would have said so
            return {}


MODULES: Final = Probe("ZohoCRM.settings.modules.READ", "the list of modules", "settings/modules")
ORGANIZATION: Final = Probe(
    "ZohoCRM.org.READ", "whose data it is, and its credits", "org", is_needed=False
)
PROBES: Final = (
    MODULES,
    Probe(
        "ZohoCRM.settings.fields.READ",
        "columns and their types",
        "settings/fields",
        {"module": _MODULE},
    ),
    Probe("ZohoCRM.modules.READ", "records", _MODULE, {"fields": "id", "per_page": "1"}),
    ORGANIZATION,
    Probe(
        "ZohoCRM.users.READ",
        "names of owners and users",
        "users",
        {"type": "CurrentUser"},
        is_needed=False,
    ),
    Probe(
        "ZohoSearch.securesearch.READ",
        "counts of records",
        f"{_MODULE}/actions/count",
        is_needed=False,
    ),
)
