"""Zoho's limits and the source's own constants: the one place that knows them, each with its unit.

The pages named are those of Zoho CRM's API v8 documentation.
"""

from __future__ import annotations

from typing import Final

API_VERSION: Final = "v8"

# Get Records
MAX_FIELDS_PER_CALL: Final = 50
"""Field names that one `fields` parameter takes ("Get Records")."""
PAGE_SIZE: Final = 200
"""Records a page, Zoho's maximum ("Get Records")."""
MAX_ROWS_BY_TOKEN: Final = 100_000
"""Records that one chain of page tokens reaches ("Get Records")."""
MAX_IDS_PER_CALL: Final = 100
"""Ids in one `ids` parameter; undocumented, kept at what Zoho's own clients use."""
SURE_IDS_PER_CALL: Final = 50
"""So many ids are never ignored: where they are not answered, records are gone."""

# Related records, see "Delink Related Records" and "Update Related Records"
MAX_RELATIONS_PER_CALL: Final = 100
"""Relations of one record that a call removes or adds."""
EXTERNAL_HEADER: Final = "X-EXTERNAL"
"""Names the external fields whose values stand in the path in place of ids."""

# Rich text ("Get Rich Text Fields")
CUT_TEXT_LENGTH: Final = 500
"""Characters of a rich text that lists return."""
MAX_TEXT_IDS_PER_CALL: Final = 200
"""Records whose whole texts one call gives."""
MAX_TEXT_FIELDS_PER_CALL: Final = 8
"""Rich text fields in such a call."""

# Deletions, see "Get List of Deleted Records" and "Get Recycle Bin Records"
MAX_DISCRETE_PAGES: Final = 10
"""Pages of 200 that lists without page tokens reach; undocumented for deletions."""
RECYCLE_BIN_DAYS: Final = 60
"""Days that a deleted record can be restored, and is listed."""
PERMANENT_DAYS: Final = 120
"""Days that a permanent deletion is listed."""
PERMANENT_PERIOD_S: Final = 24 * 3600
"""How often permanent deletions are asked for, a call a module."""

# Reconciling
RECONCILE_PERIOD_S: Final = 24 * 3600
"""Between two modules that are compared in turn: ids and times at 200 a call."""

# OAuth, see "Token Validity" and "Refresh Access Tokens"
ACCESS_TOKEN_LIFETIME_S: Final = 3600
"""How long an access token lives when the reply does not say."""
REFRESH_BEFORE_EXPIRY_S: Final = 300
"""An access token with less life left than this is replaced before it is used."""
TOKEN_THROTTLE_WINDOW_S: Final = 600
"""Zoho gives ten access tokens a refresh token in this window."""
TOKEN_ATTEMPTS: Final = 4
"""Tries of one token call; fewer than elsewhere, since others wait for the token meanwhile."""
TOKEN_FAILURE_KEPT_S: Final = 60
"""How long a failed token call answers for the next ones, so that many threads ask once."""
TOKEN_LOCK_WAIT_S: Final = 120
"""How long one process waits for another that is fetching an access token."""

# Scopes ("Scopes"), as asked for by `zoho-sync login`
READ_SCOPES: Final = (
    "ZohoCRM.modules.READ",
    "ZohoCRM.modules.notes.READ",
    "ZohoCRM.modules.attachments.READ",
    "ZohoCRM.modules.emails.READ",
    "ZohoCRM.settings.modules.READ",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.settings.related_lists.READ",
    "ZohoCRM.settings.layouts.READ",
    "ZohoCRM.settings.pipeline.READ",
    "ZohoCRM.settings.territories.READ",
    "ZohoCRM.settings.currencies.READ",
    "ZohoCRM.settings.roles.READ",
    "ZohoCRM.settings.profiles.READ",
    "ZohoCRM.settings.recycle_bin.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoSearch.securesearch.READ",
)
"""What reading needs and no more; the last one is for counts ("Get Record Count")."""
WRITE_SCOPES: Final = ("ZohoCRM.modules.DELETE", "ZohoCRM.modules.UPDATE")
"""What delink needs beside them, to remove and to undo; assumed from the verbs of its calls
("Delink Related Records", "Update Related Records")."""

# Limits, see "API Limits"
CONCURRENCY_BY_EDITION: Final = {
    "free": 5,
    "standard": 10,
    "starter": 10,
    "professional": 15,
    "enterprise": 20,
    "zohoone": 20,
    "ultimate": 25,
    "crmplus": 25,
}
"""Calls in flight an organisation and client."""
SORTED_READ_CONCURRENCY: Final = 10
"""Calls in flight for sorted reads and other heavy calls, every edition."""

# Reading
OVERLAP_S: Final = 300
"""How far a next anchor stays behind the server's clock: changes become visible late."""
MIN_OVERLAP_S: Final = 60
"""The smallest overlap that may be configured."""
MAX_REREAD_SHARE: Final = 0.1
"""A new chain starts where at most this share of a page is read again; else the token goes on."""
MAX_PAGES_PER_STRETCH: Final = 50
"""Pages read by token under one anchor, where the anchor could move."""
MAX_WALKS: Final = 20
"""Walks over a stretch before the module is said to change faster than it can be read."""
SLICE_SETTLE_S: Final = 2
"""A row changed this shortly before its reply may differ between two slices of its fields."""
MAX_REREADS_BY_IDS: Final = 2
"""How often a row whose slices do not match is asked again with others, before it is read alone."""

# Packages
MAX_PACKAGE_ROWS: Final = 50_000
"""Rows a load package holds at most (a stretch is never cut, so a little more may come)."""
ROWS_A_BATCH: Final = 5_000
"""Rows handed to dlt at a time."""
MAX_PACKAGE_SECONDS: Final = 300
"""Seconds of reading a load package holds at most."""

# Retries
RETRY_ATTEMPTS: Final = 6
"""Tries of one call that meets 429, 5xx, a time-out or a broken reply."""
RETRY_WAIT_S: Final = 1.0
"""The first wait; each further one is twice as long, with jitter."""
RETRY_MAX_WAIT_S: Final = 30.0
"""The longest wait."""
RETRY_AFTER_MAX_S: Final = 120.0
"""The longest `Retry-After` that is honoured; Zoho documents none."""
CONNECT_TIMEOUT_S: Final = 10.0
READ_TIMEOUT_S: Final = 60.0

# Metadata
METADATA_MAX_AGE_S: Final = 24 * 3600
"""Fields of all modules are read again after this long, whatever the modules list says."""

CALLS_TO_SPARE: Final = 100
"""Where a source in one package has fewer calls left, it leaves reference tables for later."""
REFUSAL_KEPT_S: Final = 24 * 3600
"""A module that Zoho refuses, and that nobody named, is asked for again after this long."""

READABLE_MODULE_TYPES: Final = frozenset(
    {"default", "custom", "linking", "subform", "field_tracker"}
)
"""`generated_type`s of modules that hold records ("Modules Metadata")."""

MAX_IDENTIFIER_LENGTH: Final = 63
"""Bytes in a name on Postgres; held on every destination, so that names are the same."""
DECIMAL_PRECISION: Final = 38
DECIMAL_SCALE: Final = 9
