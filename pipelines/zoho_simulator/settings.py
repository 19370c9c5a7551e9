"""What the simulated CRM allows, and which reading of Zoho's open questions it follows."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

# Documented: "Get Records", v8. Not switches: a test may lower them only to be quicker.
MAX_PAGE_ROWS = 200
MAX_FIELDS = 50
RICH_TEXT_LIST_LENGTH = 500
# Documented: "Token Validity", v8, and Kaizen #43.
GRANT_TOKENS_PER_WINDOW = 10
TOKEN_WINDOW_S = 600
LIVE_REFRESH_TOKENS = 20
# Documented: "API Limits", v8. The same for every edition.
SUB_CONCURRENCY = 10
CREDIT_WINDOW_S = 24 * 3600
# Documented: "Get List of Deleted Records", v8: for how long deletions are told of.
RECYCLE_BIN_DAYS = 60
PERMANENT_DAYS = 120
# Documented: "Delink", "Update Related Records", "Get Related Records Count", "Get Rich Text
# Fields" and "Get Emails of a Record", v8.
MAX_RELATED_IDS = 100
MAX_RELATED_COUNTS = 20
MAX_RICH_TEXT_IDS = 200
MAX_RICH_TEXT_FIELDS = 8
EMAILS_PER_PAGE = 10

DEFAULT_SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.bulk.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoCRM.apis.READ",
    "ZohoSearch.securesearch.READ",
)


@dataclass(frozen=True)
class EditionLimits:
    """What an edition pays for (documented: "API Limits", v8, and the pages of the features)."""

    base_credits: int
    credits_per_user: int
    max_credits: int | None
    concurrency: int
    has_currencies: bool = False
    has_territories: bool = False

    def credits_for(self, users: int) -> int:
        """The credits of 24 hours for this many licences."""
        total = self.base_credits + self.credits_per_user * users
        return total if self.max_credits is None else min(total, self.max_credits)


EDITIONS = {
    "Free": EditionLimits(5_000, 0, 5_000, 5),
    "Standard": EditionLimits(50_000, 250, 100_000, 10),
    "Professional": EditionLimits(50_000, 500, 3_000_000, 15),
    "Enterprise": EditionLimits(50_000, 1_000, 5_000_000, 20, True, True),
    "Ultimate": EditionLimits(50_000, 2_000, None, 25, True, True),
}

EditionName = Literal["Free", "Standard", "Professional", "Enterprise", "Ultimate"]


@dataclass
class SimulatorSettings:
    """The simulator's switches; each may be changed while it serves.

    Attributes:
        edition: Decides credits and concurrency.
        latency_ms: Waited before each API reply.
        if_modified_since: Assumed: whether a record of exactly that second is returned.
        paging: Assumed: a page token remembers an offset into the list as it is by then, or the
            last row it has shown.
        numbered_pages: Documented both ways: whether each page asked for by number tells a
            token, or only the last that a number reaches.
        unknown_field: Assumed: a name in `fields` that the module does not have.
        meta_key_in_fields: Assumed: the same for names that begin with `$`.
        tie_order: Assumed: the order of records that share a sort value. `unstable` shuffles them
            anew for each request.
        header_bound_to_token: Assumed: a page token is refused when `If-Modified-Since` differs
            from the one its chain began with.
        header_ignored: Assumed never to happen: lists disregard `If-Modified-Since`.
        sort_ignored: Assumed never to happen: lists come by id, descending, whatever was asked.
        unknown_id_status: Assumed: the reply to a record id that does not exist.
        text_id_status: Assumed: the reply to `/{module}/{text}` where the text is no id.
        restore_keeps_time: Assumed: a restored record keeps its `Modified_Time`.
        restore_keeps_links: Assumed: so does it keep its memberships.
        purge_moves_time: Assumed: what leaves the recycle bin for ever gets a new `deleted_time`.
        merged_type: Assumed: what is told of a record merged away.
        child_row_deletions: Assumed: what is told of a deleted row of a subform or linking
            module.
        rows_of_deleted_parent: Assumed: whether subform rows go with their parent, unlisted.
        deleted_order: Assumed: the order of deleted records, by `deleted_time`.
        deleted_page_limit: Assumed: `page` ends at `max_discrete_rows` for deleted records and
            for the related records of one.
        recycle_bin_page_limit: Assumed: the same for the recycle bin.
        deleted_errors_wrapped: The 2026 specification wraps refusals about deleted records in
            `data`, the documentation does not.
        deleted_path_index: Assumed: which segments of `/{module}/deleted/{id}/{list}` refusals
            count; the 2026 specification says 2 for both.
        deleted_related: Assumed: the relations of a deleted record that are shown: lookups to one
            module, also those to several, or memberships as well, as a sample has it.
        recycle_bin_filter_status: The specification says 400, the documentation 403.
        max_recycle_bin_conditions: Assumed: conditions in one filter.
        merge_touches_children: Assumed: records of one merged away are modified.
        link_touches_records: Assumed: records are modified when they are linked or unlinked.
        unknown_parent_status: Documented as 404 and elsewhere as 204: related records of a record
            that does not exist.
        related_field_limit: Assumed: related records are limited to 50 fields too.
        related_modified_time: Assumed: which time the header and the order go by where records
            are linked by memberships.
        member_fields: Assumed: where `Member_Status` and `list_price` stand.
        multiselect_rows: Assumed: what the list of a multi-select lookup shows.
        multiselect_metadata: Documented both ways: v8's nested shape, v7's flat one.
        contact_role: Documented both ways: an object, a number without quotes.
        attachment_parent: Documented both ways: `Parent_Id` of attachments.
        attachment_size: Documented both ways: `Size` of attachments.
        related_count_shape: Documented both ways: counts in an array of arrays, or in an array.
        related_counts_supported: Assumed never to fail: whether counts are answered at all.
        mailbox_works: Documented: 400 CANNOT_PROCESS where the user's mailbox is in trouble.
        external_header: Assumed: `X-EXTERNAL` names a field for each side, or one for both, as
            the sample does.
        relation_gone_status: Documented both ways: removing one relation that is not there.
        layout_status: Documented both ways: the status of a layout.
        has_currencies, has_territories: Instead of what the edition gives.
        feature_off: Assumed: the reply of a feature that is off; the specification has an error.
        import_keeps_time: Assumed: imported records keep the `Modified_Time` of the file.
        null_modified_time: Assumed: where records without `Modified_Time` stand, ascending.
        schema_moves_module_time: Assumed: a change of its fields moves a module's `modified_time`;
            the documentation calls it the time of the module's metadata and says no more.
        picklist_value: Assumed: which value of a renamed picklist entry a record shows.
        deleted_lookup: Assumed: what a lookup to a deleted record shows.
        multi_module_lookup: Documented both ways: the module of `What_Id` stands beside it in
            `$se_module`, or within it.
        empty_list: Assumed: what an empty multi-select field shows.
        hidden_field: Documented both ways: a field that the profile may not see is missing from
            records, or null.
        field_permissions_shown: Assumed: metadata tells the profile's permission for a field.
        token_throttle_status: Kaizen #43 says 200, field reports say 400.
        user_is_admin: Documented: only administrators read Notes as a list.
        granted_scopes: What grant codes are worth when they do not say.
        user_time_zone: Offsets of all times; None for the organisation's zone.
        page_token_lifetime_s: Documented: 24 hours.
        access_token_lifetime_s: Documented: one hour.
        tokens_per_window: Documented: access tokens per refresh token in 10 minutes.
        live_tokens: Documented: access tokens alive per refresh token.
        credits_used: Credits spent before the first request.
        daily_credits: Instead of what the edition gives.
        concurrency: Instead of what the edition gives.
        max_discrete_rows: Documented: rows reached by `page`.
        max_token_rows: Documented: rows reached by one chain of page tokens.
        max_ids: Assumed: ids in one `ids=`.
        ids_past_max: Assumed: whether more are refused, or those past it ignored.
        max_embedded_rows: Assumed: subform rows within one record.
        api_domain: Instead of the server's own address in token replies.
    """

    edition: EditionName = "Enterprise"
    latency_ms: float = 0
    if_modified_since: Literal["exclusive", "inclusive"] = "exclusive"
    paging: Literal["offset", "cursor"] = "offset"
    numbered_pages: Literal["tell_tokens", "last_tells_token"] = "tell_tokens"
    unknown_field: Literal["ignored", "refused"] = "ignored"
    meta_key_in_fields: Literal["taken", "refused"] = "taken"
    tie_order: Literal["id_asc", "id_desc", "insertion", "unstable"] = "id_asc"
    header_bound_to_token: bool = True
    header_ignored: bool = False
    sort_ignored: bool = False
    unknown_id_status: Literal[204, 400, 404] = 204
    text_id_status: Literal[400, 404] = 404
    restore_keeps_time: bool = True
    restore_keeps_links: bool = True
    purge_moves_time: bool = True
    merged_type: Literal["permanent", "recycle", "unlisted"] = "permanent"
    child_row_deletions: Literal["unlisted", "permanent", "recycle"] = "unlisted"
    rows_of_deleted_parent: Literal["go", "stay"] = "go"
    deleted_order: Literal["desc", "asc"] = "desc"
    deleted_page_limit: bool = True
    recycle_bin_page_limit: bool = True
    deleted_errors_wrapped: bool = False
    deleted_path_index: Literal["segments", "specification"] = "segments"
    deleted_related: Literal["lookup", "any_lookup", "with_members"] = "any_lookup"
    recycle_bin_filter_status: Literal[400, 403] = 400
    max_recycle_bin_conditions: int = 25
    merge_touches_children: bool = False
    link_touches_records: bool = False
    unknown_parent_status: Literal[204, 400, 404] = 404
    related_field_limit: bool = True
    related_modified_time: Literal["record", "member"] = "record"
    member_fields: Literal["member_info", "row", "both"] = "both"
    multiselect_rows: Literal["linking", "connected"] = "linking"
    multiselect_metadata: Literal["nested", "flat"] = "nested"
    contact_role: Literal["object", "number"] = "object"
    attachment_parent: Literal["null", "object"] = "null"
    attachment_size: Literal["text", "number"] = "text"
    related_count_shape: Literal["nested", "flat"] = "nested"
    related_counts_supported: bool = True
    mailbox_works: bool = True
    external_header: Literal["each_side", "one_for_both"] = "each_side"
    relation_gone_status: Literal[400, 404] = 400
    layout_status: Literal["text", "number"] = "text"
    has_currencies: bool | None = None
    has_territories: bool | None = None
    feature_off: Literal["error", "empty"] = "error"
    import_keeps_time: bool = True
    null_modified_time: Literal["first", "last"] = "first"
    schema_moves_module_time: bool = True
    picklist_value: Literal["display", "actual"] = "display"
    deleted_lookup: Literal["dangling", "null"] = "dangling"
    multi_module_lookup: Literal["sibling", "embedded"] = "sibling"
    empty_list: Literal["null", "list"] = "null"
    hidden_field: Literal["missing", "null"] = "missing"
    field_permissions_shown: bool = True
    token_throttle_status: Literal[200, 400] = 200
    user_is_admin: bool = True
    granted_scopes: tuple[str, ...] = field(default=DEFAULT_SCOPES)
    user_time_zone: str | None = None
    page_token_lifetime_s: int = 24 * 3600
    access_token_lifetime_s: int = 3600
    tokens_per_window: int = 10
    live_tokens: int = 15
    credits_used: int = 0
    daily_credits: int | None = None
    concurrency: int | None = None
    max_discrete_rows: int = 2_000
    max_token_rows: int = 100_000
    max_ids: int = 100
    ids_past_max: Literal["refused", "ignored"] = "refused"
    max_embedded_rows: int = 200
    api_domain: str | None = None

    @property
    def limits(self) -> EditionLimits:
        """What the edition gives."""
        return EDITIONS[self.edition]

    @property
    def max_concurrency(self) -> int:
        """Requests in flight that are served."""
        return self.limits.concurrency if self.concurrency is None else self.concurrency

    @property
    def currencies_on(self) -> bool:
        """Whether the organisation has several currencies."""
        return self.limits.has_currencies if self.has_currencies is None else self.has_currencies

    @property
    def territories_on(self) -> bool:
        """Whether the organisation has territories."""
        return self.limits.has_territories if self.has_territories is None else self.has_territories

    def change(self, changes: dict[str, Any]) -> None:
        """Sets switches by name.

        Raises:
            ValueError: There is no such switch.
        """
        known = {switch.name for switch in fields(self)}
        if unknown := sorted(set(changes) - known):
            raise ValueError(f"no such setting: {', '.join(unknown)}")
        for name, value in changes.items():
            setattr(self, name, tuple(value) if name == "granted_scopes" else value)
