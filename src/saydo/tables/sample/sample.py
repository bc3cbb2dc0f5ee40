"""The sample company, written: all tables of the contract, and the truth about them.

Chunks of customers are made one after the other, each from its own stream of random numbers, so
that memory does not grow with their number. The same seed and size give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import numpy as np

from saydo.errors import SaydoError
from saydo.tables.sample import company, market
from saydo.tables.sample.behaviour import live
from saydo.tables.sample.calendar import Calendar
from saydo.tables.sample.columns import SECONDS_A_DAY, ids
from saydo.tables.sample.contacts import asked_again, calls
from saydo.tables.sample.further_answers import (
    answers_after_tickets,
    complaint_answers,
    further_answers,
)
from saydo.tables.sample.mentions import public_comments, survey_comments
from saydo.tables.sample.orders import active_months, costs, events, orders, place_orders, sold
from saydo.tables.sample.people import customers as customers_table
from saydo.tables.sample.people import people
from saydo.tables.sample.sessions import sessions
from saydo.tables.sample.subscriptions import subscriptions
from saydo.tables.sample.survey import answers, invitations, responses, waves
from saydo.tables.sample.tally import Tally
from saydo.tables.sample.tickets import handle, joined, tickets
from saydo.tables.sample.truth import truth
from saydo.tables.sample.writer import FileFormat, Files

CHUNK = 50_000
FEWEST_CUSTOMERS, FEWEST_MONTHS = 100, 24


def write_sample(
    folder: Path,
    *,
    customers: int = 20_000,
    months: int = 36,
    seed: int = 1,
    until: date = date(2025, 12, 31),
    format: FileFormat = "parquet",
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Write the sample company to `folder`: one file per table, and `truth.json`.

    Args:
        folder: Where to; made if it is not there. Files of the same names are replaced.
        customers: How many there are or were, at least 100.
        months: Length of the window, at least 24; made up to whole quarters.
        seed: Same seed, same company, to the byte.
        until: Last day of the window: the last day of a calendar quarter.
        format: parquet or csv.
        progress: Called with how many customers are done, and how many there are.

    Returns:
        The truth, as in `truth.json`; see `truth` for what it holds.

    Raises:
        SaydoError: A size or a day is not possible; says which is.
    """
    _check(customers, months, seed, until, format)
    calendar = Calendar(until, n_quarters=-(-months // 3))
    tally, company_sums = Tally(calendar), _Sums(calendar)
    firsts = range(0, customers, CHUNK)
    own, *streams = np.random.SeedSequence(seed).spawn(len(firsts) + 1)
    with Files(Path(folder), format) as files:
        for first, stream in zip(firsts, streams, strict=True):
            count = min(CHUNK, customers - first)
            rng, more = _generators(stream)
            _write_chunk(
                files, rng, more, tally, company_sums, first=first, count=count, total=customers
            )
            if progress:
                progress(first + count, customers)
        _write_surroundings(files, *_generators(own), company_sums)
        facts = truth(tally, seed=seed)
        files.write_text("truth.json", json.dumps(facts, indent=2) + "\n")
    return facts


def _generators(stream: np.random.SeedSequence) -> tuple[np.random.Generator, np.random.Generator]:
    """The random numbers of a stream, and others for what the sample had not at first.

    Whatever is added to the sample draws from the second, so that what was there stays as it is.
    """
    (child,) = stream.spawn(1)
    return np.random.default_rng(stream), np.random.default_rng(child)


class _Sums:
    """What the tables about the market need to know of all chunks, and the rows so far."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.sold = np.zeros((calendar.n_months, len(company.MARKETS), 4))
        self.new = np.zeros(
            (calendar.n_months, len(company.MARKETS), len(company.CHANNELS)), np.int64
        )
        self.rows: dict[str, int] = {}


def _write_chunk(
    files: Files,
    rng: np.random.Generator,
    more: np.random.Generator,
    tally: Tally,
    sums: _Sums,
    *,
    first: int,
    count: int,
    total: int,
) -> None:
    calendar, rows = sums.calendar, sums.rows

    def write(name: str, columns: dict[str, Any], *, counted_as: str = "") -> None:
        counted_as = counted_as or name
        rows[counted_as] = rows.get(counted_as, 0) + len(next(iter(columns.values())))
        files.write(name, columns)

    group = people(rng, calendar, first=first, count=count, total=total)
    lives = live(rng, group, calendar)
    names = ids("C", group.number)
    write("customers", customers_table(group, lives.left, names))

    placed = place_orders(rng, group, lives, calendar)
    write("orders", orders(rng, placed, calendar, names, first=rows.get("orders", 0)))
    n_orders, n_tickets = active_months(placed, lives, calendar)
    write("costs", costs(rng, n_orders, n_tickets, calendar, names))
    write("events", events(rng, group, lives, calendar, names))
    write("subscriptions", subscriptions(rng, group, lives.left, calendar, names))

    opened = lives.tickets
    quarter = calendar.month_of(opened.opened // SECONDS_A_DAY) // 3
    before = lives.score[opened.customer, quarter]
    handled = handle(rng, more, opened, before, calendar)
    numbers = ids("T", rows.get("tickets", 0) + np.arange(len(opened.opened)), width=8)
    write("tickets", tickets(handled, numbers, names))

    asked = waves(rng, group, lives, calendar)
    write("invitations", invitations(asked, names))
    said = responses(rng, asked, group, lives)
    write("answers", answers(said, names))
    written = rows.get("comments", 0)
    write("comments", survey_comments(rng, asked, group, lives, names, first=written))
    write("leads", market.leads(rng, group, calendar, names, first=rows.get("leads", 0)))

    # What the sample had not at first. It is numbered apart, for numbers too stay as they were.
    def add(name: str, columns: dict[str, Any]) -> None:
        write(name, columns, counted_as=f"further {name}")

    add("answers", further_answers(more, said, group, lives, names))
    add("answers", complaint_answers(more, lives, handled, calendar, names))
    add("answers", answers_after_tickets(more, lives, handled, calendar, names))
    contacts = joined(
        [asked_again(more, lives, handled, calendar), calls(more, lives, said, calendar)]
    )
    numbers = ids("U", rows.get("further tickets", 0) + np.arange(len(contacts.opened)), width=8)
    add("tickets", tickets(contacts, numbers, names))
    written = rows.get("further comments", 0)
    add("comments", public_comments(more, group, lives, calendar, names, first=written))
    add("events", sessions(more, group, lives, placed, calendar, names))

    sums.sold += sold(placed, n_orders, group, calendar)
    sums.new += market.new_customers(group, calendar)
    tally.add(group, lives, asked)


def _write_surroundings(
    files: Files, rng: np.random.Generator, more: np.random.Generator, sums: _Sums
) -> None:
    files.write("marketing", market.marketing(rng, sums.new, sums.calendar))
    files.write("market", market.market(rng, sums.sold, sums.calendar))
    files.write("brand_tracker", market.brand_tracker(rng, sums.calendar))
    files.write("wallet", market.wallet(rng, more, sums.calendar))
    files.write("kano", market.kano(rng, more, sums.calendar))
    files.write("searches", market.searches(rng, sums.calendar))


def _check(customers: int, months: int, seed: int, until: date, format: str) -> None:
    """Refuse what can't be made, all of it at once."""
    after = until + timedelta(days=1)
    problems = []
    if customers < FEWEST_CUSTOMERS:
        problems.append(f"customers is {customers}, but a company needs {FEWEST_CUSTOMERS} or more")
    if months < FEWEST_MONTHS:
        problems.append(
            f"months is {months}, but its last year is compared with the one before, "
            f"which takes {FEWEST_MONTHS} or more"
        )
    if seed < 0:
        problems.append(f"seed is {seed}, but must be 0 or more")
    if (after.day, after.month % 3) != (1, 1):
        problems.append(f"until is {until}, but must end a quarter, as 2025-12-31 does")
    if format not in get_args(FileFormat):
        problems.append(f"format is {format!r}, but must be parquet or csv")
    if problems:
        raise SaydoError("The sample company can't be written: " + "; ".join(problems) + ".")
