"""Faults of ours in the middle of an appraisal: never a verdict about the evidence, and made good later."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from farm import boots, chain, enrolments, machines
from farm.access import Caller
from farm.appraisals import AppraisalRow, OwedAppraisal, finishing, grounds, kept
from farm.appraisals.owing import appraise_owed_one
from farm.boots import Boot
from farm.database import now
from farm.errors import Conflict
from farm.evidence.inputs import ReferenceState
from farm.farm import Farm
from farm.references import Reference, ReferenceKind, rules, states
from farm.states import BootState, Cause
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps


@pytest.fixture
def ready(farm: Farm, admin: Caller, project: Path) -> int:
    """A boot that is bound to end affirming."""
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    return attest.build(farm, admin)


def owed(farm: Farm) -> list[int]:
    with farm.db.reading() as session:
        return list(session.scalars(select(OwedAppraisal.boot_id)))


def outcomes(farm: Farm, boot: int) -> list[tuple[int, str, str]]:
    return [(row.run, row.outcome, row.tier) for row in attest.appraisals(farm, boot)]


def test_what_is_owed_is_paid_by_a_pass_and_both_rows_stay(farm: Farm, ready: int) -> None:
    with attest.broken_verifier():
        attest.run(farm, ready)
    assert owed(farm) == [ready]
    assert appraise_owed_one(farm) == 0, "not at once"
    attest.let_pauses_end(farm)
    assert appraise_owed_one(farm) == 1
    assert outcomes(farm, ready) == [(0, "error", "none"), (1, "done", "affirming")]
    assert owed(farm) == []


def test_a_verifier_that_fails_again_waits_longer_and_writes_no_more_rows(farm: Farm, ready: int) -> None:
    with attest.broken_verifier():
        attest.run(farm, ready)
        attest.let_pauses_end(farm)
        assert appraise_owed_one(farm) == 0
    assert outcomes(farm, ready) == [(0, "error", "none")]
    with farm.db.reading() as session:
        row = session.scalars(select(OwedAppraisal)).one()
        assert row.tries == 2
        assert row.not_before > now() + timedelta(seconds=15)


def test_two_dispatchers_pay_once(farm: Farm, ready: int) -> None:
    with attest.broken_verifier():
        attest.run(farm, ready)
    attest.let_pauses_end(farm)
    done = steps.at_once(lambda: appraise_owed_one(farm), lambda: appraise_owed_one(farm))
    assert sorted(map(str, done)) == ["0", "1"]
    assert outcomes(farm, ready) == [(0, "error", "none"), (1, "done", "affirming")]


def test_two_workers_that_finish_one_boot_at_once_make_one_appraisal(farm: Farm, ready: int) -> None:
    lease = steps.start_boot(farm, ready)
    reported = attest.outcome(farm, ready, attest.good(farm, ready))

    def finish() -> None:
        judged = finishing.look(farm, ready, reported)
        with farm.db.writing() as session:
            finishing.finish(session, farm, boots.holder(session, lease), reported, judged)

    results = steps.at_once(finish, finish)
    assert [type(one) for one in results if one is not None] == [Conflict]
    assert outcomes(farm, ready) == [(0, "done", "affirming")]


def test_a_database_that_goes_away_mid_appraisal_is_no_verdict(
    farm: Farm, ready: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.start_boot(farm, ready)
    reported = attest.outcome(farm, ready, attest.good(farm, ready))

    def gone(*_: object) -> bool:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    monkeypatch.setattr(grounds.Seen, "__contains__", gone)
    attest.finish(farm, ready, reported)
    monkeypatch.undo()
    assert outcomes(farm, ready) == [(0, "error", "none")]
    attest.let_pauses_end(farm)
    assert appraise_owed_one(farm) == 1
    assert outcomes(farm, ready)[1:] == [(1, "done", "affirming")]


def test_a_farm_killed_before_the_commit_has_written_nothing_and_the_worker_says_it_again(
    farm: Farm, ready: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.start_boot(farm, ready)
    reported = attest.outcome(farm, ready, attest.good(farm, ready))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(finishing, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        attest.finish(farm, ready, reported)
    monkeypatch.undo()
    assert steps.boot_now(farm, ready).state == BootState.RUNNING
    assert outcomes(farm, ready) == []
    attest.finish(farm, ready, reported)
    assert outcomes(farm, ready) == [(0, "done", "affirming")]
    with farm.db.reading() as session:
        assert chain.walk(session, AppraisalRow.__table__).broken is None


def test_evidence_that_the_farms_disk_lost_is_no_bad_evidence(farm: Farm, ready: int) -> None:
    steps.start_boot(farm, ready)
    reported = attest.outcome(farm, ready, attest.good(farm, ready))
    lost = farm.artifacts.path(reported.evidence[0].digest)
    kept = lost.read_bytes()
    lost.unlink()
    attest.finish(farm, ready, reported)
    assert outcomes(farm, ready) == [(0, "error", "none")]
    lost.write_bytes(kept)
    attest.let_pauses_end(farm)
    assert appraise_owed_one(farm) == 1
    assert outcomes(farm, ready)[-1] == (1, "done", "affirming")


def set_clock_back(farm: Farm, boot: int) -> None:
    """As if the farm's clock had been right at the claim, and was set back by an hour since."""
    with farm.db.writing() as session:
        later = {"started_at": now() + timedelta(hours=1), "nonce_expires_at": now() + timedelta(hours=2)}
        session.execute(update(Boot).where(Boot.id == boot).values(**later))


def test_a_clock_that_was_set_back_is_our_fault_until_it_is_right_again(
    farm: Farm, ready: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    attest.ask(farm, ready, require="affirming")
    steps.start_boot(farm, ready)
    set_clock_back(farm, ready)
    attest.finish(farm, ready, attest.outcome(farm, ready, attest.good(farm, ready)))
    assert steps.boot_now(farm, ready).cause == Cause.VERIFIER_ERROR
    attest.let_pauses_end(farm)
    assert appraise_owed_one(farm) == 0, "the clock is still wrong"
    attest.let_pauses_end(farm)
    right = now() + timedelta(hours=3)
    monkeypatch.setattr("farm.appraisals.kept.now", lambda: right)
    assert appraise_owed_one(farm) == 1
    assert outcomes(farm, ready)[-1] == (1, "done", "affirming")


def test_a_value_retired_while_the_boot_runs_counts_as_retired(farm: Farm, ready: int) -> None:
    attest.ask(farm, ready, require="affirming")
    steps.start_boot(farm, ready)
    left = attest.good(farm, ready)
    attest.decide_all(farm, ReferenceState.RETIRED)
    attest.finish(farm, ready, attest.outcome(farm, ready, left))
    assert steps.boot_now(farm, ready).cause == Cause.EVIDENCE_REJECTED
    assert (attest.newest(farm, ready).tier, attest.newest(farm, ready).reason) == ("warning", "image")


def test_a_value_denied_between_judging_and_writing_counts_as_denied(farm: Farm, ready: int) -> None:
    steps.start_boot(farm, ready)
    reported = attest.outcome(farm, ready, attest.good(farm, ready))
    judged = finishing.look(farm, ready, reported)
    assert judged is not None
    assert judged.tier == "affirming"
    attest.decide_all(farm, ReferenceState.DENIED)
    with farm.db.writing() as session:
        finishing.finish(session, farm, boots.boot(session, ready), reported, judged)
    assert (attest.newest(farm, ready).tier, attest.newest(farm, ready).reason) == ("contraindicated", "image")


def test_a_denial_that_is_not_committed_yet_is_waited_for(farm: Farm, ready: int) -> None:
    steps.start_boot(farm, ready)
    reported = attest.outcome(farm, ready, attest.good(farm, ready))
    judged = finishing.look(farm, ready, reported)
    with Session(farm.db.engine) as other:
        image = other.scalars(select(Reference).where(Reference.kind == ReferenceKind.IMAGE)).one()
        states.decide(other, image, ReferenceState.DENIED, by="bob", why="malware")

        def end() -> None:
            with farm.db.writing() as session:
                finishing.finish(session, farm, boots.boot(session, ready), reported, judged)

        with ThreadPoolExecutor(1) as pool:
            ending = pool.submit(end)
            with pytest.raises(TimeoutError):
                ending.result(0.5)
            other.commit()
            ending.result(30)
    assert (attest.newest(farm, ready).tier, attest.newest(farm, ready).reason) == ("contraindicated", "image")


def test_a_key_that_was_ended_between_judging_and_writing_is_not_the_machines(farm: Farm, ready: int) -> None:
    steps.start_boot(farm, ready)
    reported = attest.outcome(farm, ready, attest.good(farm, ready))
    judged = finishing.look(farm, ready, reported)
    assert judged is not None
    assert judged.tier == "affirming"
    with farm.db.writing() as session:
        enrolments.end(session, machines.machine(session, "null-1"), by="ada", why="stolen")
    with farm.db.writing() as session:
        finishing.finish(session, farm, boots.boot(session, ready), reported, judged)
    row = attest.newest(farm, ready)
    assert (row.tier, row.reason) == ("contraindicated", "binding-ak-known")


def test_a_rule_that_was_ended_between_judging_and_writing_approves_nothing(farm: Farm, ready: int) -> None:
    steps.start_boot(farm, ready)
    reported = attest.outcome(farm, ready, attest.good(farm, ready))
    judged = finishing.look(farm, ready, reported)
    with farm.db.writing() as session:
        for rule in rules.standing(session):
            rules.end(session, rule, by="ada", why="no more")
    with farm.db.writing() as session:
        finishing.finish(session, farm, boots.boot(session, ready), reported, judged)
    assert (attest.newest(farm, ready).tier, attest.newest(farm, ready).reason) == ("warning", "binding-firmware")


def test_one_boot_that_cant_be_appraised_at_all_keeps_no_other_waiting(
    farm: Farm, admin: Caller, ready: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = attest.build(farm, admin)
    with attest.broken_verifier():
        attest.run(farm, ready)
        attest.run(farm, other)
    attest.let_pauses_end(farm)
    collect = kept.collect

    def broken(farm: Farm, boot_id: int, files: object) -> object:
        if boot_id == ready:
            raise RuntimeError("a bug of ours")
        return collect(farm, boot_id, files)  # type: ignore[arg-type]

    monkeypatch.setattr(kept, "collect", broken)
    assert appraise_owed_one(farm) == 1
    assert outcomes(farm, other)[-1] == (1, "done", "affirming")
    with farm.db.reading() as session:
        row = session.scalars(select(OwedAppraisal)).one()
    assert (row.boot_id, row.tries, row.why) == (ready, 2, "RuntimeError: a bug of ours")
    assert row.not_before > now()


def test_a_farm_without_keys_appraises_and_signs_nothing(farm: Farm, ready: int) -> None:
    attest.run(farm, ready)
    assert attest.newest(farm, ready).ear == ""
