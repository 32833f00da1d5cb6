"""A made-up farm is marked as one, is never mixed with a real one, and its hash chain holds."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from farm import chain, demo, machines, repositories
from farm.appraisals import AppraisalRow, WriteOff
from farm.appraisals.standing import standing_of
from farm.boots import Boot
from farm.changes import Change
from farm.changes.noting import differences
from farm.demo.seed import seed
from farm.demo.shape import Shape
from farm.enrolments import Enrolment, ak_name
from farm.errors import Conflict
from farm.evidence.step_names import ALL
from farm.farm import Farm
from farm.pcrs import PcrRun, PcrValue
from farm.references import Reference, ReferenceStateRow, Reliance
from tests.farm.made_up import SHAPE

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


def test_its_changes_are_those_that_the_farm_finds_between_its_appraisals(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        done = select(AppraisalRow).where(AppraisalRow.outcome == "done")
        for machine in SHAPE.cast:
            mine = done.where(AppraisalRow.machine_id == machine.number).order_by(AppraisalRow.boot_id)
            sides = [standing_of(session, row) for row in session.scalars(mine)]
            assert all(side.image_state == "approved" for side in sides)
            found = [
                (before.boot_id, after.boot_id, *one.values())
                for before, after in pairwise(sides)
                for one in differences(before, after)
            ]
            kept = select(Change).where(Change.machine_id == machine.number).order_by(Change.id)
            assert [
                (row.boot_before, row.boot_after, row.kind, row.what, row.before, row.after, row.cause, row.worse)
                for row in session.scalars(kept)
            ] == found


def test_its_values_were_in_the_state_that_its_appraisals_met_at_that_moment(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        known = {one.id: one for one in session.scalars(select(Reference))}
        decisions: dict[int, list[ReferenceStateRow]] = {}
        for decided in session.scalars(select(ReferenceStateRow).order_by(ReferenceStateRow.id)):
            decisions.setdefault(decided.reference_id, []).append(decided)
        rows = session.scalars(select(AppraisalRow).order_by(AppraisalRow.id)).all()
        relied = {(one.appraisal_id, one.reference_id) for one in session.scalars(select(Reliance))}
    shown: set[int] = set()
    for row in rows:
        for number, kind, state, pcr in row.facts.get("references", []):
            shown.add(number)
            assert (row.id, number) in relied
            assert (known[number].kind, known[number].pcr) == (kind, pcr)
            assert state == [one.state for one in decisions[number] if one.at <= row.at][-1]
            if kind == "firmware":
                assert (known[number].machine_id, known[number].firmware) == (row.machine_id, row.firmware)
                assert (known[number].boot_id or 0) <= row.boot_id
    assert {number for number, one in known.items() if one.kind == "firmware"} <= shown, "nobody knows what never ran"
    assert {one.state for one in known.values()} == {"approved", "retired"}
    assert all(decisions[number][-1].state == one.state for number, one in known.items())


def test_its_appraisals_say_what_real_ones_say(made_up: Farm) -> None:
    with made_up.db.reading() as session:
        newest = session.scalars(select(AppraisalRow).where(AppraisalRow.run == 0).order_by(AppraisalRow.id.desc()))
        by_reason = {row.reason: row for row in newest}
        keys = {one.machine_id: one for one in session.scalars(select(Enrolment))}
        given_up = session.scalars(select(WriteOff)).one()
    assert set(by_reason) == {"", "binding", "binding-pcr4", "binding-firmware", "verifier-error"}
    for reason, row in by_reason.items():
        assert "made-up" in row.facts["tags"]
        assert row.facts.get("enrolled", "") == (keys[row.machine_id].ak_name if row.machine_id in keys else "")
        steps = {step["name"]: step for step in row.steps}
        if reason == "verifier-error":
            assert (steps, row.facts["fault"]) == ({}, given_up.fault)
            continue
        assert list(steps) == list(ALL)
        said = {step["name"] for step in row.steps if step["outcome"] != "not-run"}
        assert all(steps[name]["expected"] and steps[name]["actual"] for name in said)
        assert steps["image"]["expected"] == steps["image"]["actual"] == row.image_digest
        assert row.facts["pcrs"][0][0] == 10
        if reason == "binding":
            assert (steps["binding"]["outcome"], steps["binding"]["expected"]) == ("not-run", "an outer quote")
        elif reason:
            assert (steps[reason]["outcome"], steps["binding"]["outcome"]) == ("fail", "fail")
            assert steps[reason]["detail"]
    straight = by_reason["binding-pcr4"].steps[-2]
    assert straight["expected"] != straight["actual"]
    assert keys[1].ak_name == ak_name(bytes.fromhex(keys[1].public))


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
