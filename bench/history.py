"""The questions of the history: p95 of each over a large one, on SQLite and PostgreSQL.

The goals are for 1,000,000 boots with 5,000,000 PCR rows on SQLite, and 10,000,000 PCR rows on PostgreSQL. `make bench`
measures a tenth of that or less, so that it ends soon, and says so beside each figure. The full size takes minutes:
`python -m bench.history --boots 1000000 --postgresql-boots 2000000`.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
from sqlalchemy.orm import Session

from bench.figures import report, seconds
from bench.history_rows import COMMITS, MACHINES, PCRS, fill
from farm import asking
from farm.asking import Appraised, Changed, Measured, Page
from farm.asking.scope import Scope
from farm.database import now
from farm.farm import Farm
from tests.conftest import open_farm, postgresql_server

BOOTS = 100_000
FULL = {"SQLite": 1_000_000, "PostgreSQL": 2_000_000}  # boots that the goals are for, each with PCRS rows
RUNS = 40
WARM = 3  # calls that come first and don't count: they compile the statement
_NO_REDIS = "redis://127.0.0.1:1/0"
_WHOLE = "python -m bench.history " + " ".join(
    f"--{option} {FULL[name]}" for option, name in (("boots", "SQLite"), ("postgresql-boots", "PostgreSQL"))
)
Ask = Callable[[Session], object]


def main(boots: int = BOOTS, postgresql_boots: int = BOOTS) -> None:
    """Both databases."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _database("SQLite", open_farm(home / "sqlite", _NO_REDIS), boots)
        with postgresql_server() as pattern:
            host = pattern.rsplit("host=", 1)[1]
            with psycopg.connect(host=host, user="farm", dbname="postgres", autocommit=True) as admin:
                admin.execute("CREATE DATABASE bench")
            url = pattern.format("bench")
            _database("PostgreSQL", open_farm(home / "postgresql", _NO_REDIS, database_url=url), postgresql_boots)


def _database(name: str, farm: Farm, boots: int) -> None:
    try:
        _measure(name, farm, boots)
    finally:
        farm.db.dispose()


def _measure(name: str, farm: Farm, boots: int) -> None:
    took = seconds(lambda: fill(farm, boots))
    print(f"{name}: {size(boots)}, written in {took:.0f} s", flush=True)
    if boots < FULL[name]:
        print(f"{name}: the goals are for {size(FULL[name])}, which these figures are NOT of; measure that by {_WHOLE}")
    choice = random.Random(1)
    for question, ask in _questions(boots, choice).items():
        times = sorted([_ask(farm, ask) for _ in range(WARM + RUNS)][WARM:])
        p95 = times[int(RUNS * 0.95) - 1]
        report(f"{name}, {question}, p95", "ms", [p95], goal=goal(name, question, boots))


def size(boots: int) -> str:
    """How large a history is, in words."""
    return f"{boots:,} boots, {boots * PCRS:,} PCR rows"


def goal(name: str, question: str, boots: int) -> str:
    """The goal with the size that it is for, and the size that was measured."""
    limit = 100 if question.startswith("matrix") else 50
    return f"<= {limit} at {FULL[name]:,} boots, measured at {boots:,}"


def _ask(farm: Farm, ask: Ask) -> float:
    with farm.db.reading() as session:
        begun = time.perf_counter()
        ask(session)
        return (time.perf_counter() - begun) * 1000


def _questions(boots: int, choice: random.Random) -> dict[str, Ask]:
    def machine() -> Scope:
        return Scope(machines=(choice.randint(1, MACHINES),))

    def days(scope: Scope) -> Scope:
        since = now() - timedelta(days=choice.randint(10, 90))
        return Scope(scope.machines, None, since, since + timedelta(days=7))

    def ran(session: Session) -> object:
        row = asking.appraisals(session, Appraised(days(Scope()), page=Page(limit=1))).rows[0]
        return asking.machines_that_ran(session, asking.named_images(session, row.image), Scope())

    def at() -> Scope:
        return Scope(at=now() - timedelta(days=choice.randint(1, 95)))

    def of_key(session: Session) -> object:
        row = asking.appraisals(session, Appraised(days(Scope()), page=Page(limit=1))).rows[0]
        names = (asking.named_key(session, name) for name in (row.ak_name, row.platform_ak_name))
        return asking.appraisals(session, Appraised(days(Scope()), keys=tuple(names)))

    def of_image(session: Session) -> object:
        row = asking.appraisals(session, Appraised(days(Scope()), page=Page(limit=1))).rows[0]
        return asking.appraisals(session, Appraised(images=(asking.named_images(session, row.image_digest),)))

    def two() -> tuple[int, int]:
        return choice.randint(1, boots), choice.randint(1, boots)

    return {
        "latest tiers": lambda session: asking.latest_tiers(session, Scope()),
        "latest tiers at a moment": lambda session: asking.latest_tiers(session, at()),
        "appraisals of a machine in a week": lambda session: asking.appraisals(session, Appraised(days(machine()))),
        "appraisals of two keys": of_key,
        "appraisals of an image": of_image,
        "30 known images": lambda session: asking.known_images(session, page=Page(limit=30)),
        "30 known images at a moment": lambda session: asking.known_images(session, at().at, Page(limit=30)),
        "who ran an image": ran,
        "values of a machine": lambda session: asking.measurements(session, Measured(machine())),
        "values of a PCR everywhere": lambda session: asking.measurements(session, Measured(pcr=0)),
        "what changed between two boots": lambda session: asking.pcrs_of_two(session, *two()),
        "who relied on a value": lambda session: asking.boots_that_relied(session, choice.randint(1, COMMITS)),
        "who got worse this week": lambda session: asking.machines_that_got_worse(session, Scope()),
        "first changes": lambda session: asking.first_changed(session, Changed(news=True)),
        "first changes of any cause": lambda session: asking.first_changed(session, Changed()),
        "changes of a machine": lambda session: asking.changes(session, Changed(days(machine()))),
        "changes that are news": lambda session: asking.changes(session, Changed(news=True)),
        "changes of PCR 4 that are news": lambda session: asking.changes(session, Changed(pcrs=(4,), news=True)),
        "changes of a machine that are news": lambda session: asking.changes(session, Changed(machine(), news=True)),
        "matrix 40 x 30": lambda session: asking.matrix(session, 1, "main", Scope()),
        "matrix 40 x 30 at a moment": lambda session: asking.matrix(session, 1, "main", at()),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boots", type=int, default=BOOTS)
    parser.add_argument("--postgresql-boots", type=int, default=BOOTS)
    chosen = parser.parse_args()
    main(chosen.boots, chosen.postgresql_boots)
