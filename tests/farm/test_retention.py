"""Retention: old raw bytes go, a tombstone says so; what somebody still needs stays, and no row ever goes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from farm import chain, evidence, retention, wire
from farm.access import Caller
from farm.appraisals.kept import judge_again
from farm.appraisals.of_boot import removed
from farm.appraisals.verify_log import verify_log
from farm.evidence import Evidence
from farm.farm import Farm
from farm.retention import Pruned, Tombstone
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps

NOTHING_IS_YOUNG = timedelta(0)


@pytest.fixture
def boot(farm: Farm, admin: Caller, project: Path) -> int:
    """A boot that left two files."""
    steps.hello(farm)
    attest.enrol(farm)
    number = attest.build(farm, admin)
    attest.run(farm, number)
    return number


def digests(farm: Farm, boot: int) -> list[str]:
    with farm.db.reading() as session:
        return [one.digest for one in evidence.of_boot(session, boot)]


def stones(farm: Farm) -> set[str]:
    with farm.db.reading() as session:
        return set(session.scalars(select(Tombstone.digest)))


def test_old_bytes_go_and_rows_chains_and_a_tombstone_stay(farm: Farm, boot: int) -> None:
    files = digests(farm, boot)
    assert retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada") == 2
    assert not any(farm.artifacts.has(digest) for digest in files)
    assert stones(farm) == set(files)
    assert digests(farm, boot) == files
    assert [one.broken for one in verify_log(farm)] == [None, None]
    with farm.db.reading() as session, pytest.raises(Pruned, match="by ada: evidence older than 0 days"):
        retention.check_kept(session, boot, files)


def test_young_evidence_stays(farm: Farm, boot: int) -> None:
    assert retention.prune_farm(farm, older_than=timedelta(days=1), by="ada") == 0
    assert all(farm.artifacts.has(digest) for digest in digests(farm, boot))


def test_bytes_that_something_else_needs_stay(farm: Farm, boot: int) -> None:
    image = steps.boot_now(farm, boot).image
    assert image
    with farm.db.writing() as session:
        file = wire.EvidenceFile(name="image.bin", source=wire.EvidenceSource.ESP, digest=image, size=1)
        evidence.record(session, boot, [file])
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    assert farm.artifacts.has(image)
    assert image not in stones(farm)


def test_evidence_whose_appraisal_is_owed_stays(farm: Farm, admin: Caller, boot: int) -> None:
    again = attest.build(farm, admin)
    with attest.broken_verifier():
        attest.run(farm, again)
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    assert [farm.artifacts.has(digest) for digest in digests(farm, again)] == [True, True]


def test_a_run_that_was_killed_after_its_commit_is_finished_by_the_next(farm: Farm, boot: int) -> None:
    with farm.db.writing() as session:
        gone = retention.prune(session, older_than=NOTHING_IS_YOUNG, by="ada")
    assert all(farm.artifacts.has(digest) for digest in gone)
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    assert not any(farm.artifacts.has(digest) for digest in gone)


def same_bytes_again(farm: Farm, admin: Caller, boot: int, machine: str = "null-2") -> tuple[int, list[str]]:
    """A later boot leaves the same bytes as this one did, as a forged constant block would."""
    again = attest.build(farm, admin)
    left = [farm.artifacts.path(digest).read_bytes() for digest in digests(farm, boot)]
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    attest.run(farm, again, machine, left=lambda: attest.Left(*left))
    return again, digests(farm, again)


def test_equal_bytes_of_a_later_boot_outlive_the_tombstone_of_the_old_ones(
    farm: Farm, admin: Caller, boot: int
) -> None:
    again, files = same_bytes_again(farm, admin, boot)
    assert set(files) == stones(farm)
    assert retention.prune_farm(farm, older_than=timedelta(days=1), by="ada") == 0
    assert [farm.artifacts.has(digest) for digest in files] == [True, True]
    with farm.db.reading() as session:
        assert judge_again(session, farm, again).ran is not None
        assert removed(session, files) == {}


def test_bytes_that_came_again_are_removed_again_in_their_time_with_a_tombstone_of_their_own(
    farm: Farm, admin: Caller, boot: int
) -> None:
    again, files = same_bytes_again(farm, admin, boot)
    assert retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="bob") == 2
    assert not any(farm.artifacts.has(digest) for digest in files)
    with farm.db.reading() as session, pytest.raises(Pruned, match="by bob"):
        judge_again(session, farm, again)
    with farm.db.reading() as session:
        assert [one.by for one in session.scalars(select(Tombstone).order_by(Tombstone.at))] == ["ada"] * 2 + [
            "bob"
        ] * 2


def test_a_file_of_a_build_that_equals_removed_evidence_stays(farm: Farm, admin: Caller, boot: int) -> None:
    file = digests(farm, boot)[0]
    data = farm.artifacts.path(file).read_bytes()
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    assert not farm.artifacts.has(file)
    attest.build(farm, admin, efi=data, fresh_build=True)
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    assert farm.artifacts.has(file)


@pytest.mark.parametrize("statement", ["UPDATE tombstones SET rule = ''", "DELETE FROM tombstones"])
def test_a_tombstone_stands_for_ever(farm: Farm, boot: int, statement: str) -> None:
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    with pytest.raises(DBAPIError, match="append-only"), farm.db.writing() as session:
        session.execute(text(statement))


def test_the_chain_does_not_notice(farm: Farm, boot: int) -> None:
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    with farm.db.reading() as session:
        assert chain.walk(session, Evidence.__table__).rows == 2
