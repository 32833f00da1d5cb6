"""A made-up farm is marked as one, is never mixed with a real one, and its hash chain holds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from farm import chain, demo, machines, repositories
from farm.appraisals import AppraisalRow
from farm.boots import Boot
from farm.demo.seed import seed
from farm.demo.shape import Shape
from farm.errors import Conflict
from farm.farm import Farm
from farm.pcrs import PcrRun, PcrValue

SMALL = Shape(end=datetime.now(UTC), machines=7, commits=20)


def test_its_hash_chain_holds(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        walked = chain.walk(session, AppraisalRow.__table__)  # type: ignore[arg-type]
        rows = session.scalar(select(func.count()).select_from(AppraisalRow))
    assert walked.broken is None
    assert walked.rows == rows > 500


def test_its_timeline_is_that_of_its_values(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        for machine in (1, 2, 3):
            lane = (PcrValue.machine_id == machine, PcrValue.source == "platform", PcrValue.pcr == 1)
            shown = session.scalars(select(PcrValue.value).where(*lane).order_by(PcrValue.boot_id)).all()
            runs = select(PcrRun).where(PcrRun.machine_id == machine, PcrRun.source == "platform", PcrRun.pcr == 1)
            drawn = session.scalars(runs.order_by(PcrRun.first_boot)).all()
            assert [run.value for run in drawn for _ in range(run.boots)] == list(shown)


def test_it_says_that_it_is_made_up(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        banner = demo.banner_or_none(session)
        names = [one.name for one in repositories.repositories(session)]
    assert banner
    assert "made up" in banner
    assert names == ["made-up-runtime"]


def test_nothing_real_gets_into_it(made_up: Farm) -> None:
    with made_up.db.writing() as session:
        with pytest.raises(Conflict, match="made up"):
            machines.add_machine(session, name="real", lab="local", driver="null")
        with pytest.raises(Conflict, match="made up"):
            repositories.add_repository(session, made_up.url_policy, url="https://example.org/real.git")


def test_it_is_not_seeded_twice(made_up: Farm) -> None:
    with pytest.raises(Conflict, match="has its made-up history already"):
        seed(made_up, SMALL)


@pytest.mark.usefixtures("project")
def test_a_farm_with_something_of_its_own_is_refused_and_stays_as_it_is(farm: Farm) -> None:
    with pytest.raises(Conflict, match="nothing made up is mixed into a real history"):
        seed(farm, SMALL)
    with farm.db.reading() as session:
        assert demo.banner_or_none(session) is None
        assert session.scalar(select(func.count()).select_from(Boot)) == 0


def test_a_shape_without_room_for_every_part_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 7 machines and 20 commits"):
        Shape(end=SMALL.end, machines=3)


def test_the_last_boots_have_consoles_and_all_images_have_files(made_up: Farm, tmp_path: Path) -> None:
    with made_up.db.reading() as session:
        newest = session.scalars(select(Boot).where(Boot.console_bytes > 0).order_by(Boot.id.desc()).limit(1)).one()
    said = made_up.consoles.stream(f"boot-{newest.id}", "serial")
    assert said.size() == newest.console_bytes
    assert "made up" in said.read_lines(1, 1).lines[0].text
    assert newest.image is not None
    assert made_up.artifacts.stored(newest.image).read_bytes().startswith(b"made-up image")
