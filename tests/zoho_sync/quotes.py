"""An organisation of quotes with lines and links, and what its copy has to hold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.zoho_crm.crm import Crm
from zoho_simulator.fields import field, lookup, multiselect_lookup, rich_text, subform
from zoho_simulator.values import Reference

if TYPE_CHECKING:
    import random

    from tests.zoho_sync.crm_copies import SyncedCopy
    from zoho_simulator import Server

MODULES = ("Quotes", "Quoted_Items", "Steps", "Vendors", "Quotes_X_Vendors")
ROWS = ("quoted_items", "steps", "quotes_x_vendors")
DAY_S = 24 * 3600


def build_quotes(server: Server, *, quotes: int = 30, lines: int = 3) -> Crm:
    """Quotes of a month ago, each with lines, a step and a link to a vendor."""
    crm = Crm(server)
    crm.simulator.change_settings({"tokens_per_window": 100_000})
    vendors = multiselect_lookup("Vendors", "Quotes_X_Vendors", back="Quote", on="Vendor")
    crm.add_module(
        "Quotes",
        [
            field("Grand_Total", "currency"),
            subform("Quoted_Items", "Quoted_Items"),
            subform("Steps", "Steps"),
            vendors,
            rich_text("Terms"),
        ],
    )
    crm.add_module("Vendors")
    taxes = field("Line_Tax", "line_tax")
    for name, *values in (
        ("Quoted_Items", field("Total", "currency"), taxes),
        ("Steps", field("To_Do", "text")),
    ):
        specs = [lookup("Parent_Id", "Quotes"), *values]
        crm.org.add_module(name, specs, generated_type="subform", parent_module="Quotes")
    ends = [lookup("Quote", "Quotes"), lookup("Vendor", "Vendors"), field("Since", "date")]
    crm.org.add_module("Quotes_X_Vendors", ends, generated_type="linking")
    then = crm.now_s - 30 * DAY_S
    crm.add_records("Vendors", range(then, then + 5))
    for number in range(quotes):
        add_quote(crm, lines=lines, time=then + 10 * number)
    return crm


def add_quote(crm: Crm, *, lines: int = 3, time: int | None = None) -> str:
    """A quote with lines that add up to it, a step and a link."""
    time = crm.now_s if time is None else time
    quote = crm.org.create("Quotes", {"Name": f"Quote {time}"}, modified_time=time)
    for number in range(lines):
        add_line(crm, quote, Decimal(10 * number + 5), time=time)
    if lines:
        crm.org.add_line("Quotes", quote, "Steps", {"To_Do": "call"}, time=time)
        vendor = next(iter(crm.org.records("Vendors")))
        link(crm, quote, vendor, time=time)
    return quote


def add_line(crm: Crm, quote: str, total: Decimal, *, time: int | None = None) -> str:
    line = crm.org.add_line("Quotes", quote, "Quoted_Items", {"Total": total}, time=time)
    _add_up(crm, quote, time=time)
    return line


def remove_line(crm: Crm, quote: str, line: str) -> None:
    crm.org.remove_line("Quotes", quote, "Quoted_Items", line)
    _add_up(crm, quote)


def link(crm: Crm, quote: str, vendor: str, *, time: int | None = None) -> str:
    """Links a vendor to a quote, which moves the quote as an edit of its field does."""
    values = {"Quote": quote, "Vendor": vendor}
    created = crm.org.create("Quotes_X_Vendors", values, modified_time=time)
    crm.org.update("Quotes", quote, {}, modified_time=time)
    return created


def unlink(crm: Crm, quote: str, row: str) -> None:
    crm.org.delete("Quotes_X_Vendors", row)
    crm.org.update("Quotes", quote, {})


def quotes_of(crm: Crm) -> list[str]:
    return [str(number) for number in crm.org.module("Quotes").records]


def rows_of(crm: Crm, module: str, quote: str) -> list[str]:
    """Ids of a quote's rows, ascending."""
    back = "Quote" if module == "Quotes_X_Vendors" else "Parent_Id"
    found = crm.org.module(module).children(back, Reference("Quotes", int(quote)))
    return [str(number) for number in found]


def _add_up(crm: Crm, quote: str, *, time: int | None = None) -> None:
    lines = crm.org.module("Quoted_Items")
    rows = (lines.records[int(line)] for line in rows_of(crm, "Quoted_Items", quote))
    total = sum(Decimal(str(lines.values_of(row)["Total"])) for row in rows)
    crm.org.update("Quotes", quote, {"Grand_Total": total}, modified_time=time)


def assert_rows_equal(crm: Crm, synced: SyncedCopy) -> None:
    """Quotes and rows are as in the CRM, live rows are no more and no fewer, sums are right."""
    synced.assert_equals_crm(MODULES)
    for table, module in zip(ROWS, MODULES[1:3] + MODULES[4:], strict=True):
        live = {row["id"] for row in synced.query(f"SELECT id FROM zoho_crm_live.{table}")}
        truth = crm.simulator.records(module).keys()
        assert live == truth, (table, "too many:", live - truth, "too few:", truth - live)
    assert differing_sums(synced) == []


def differing_sums(synced: SyncedCopy) -> list[dict[str, Any]]:
    """Live quotes whose lines do not add up to them."""
    return synced.query(
        "SELECT q.id, q.grand_total, sum(i.total) AS lines FROM zoho_crm_live.quotes q"
        " LEFT JOIN zoho_crm_live.quoted_items i ON i.parent_id = q.id"
        " GROUP BY q.id, q.grand_total "
        " HAVING coalesce(sum(i.total), 0) <> coalesce(q.grand_total, 0)"
    )


def work_a_little(crm: Crm, chance: random.Random, *, acts: int = 6) -> None:
    """Some acts on quotes, their lines and links, within an hour."""
    for _ in range(acts):
        crm.pass_time(chance.choice((0, 1, 30, 600)))
        act_once(crm, chance)


def act_once(crm: Crm, chance: random.Random) -> None:
    quotes = [str(number) for number in crm.org.module("Quotes").records]
    if len(quotes) < 5 or chance.random() < 0.15:
        add_quote(crm, lines=chance.randrange(4))
    elif chance.random() < 0.2:
        delete_or_restore(crm, chance)
    elif chance.random() < 0.3:
        _act_on_links(crm, chance, chance.choice(quotes))
    else:
        _act_on_lines(crm, chance, chance.choice(quotes))


def delete_or_restore(crm: Crm, chance: random.Random) -> None:
    """Moves a quote with its rows into the recycle bin, or out of it."""
    quotes = [str(number) for number in crm.org.module("Quotes").records]
    binned = [e for e in crm.org.module("Quotes").deleted.values() if e.type == "recycle"]
    if binned and chance.random() < 0.5:
        entry = chance.choice(binned)
        crm.org.restore("Quotes", str(entry.id), keep_time=chance.random() < 0.5)
    else:
        crm.org.delete("Quotes", chance.choice(quotes))


def _act_on_links(crm: Crm, chance: random.Random, quote: str) -> None:
    links = rows_of(crm, "Quotes_X_Vendors", quote)
    if links and chance.random() < 0.6:
        unlink(crm, quote, chance.choice(links))
    else:
        link(crm, quote, chance.choice(list(crm.simulator.records("Vendors"))))


def _act_on_lines(crm: Crm, chance: random.Random, quote: str) -> None:
    lines = rows_of(crm, "Quoted_Items", quote)
    act = chance.choice(("add", "remove", "edit", "remove all"))
    if act == "add" or not lines:
        add_line(crm, quote, Decimal(chance.randrange(1, 500)))
    elif act == "edit":
        total = Decimal(chance.randrange(1, 500))
        crm.org.update("Quoted_Items", chance.choice(lines), {"Total": total})
        _add_up(crm, quote)
    else:
        for line in lines if act == "remove all" else lines[:1]:
            crm.org.remove_line("Quotes", quote, "Quoted_Items", line)
        _add_up(crm, quote)
