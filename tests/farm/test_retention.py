"""Retention: old raw bytes go, a tombstone says so; what somebody still needs stays, and no row ever goes."""

import base64
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
from farm.consoles import Chunk, Stream
from farm.database import now
from farm.errors import StorageFault
from farm.evidence import Evidence
from farm.farm import Farm
from farm.retention import ConsoleTombstone, Pruned, Removed, Tombstone
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
    assert retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada") == Removed(2, 1, [])
    assert not any(farm.artifacts.has(digest) for digest in files)
    assert stones(farm) == set(files)
    assert digests(farm, boot) == files
    assert [one.broken for one in verify_log(farm)] == [None, None]
    with farm.db.reading() as session, pytest.raises(Pruned, match="by ada: evidence older than 0 days"):
        retention.check_kept(session, boot, files)


def test_young_evidence_stays(farm: Farm, boot: int) -> None:
    assert retention.prune_farm(farm, older_than=timedelta(days=1), by="ada") == Removed(0, 0, [])
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
    assert retention.prune_farm(farm, older_than=timedelta(days=1), by="ada") == Removed(0, 0, [])
    assert [farm.artifacts.has(digest) for digest in files] == [True, True]
    with farm.db.reading() as session:
        assert judge_again(session, farm, again).ran is not None
        assert removed(session, files) == {}


def test_bytes_that_came_again_are_removed_again_in_their_time_with_a_tombstone_of_their_own(
    farm: Farm, admin: Caller, boot: int
) -> None:
    again, files = same_bytes_again(farm, admin, boot)
    assert retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="bob").files == 2
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


def console(farm: Farm, boot: int) -> bytes:
    stream = farm.consoles.stream(f"boot-{boot}", "serial")
    return b"".join(piece.data for piece in stream.iter_from(0) if isinstance(piece, Chunk))


def on_consoles(farm: Farm) -> list[tuple[int, str, int]]:
    with farm.db.reading() as session:
        return [(one.boot_id, one.rule, one.size) for one in session.scalars(select(ConsoleTombstone))]


def test_what_a_machine_printed_of_its_evidence_goes_with_the_files_and_no_line_moves(farm: Farm, boot: int) -> None:
    before = console(farm, boot)
    start = before.index(b"---BEGIN CITADEL-ATTEST---")
    blocks = [base64.b64encode(farm.artifacts.path(digest).read_bytes())[:60] for digest in digests(farm, boot)]
    assert all(block in before for block in blocks)
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    after = console(farm, boot)
    assert not any(block in after for block in blocks)
    assert [len(line) for line in after.splitlines()] == [len(line) for line in before.splitlines()]
    assert after[:start] == before[:start]
    assert after.splitlines()[-1] == before.splitlines()[-1]
    assert b"\r\n[removed: evidence older than 0 days]....." in after
    ((number, rule, size),) = on_consoles(farm)
    assert (number, rule) == (boot, "evidence older than 0 days")
    assert size > sum(len(block) for block in blocks)
    assert retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada") == Removed(0, 0, [])
    assert console(farm, boot) == after


def test_a_console_whose_text_is_gone_is_no_damaged_one(farm: Farm, admin: Caller, boot: int) -> None:
    again, _ = same_bytes_again(farm, admin, boot)
    with farm.db.reading() as session:
        assert judge_again(session, farm, again).ran is not None
        # Its files are here again, as the other boot's; its console is not what was appraised.
        with pytest.raises(Pruned, match=f"of boot-{boot} was removed at .* by ada: evidence older than 0"):
            judge_again(session, farm, boot)


def test_a_console_without_a_block_is_looked_at_once_and_stays(farm: Farm, admin: Caller, boot: int) -> None:
    silent = attest.build(farm, admin)
    steps.start_boot(farm, silent, "null-2")
    reported = attest.outcome(farm, silent, attest.Left(None))
    file = wire.EvidenceFile(name="a.bin", source=wire.EvidenceSource.ESP, digest=steps.store(farm, b"a"), size=1)
    farm.consoles.stream(f"boot-{silent}", "serial").append(0, b"hello\r\n", now())
    attest.finish(farm, silent, reported.model_copy(update={"evidence": [file]}))
    retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    assert console(farm, silent) == b"hello\r\n"
    assert (silent, "evidence older than 0 days", 0) in on_consoles(farm)
    with farm.db.reading() as session:
        assert retention.gone_from_console(session, silent) is None


def test_a_run_that_was_killed_between_stone_and_console_is_finished_by_the_next(
    farm: Farm, boot: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    before = console(farm, boot)
    monkeypatch.setattr("farm.consoles.stream.redact", killed)
    with pytest.raises(KeyboardInterrupt):
        retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    monkeypatch.undo()
    assert console(farm, boot) == before
    assert retention.prune_farm(farm, older_than=timedelta(days=30), by="bob") == Removed(0, 1, [])
    assert b"[removed: evidence older than 0 days]" in console(farm, boot), "by the rule that the stone names"


def test_a_console_that_can_not_be_written_is_told_keeps_no_other_and_is_tried_again(
    farm: Farm, admin: Caller, boot: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = attest.build(farm, admin)
    attest.run(farm, other)
    redact = Stream.redact

    def full(stream: Stream, *given: object) -> None:
        if f"boot-{boot}/" in str(stream._folder):
            raise StorageFault("The disk is full.")
        redact(stream, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Stream, "redact", full)
    done = retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")
    assert (done.consoles, done.faults) == (1, [f"boot-{boot}: The disk is full."])
    monkeypatch.undo()
    assert retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada") == Removed(0, 1, [])
    assert b"[removed" in console(farm, boot)


def test_two_runs_at_once_write_over_once(farm: Farm, boot: int) -> None:
    def run() -> Removed:
        return retention.prune_farm(farm, older_than=NOTHING_IS_YOUNG, by="ada")

    done = steps.at_once(run, run)
    assert all(isinstance(one, Removed) for one in done), done
    assert len(on_consoles(farm)) == 1
    assert b"[removed" in console(farm, boot)
