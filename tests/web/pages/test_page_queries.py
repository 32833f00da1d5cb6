"""A page asks the database as often for many rows as for few."""

import pytest
from sqlalchemy import event

from farm.farm import Farm
from tests.farm.plan_reading import plan, reads_whole
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed
from web.pages import tier_strips


def queries(farm: Farm, browser: Browser, url: str) -> int:
    """How many questions a page asks."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(farm.db.engine, "before_cursor_execute", note)
    browser.get(url)
    event.remove(farm.db.engine, "before_cursor_execute", note)
    return sum(statement.lstrip().startswith("SELECT") for statement in seen)


def grow(seed: Seed, row: int) -> None:
    """One more of everything, related to nothing that was there."""
    seed.machine(f"more-{row}")
    number = seed.submission(f"subject {row}", repository=f"project-{row}", commit=f"{row:040x}")
    seed.built(number)
    seed.passed(number, f"more-{row}")
    seed.boot(number, f"more-{row}", state="running")


@pytest.mark.parametrize("url", ["/", "/boots", "/builds", "/submissions", "/machines"])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    browser: Browser, seed: Seed, page_farm: Farm, url: str
) -> None:
    grow(seed, 0)
    few = queries(page_farm, browser, url)
    for row in range(1, 6):
        grow(seed, row)
    assert queries(page_farm, browser, url) <= few
    assert few <= 16


@pytest.mark.parametrize("name", ["_STAMP", "_OPEN"])
def test_what_each_poll_of_the_overview_asks_reads_no_table_whole(made_up: Farm, name: str) -> None:
    explained = plan(made_up, lambda session: session.execute(getattr(tier_strips, name)))
    assert [line for line in explained if reads_whole(line)] == []
    used = " ".join(explained)
    expected = {
        "_STAMP": {"ix_boots_live"},
        "_OPEN": {"ix_changes_cause_at_id", "ix_changes_worse", "ix_changes_what_at_id"},
    }[name]
    sqlite = made_up.db.engine.dialect.name == "sqlite"
    found = {one for one in expected if one in used}
    assert found == expected if sqlite else found, used
