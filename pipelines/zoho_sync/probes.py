"""One cheap call for each OAuth scope that a run uses, to see whether it was granted."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.exceptions import ZohoResponseError, ZohoSkippableError
from zoho_crm.replies import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.client import ZohoClient

SCOPE_MISSING: Final = "OAUTH_SCOPE_MISMATCH"
Places = dict[str, str]
"""What stands for a probe's placeholders: `module`, `record`, `layouts_of`, `layout`, `notes`."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A call that costs one credit and works only with its scope."""

    scope: str
    purpose: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    is_needed: bool = False
    """Nothing can be read without it; otherwise only something is missing."""
    may_lack_the_list: bool = False
    """The module may have no such list: Zoho says so only to who has the scope."""

    def can_be_asked(self, places: Places) -> bool:
        """Whether there is something to ask for: a record, a layout, the module Notes."""
        try:
            self._fill(places)
        except KeyError:
            return False
        return True

    def ask(self, client: ZohoClient, places: Places) -> Mapping[str, Any]:
        """Asks, and gives the reply's body; empty where Zoho refuses for another reason.

        Args:
            client: The client.
            places: What stands for the placeholders.

        Raises:
            ZohoAuthError: The scope is missing, or the access token was refused.
            ZohoCrmError: Zoho could not be asked.
        """
        path, params = self._fill(places)
        try:
            return client.get(path, params, subject=Subject("check", self.scope)).body
        except ZohoSkippableError:  # the scope was there, or Zoho would have said so
            return {}
        except ZohoResponseError as error:
            if not (self.may_lack_the_list and error.code):
                raise
            return {}

    def _fill(self, places: Places) -> tuple[str, dict[str, str]]:
        params = {key: value.format_map(places) for key, value in self.params.items()}
        return self.path.format_map(places), params


_ONE: Final = {"fields": "id", "per_page": "1"}
MODULES: Final = Probe(
    "ZohoCRM.settings.modules.READ", "the list of modules", "settings/modules", is_needed=True
)
RECORDS: Final = Probe("ZohoCRM.modules.READ", "records", "{module}", _ONE, is_needed=True)
ORGANIZATION: Final = Probe("ZohoCRM.org.READ", "whose data it is, and its credits", "org")
LAYOUTS: Final = Probe(
    "ZohoCRM.settings.layouts.READ",
    "layouts, and related lists of other layouts than Standard",
    "settings/layouts",
    {"module": "{layouts_of}"},
)
_ALWAYS: Final = (
    MODULES,
    Probe(
        "ZohoCRM.settings.fields.READ",
        "columns and their types",
        "settings/fields",
        {"module": "{module}"},
        is_needed=True,
    ),
    RECORDS,
    ORGANIZATION,
    Probe("ZohoCRM.users.READ", "names of owners and users", "users", {"type": "CurrentUser"}),
    Probe("ZohoSearch.securesearch.READ", "counts of records", "{module}/actions/count"),
    Probe(
        "ZohoCRM.settings.related_lists.READ",
        "related lists",
        "settings/related_lists",
        {"module": "{module}"},
    ),
    LAYOUTS,
    Probe(
        "ZohoCRM.settings.pipeline.READ",
        "pipelines of deals",
        "settings/pipeline",
        {"layout_id": "{layout}"},
    ),
    Probe(
        "ZohoCRM.settings.territories.READ",
        "territories",
        "settings/territories",
        {"per_page": "1"},
    ),
    Probe(
        "ZohoCRM.settings.currencies.READ",
        "currencies, and amounts in the organisation's own",
        "org/currencies",
    ),
    Probe("ZohoCRM.settings.roles.READ", "roles", "settings/roles"),
    Probe("ZohoCRM.settings.profiles.READ", "profiles", "settings/profiles"),
    Probe(
        "ZohoCRM.settings.recycle_bin.READ",
        "the recycle bin, which tells the deletions of all modules at once",
        "settings/recycle_bin",
        {"per_page": "1"},
    ),
    Probe("ZohoCRM.modules.notes.READ", "notes", "{notes}", _ONE),
)
_OF_LISTS: Final = {
    "Attachments": Probe(
        "ZohoCRM.modules.attachments.READ",
        "lists of attachments",
        "{module}/{record}/Attachments",
        _ONE,
        may_lack_the_list=True,
    ),
    "Emails": Probe(
        "ZohoCRM.modules.emails.READ",
        "lists of e-mails",
        "{module}/{record}/Emails",
        may_lack_the_list=True,
    ),
}
"""Lists that are off unless the configuration names them."""


def probes_for(lists: Sequence[str]) -> list[Probe]:
    """The probes of what a run reads.

    Args:
        lists: Patterns of related lists that the configuration names, as `Module.List`.
    """
    wanted = [pattern.lower().partition(".")[2] for pattern in lists if pattern[:1] != "!"]
    return [
        *_ALWAYS,
        *(
            probe
            for name, probe in _OF_LISTS.items()
            if any(fnmatchcase(name.lower(), pattern) for pattern in wanted)
        ),
    ]
