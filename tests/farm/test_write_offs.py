"""Writing off what the verifier always fails on: the history stays as it is, and nothing tries again by itself."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from farm import chain, retention
from farm.access import Caller
from farm.appraisals import AppraisalRow, OwedAppraisal, WriteOff, listing, owed, runs, write_offs
from farm.appraisals.owing import appraise_owed_one
from farm.appraisals.reappraising import reappraise_one
from farm.database import now
from farm.errors import BadRequest, NotFound
from farm.farm import Farm
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps


@pytest.fixture
def failing(farm: Farm, admin: Caller, project: Path) -> int:
    """A boot on whose evidence the verifier failed, and then once more."""
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    boot = attest.build(farm, admin)
    with attest.broken_verifier():
        attest.run(farm, boot)
        fail_again(farm)
    return boot


def fail_again(farm: Farm) -> None:
    attest.let_pauses_end(farm)
    with attest.broken_verifier():
        assert appraise_owed_one(farm) == 0


def give_up(farm: Farm, boot: int, why: str = "a bug in its event log") -> WriteOff:
    with farm.db.writing() as session:
        return write_offs.write_off(session, boot, by="ada", why=why)


def outcomes(farm: Farm, boot: int) -> list[tuple[int, str]]:
    return [(row.run, row.outcome) for row in attest.appraisals(farm, boot)]


def test_it_is_tried_no_more_and_no_row_of_the_history_changes(farm: Farm, failing: int) -> None:
    with farm.db.reading() as session:
        before = chain.walk(session, AppraisalRow.__table__)  # type: ignore[arg-type]
    made = give_up(farm, failing, "  a bug in its event log ")
    assert (made.boot_id, made.tries, made.by, made.why) == (failing, 2, "ada", "a bug in its event log")
    assert (made.fault, made.reappraisal_id) == ("RuntimeError: a bug of ours", None)
    assert made.owed_since < made.at
    attest.let_pauses_end(farm)
    assert appraise_owed_one(farm) == 0
    with farm.db.reading() as session:
        after = chain.walk(session, AppraisalRow.__table__)  # type: ignore[arg-type]
        assert (after.head, after.broken) == (before.head, None)
        assert listing.newest_result(session, failing)[:2] == ("error", "none")  # type: ignore[index]
        assert owed.owing(session).number == 0
        given_up = listing.given_up(session, failing)
    assert given_up
    assert given_up.why == "a bug in its event log"


def test_a_later_reappraisal_tries_it_again_and_it_may_be_owed_anew(farm: Farm, failing: int) -> None:
    give_up(farm, failing)
    with farm.db.writing() as session:
        number = runs.begin(session, policy_id=None, by="ada", why="a newer verifier").id
    with attest.broken_verifier():
        while reappraise_one(farm):
            pass
        reappraise_one(farm)
    with farm.db.reading() as session:
        assert listing.given_up(session, failing) is None, "it is owed anew"
    assert give_up(farm, failing, "still").reappraisal_id == number
    with farm.db.writing() as session:
        runs.begin(session, policy_id=None, by="ada", why="the bug is mended")
    assert reappraise_one(farm) == 1
    assert outcomes(farm, failing) == [(0, "error"), (1, "error"), (2, "done")]
    with farm.db.reading() as session:
        assert [one.why for one in write_offs.of_boot(session, failing)] == ["still", "a bug in its event log"]


def test_what_is_not_owed_or_has_no_reason_is_refused(farm: Farm, admin: Caller, failing: int) -> None:
    good = attest.build(farm, admin)
    attest.run(farm, good)
    with pytest.raises(BadRequest, match="for a reason"):
        give_up(farm, failing, " ")
    for boot in (good, 999, 10**30):
        with pytest.raises(NotFound, match=f"No appraisal of boot-{boot} is owed."):
            give_up(farm, boot)
    give_up(farm, failing)
    with pytest.raises(NotFound, match="is owed"):
        give_up(farm, failing)


def test_a_debt_that_is_paid_at_the_same_moment_is_paid_or_written_off(farm: Farm, failing: int) -> None:
    attest.let_pauses_end(farm)
    paid, given_up = steps.at_once(lambda: appraise_owed_one(farm), lambda: give_up(farm, failing))
    assert (paid, type(given_up)) in ((1, NotFound), (0, WriteOff))
    assert len(outcomes(farm, failing)) == 1 + (paid == 1)
    with farm.db.reading() as session:
        assert session.scalars(select(OwedAppraisal)).all() == []


def test_what_is_written_off_need_not_be_kept(farm: Farm, failing: int) -> None:
    assert retention.prune_farm(farm, older_than=timedelta(0), by="ada").files == 0, "it waits for its appraisal"
    give_up(farm, failing)
    assert retention.prune_farm(farm, older_than=timedelta(0), by="ada").files == 2


def test_what_is_owed_is_counted_and_what_fails_again_and_again_stands_out(
    farm: Farm, admin: Caller, failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with farm.db.reading() as session:
        assert (owed.owing(session).number, list(owed.stubborn(session, 5))) == (1, [])
    for _ in range(owed.STUBBORN - 2):
        fail_again(farm)
    later = attest.build(farm, admin)
    with attest.broken_verifier():
        attest.run(farm, later)
    with farm.db.reading() as session:
        found = owed.owing(session)
        assert (found.number, str(found)) == (2, "2")
        assert found.since
        assert found.since < now()
        assert [one.boot_id for one in owed.stubborn(session, 5)] == [failing]
        assert [one.boot_id for one in owed.debts(session, limit=1)] == [later, failing]
        assert [one.boot_id for one in owed.debts(session, below=later)] == [failing]
        monkeypatch.setattr(owed, "MOST_COUNTED", 1)
        assert str(owed.owing(session)) == "1+"
