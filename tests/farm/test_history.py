"""The questions that lists ask."""

from datetime import timedelta
from pathlib import Path

import pytest

from farm import history, repositories
from farm.access import Caller
from farm.boots import Boot
from farm.database import now
from farm.demo.shape import Part
from farm.farm import Farm
from farm.history import Filter, Page
from farm.states import Cause
from tests.conftest import PLAN, commit_files
from tests.farm import farm_steps as steps
from tests.farm.made_up import FLAPS, SHAPE, machine


def listed(farm: Farm, page: Page | None = None, **wanted: object) -> list[int]:
    with farm.db.reading() as session:
        found = history.list_boots(session, Filter(**wanted), page or Page())  # type: ignore[arg-type]
        return [boot.id for boot in found.rows]


@pytest.fixture
def boots(farm: Farm, admin: Caller, project: Path, tmp_path: Path) -> list[Boot]:
    """One that passed on null-1, one that failed on null-2, one that runs on null-1, one of another repository."""
    numbers = [steps.ready_boot(farm, admin) for _ in range(3)]
    steps.start_boot(farm, numbers[0])
    steps.finish_boot(farm, numbers[0])
    steps.start_boot(farm, numbers[1], "null-2")
    steps.finish_boot(farm, numbers[1], Cause.GUEST_PANIC)
    steps.start_boot(farm, numbers[2])
    commit_files(tmp_path / "other", {".bootfarm.toml": PLAN, "image.efi": "MZ other"})
    with farm.db.writing() as session:
        repositories.add_repository(session, farm.url_policy, url=str(tmp_path / "other"), name="other")
    numbers.append(steps.boots_of(farm, steps.submit(farm, Caller(None, "hook", admin.scopes), "other"))[0].id)
    return [steps.boot_now(farm, number) for number in numbers]


def test_boots_are_narrowed_by_each_filter_and_the_newest_comes_first(farm: Farm, boots: list[Boot]) -> None:
    good, bad, running, waiting = (boot.id for boot in boots)
    with farm.db.reading() as session:
        commit = session.merge(boots[0]).build.commit
    for wanted, numbers in [
        ({}, [waiting, running, bad, good]),
        ({"repository": ["project"]}, [running, bad, good]),
        ({"repository": ["project", "other"]}, [waiting, running, bad, good]),
        ({"repository": ["nowhere"]}, []),
        ({"machine": ["null-2"]}, [bad]),
        ({"machine": ["null-1", "null-2"]}, [running, bad, good]),
        ({"verdict": ["pass"]}, [good]),
        ({"verdict": ["pass", "fail"]}, [bad, good]),
        ({"verdict": ["running"]}, [running]),
        ({"verdict": ["waiting", "fail"]}, [waiting, bad]),
        ({"verdict": ["banana"]}, []),
        ({"commit": commit}, [running, bad, good]),
        ({"commit": commit[:4]}, [running, bad, good]),
        ({"commit": "zz"}, []),
        ({"image": boots[0].image}, [running, bad, good]),
        ({"submission": boots[1].submission_id}, [bad]),
        ({"person": 1}, [running, bad, good]),
        ({"person": -1}, []),
        ({"since": now() - timedelta(hours=1)}, [waiting, running, bad, good]),
        ({"since": now()}, []),
        ({"until": boots[1].created_at}, [good]),
        ({"machine": ["null-1"], "verdict": ["pass"], "repository": ["project"]}, [good]),
    ]:
        assert listed(farm, **wanted) == numbers, wanted


def test_builds_and_submissions_are_narrowed_too(farm: Farm, boots: list[Boot]) -> None:
    with farm.db.reading() as session:
        commit = session.merge(boots[0]).build.commit
        for wanted, builds, submissions in [
            (Filter(), 2, 4),
            (Filter(repository=["other"]), 1, 1),
            (Filter(commit=commit[:7]), 1, 3),
        ]:
            assert len(history.list_builds(session, wanted, Page()).rows) == builds
            assert len(history.list_submissions(session, wanted, Page()).rows) == submissions
        assert len(history.list_builds(session, Filter(verdict=["waiting"]), Page()).rows) == 1
        assert len(history.list_submissions(session, Filter(person=1), Page()).rows) == 3


def test_pages_neither_skip_nor_repeat_while_rows_are_added(farm: Farm, admin: Caller, project: Path) -> None:
    numbers = [steps.boots_of(farm, steps.submit(farm, admin))[0].id for _ in range(5)]
    seen: list[int] = []
    page: Page | None = Page(limit=2)
    while page:
        with farm.db.reading() as session:
            found = history.list_boots(session, Filter(), page)
        seen += [boot.id for boot in found.rows]
        page = Page(before=found.next, limit=2) if found.next else None
        steps.submit(farm, admin)
    assert seen == numbers[::-1]


def test_the_last_page_has_no_next(farm: Farm, boots: list[Boot]) -> None:
    with farm.db.reading() as session:
        assert history.list_boots(session, Filter(), Page(limit=4)).next is None
        assert history.list_boots(session, Filter(), Page(limit=3)).next == boots[1].id


def test_a_boot_knows_its_neighbours_on_the_machine_and_the_last_good_one(farm: Farm, boots: list[Boot]) -> None:
    good, bad, running, waiting = boots
    with farm.db.reading() as session:
        assert history.neighbours(session, good) == (None, running.id)
        assert history.neighbours(session, running) == (good.id, None)
        assert history.neighbours(session, waiting) == (None, None)
        assert history.last_good(session, running) == good.id
        assert history.last_good(session, bad) is None
        assert [boot.id for boot in history.running_boots(session)] == [running.id]


def test_the_queue_is_told_in_three_figures(farm: Farm, boots: list[Boot]) -> None:
    with farm.db.reading() as session:
        state = history.queue_state(session)
    assert (state.queued, state.cant_start, state.oldest) == (1, 0, boots[-1].created_at)


def test_an_empty_queue_has_no_oldest(farm: Farm) -> None:
    with farm.db.reading() as session:
        assert history.queue_state(session) == history.QueueState(0, 0, None)


def test_the_last_attempt_stands_for_its_chain(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.ready_boot(farm, admin)
    steps.start_boot(farm, number)
    again = steps.finish_boot(farm, number, Cause.POWER_FAILED)
    submission = steps.boot_now(farm, number).submission_id
    with farm.db.reading() as session:
        found = history.boots_of_submissions(session, [submission])
    assert [boot.id for boot in found[submission]] == [again]


def test_the_last_good_boot_is_one_whose_evidence_held_if_it_left_some(made_up: Farm) -> None:
    last = SHAPE.commits - 1
    with made_up.db.reading() as session:
        detour = session.get_one(Boot, SHAPE.boot(last, machine(Part.DETOUR)))
        good = history.last_good(session, detour)
        assert good is not None
        assert good <= SHAPE.boot(last - FLAPS, machine(Part.DETOUR)), "all later ones are contraindicated"
        assert session.get_one(Boot, good).verdict == "pass"
        for part in (Part.NEVER, Part.UNBOUND):
            one = session.get_one(Boot, SHAPE.boot(last, machine(part)))
            assert history.last_good(session, one) == SHAPE.boot(last - 1, machine(part)), part
