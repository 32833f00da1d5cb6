"""Boots and their leases: exactly one effect, bounded retries, cancelling at any time, and machines set free."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from farm import boots, leases, machines, passes, wire
from farm.access import Caller
from farm.boots import Boot
from farm.errors import Conflict, NotFound
from farm.farm import Farm
from farm.job_tokens import Lease as LeaseName
from farm.leases import Lease
from farm.machines import BAD_AFTER, Machine
from farm.states import BootState, Cause, Verdict
from tests.farm import farm_steps as steps


@pytest.fixture
def boot(farm: Farm, admin: Caller, project: Path) -> int:
    """A boot that waits for a machine."""
    return steps.ready_boot(farm, admin)


def machine(farm: Farm, name: str = "null-1") -> Machine:
    with farm.db.reading() as session:
        return machines.machine(session, name)


def open_leases(farm: Farm) -> int:
    with farm.db.reading() as session:
        return session.scalar(select(func.count()).select_from(Lease).where(Lease.released_at.is_(None))) or 0


def wish_cancel(farm: Farm, number: int) -> None:
    with farm.db.writing() as session:
        boots.cancel(session, boots.boot(session, number), "ada")


def chain(farm: Farm, number: int) -> list[Boot]:
    with farm.db.reading() as session:
        return boots.attempts(session, boots.boot(session, number))


def test_a_lease_sets_the_machine_aside_and_a_claim_starts_the_boot(farm: Farm, boot: int) -> None:
    assert steps.lease_boot(farm, boot)
    assert (machine(farm).state, steps.boot_now(farm, boot).state) == ("leased", BootState.LEASED)
    lease = steps.claim_boot(farm, boot)
    found = steps.boot_now(farm, boot)
    assert (found.state, found.worker, found.machine_id) == (BootState.RUNNING, "worker-1", 1)
    assert lease == LeaseName("boot", boot, machine(farm).fence)
    with farm.db.reading() as session:
        assert boots.holder(session, lease).id == boot
        assert leases.live(session, machine(farm).lab_id) == [lease.name]


def test_a_boot_that_waits_cannot_be_claimed(farm: Farm, boot: int) -> None:
    with pytest.raises(Conflict, match="is queued and can't become running"):
        steps.claim_boot(farm, boot)


def test_fences_of_a_machine_only_grow(farm: Farm, admin: Caller, boot: int) -> None:
    fences = []
    for number in (boot, steps.ready_boot(farm, admin), steps.ready_boot(farm, admin)):
        fences.append(steps.start_boot(farm, number).fence)
        steps.finish_boot(farm, number)
    assert fences == sorted(set(fences))


@pytest.mark.parametrize(("cause", "health"), [(None, "good"), (Cause.GUEST_PANIC, "good"), (Cause.BY_USER, "unknown")])
def test_a_finish_frees_the_machine_and_says_something_of_its_health(
    farm: Farm, boot: int, cause: Cause | None, health: str
) -> None:
    steps.start_boot(farm, boot)
    assert steps.finish_boot(farm, boot, cause) is None
    assert (machine(farm).state, machine(farm).health, open_leases(farm)) == ("idle", health, 0)


def test_a_finish_is_written_once(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    steps.finish_boot(farm, boot)
    with pytest.raises(Conflict, match="is finished and can't become finished"):
        steps.finish_boot(farm, boot, Cause.GUEST_PANIC)
    assert steps.boot_now(farm, boot).verdict == Verdict.PASS


def test_steps_and_cases_are_kept_with_the_verdict(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    began = datetime.now(UTC)
    step = wire.Step(name="power on", state=wire.StepState.OK, started_at=began)
    cases = [wire.Case(name="line 1", met=True, kind="expect", text="ready", offset=7)]
    outcome = wire.BootOutcome(verdict=Verdict.PASS, steps=[step], cases=cases, console_bytes=12)
    with farm.db.writing() as session:
        boots.finish(session, boots.boot(session, boot), outcome)
    with farm.db.reading() as session:
        assert [(case.name, case.met, case.offset) for case in boots.cases(session, boot)] == [("line 1", True, 7)]
    assert [one["name"] for one in steps.boot_now(farm, boot).steps] == ["power on"]


def test_a_nul_in_what_the_machine_said_does_not_cost_the_verdict(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    began = datetime.now(UTC)
    step = wire.Step(name="run", state=wire.StepState.FAILED, started_at=began, detail="\0panic")
    case = wire.Case(name="line 1", met=False, kind="expect", detail="saw \0")
    cause = Cause.GUEST_PANIC
    outcome = wire.BootOutcome(verdict=Verdict.FAIL, cause=cause, detail="a\0b", steps=[step], cases=[case])
    with farm.db.writing() as session:
        boots.finish(session, boots.boot(session, boot), outcome)
    assert steps.boot_now(farm, boot).detail == "a\N{REPLACEMENT CHARACTER}b"


def test_a_fault_of_the_farm_is_retried_as_a_new_boot_of_the_same_image(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    retry = steps.finish_boot(farm, boot, Cause.MEDIUM_FAILED)
    assert retry
    lost, again = steps.boot_now(farm, boot), steps.boot_now(farm, retry)
    assert (again.retry_of, again.attempt, again.image, again.state) == (boot, 2, lost.image, BootState.QUEUED)
    assert lost.verdict == Verdict.INFRA


def test_a_chain_of_retries_is_linear_bounded_and_kept(farm: Farm, boot: int) -> None:
    number, numbers = boot, [boot]
    while True:
        name = "null-1" if len(numbers) % 2 else "null-2"
        steps.start_boot(farm, number, name)
        again = steps.finish_boot(farm, number, Cause.WORKER_LOST)
        if again is None:
            break
        numbers.append(again)
        number = again
    assert len(numbers) == 1 + steps.boot_now(farm, boot).infra_retries == 3
    for link in numbers:
        assert [one.id for one in chain(farm, link)] == numbers
    assert [one.retry_of for one in chain(farm, boot)] == [None, *numbers[:-1]]
    assert {one.verdict for one in chain(farm, boot)} == {Verdict.INFRA}


def test_a_fault_of_the_commit_is_not_retried(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    assert steps.finish_boot(farm, boot, Cause.GUEST_TIMEOUT) is None


def test_only_the_end_of_a_chain_can_run_again(farm: Farm, boot: int) -> None:
    with farm.db.writing() as session, pytest.raises(Conflict, match="only a finished boot"):
        boots.again(session, boots.boot(session, boot))
    steps.start_boot(farm, boot)
    again = steps.finish_boot(farm, boot, Cause.POWER_FAILED)
    with farm.db.writing() as session, pytest.raises(Conflict, match=f"boot-{again}"):
        boots.again(session, boots.boot(session, boot))


def test_a_waiting_boot_is_cancelled_at_once(farm: Farm, boot: int) -> None:
    wish_cancel(farm, boot)
    found = steps.boot_now(farm, boot)
    assert (found.verdict, found.cause, found.detail) == ("cancelled", "by-user", "Cancelled by ada before it started.")


def test_a_leased_boot_is_cancelled_at_once_and_its_machine_freed(farm: Farm, boot: int) -> None:
    steps.lease_boot(farm, boot)
    wish_cancel(farm, boot)
    assert steps.boot_now(farm, boot).verdict == Verdict.CANCELLED
    assert (machine(farm).state, open_leases(farm)) == ("idle", 0)
    with pytest.raises(Conflict):
        steps.claim_boot(farm, boot)


def test_a_running_boot_is_asked_to_end_and_ends_with_its_worker(farm: Farm, boot: int) -> None:
    lease = steps.start_boot(farm, boot)
    wish_cancel(farm, boot)
    wish_cancel(farm, boot)
    with farm.db.writing() as session:
        beat = boots.heartbeat(session, lease, [], leases.seconds_from_now(30))
        assert beat.cancel_requested_at is not None
    assert (steps.boot_now(farm, boot).state, machine(farm).state) == (BootState.RUNNING, "leased")
    assert steps.finish_boot(farm, boot, Cause.BY_USER) is None
    assert machine(farm).state == "idle"


def test_a_cancelled_boot_that_the_farm_then_lost_is_not_retried(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    wish_cancel(farm, boot)
    assert steps.finish_boot(farm, boot, Cause.POWER_FAILED) is None


def test_a_finished_boot_cannot_be_cancelled(farm: Farm, boot: int) -> None:
    wish_cancel(farm, boot)
    with pytest.raises(Conflict, match="finished with the verdict cancelled"):
        wish_cancel(farm, boot)


def test_a_heartbeat_extends_the_lease_and_keeps_the_steps(farm: Farm, boot: int) -> None:
    lease = steps.start_boot(farm, boot)
    until = leases.seconds_from_now(3600)
    with farm.db.writing() as session:
        boots.heartbeat(session, lease, [{"name": "power on"}], until)
    with farm.db.reading() as session:
        assert session.scalars(select(Lease.expires_at)).one() - until < timedelta(milliseconds=1)
    assert steps.boot_now(farm, boot).steps == [{"name": "power on"}]


def test_a_lease_that_ran_out_holds_nothing_even_before_anybody_noticed(farm: Farm, boot: int) -> None:
    lease = steps.start_boot(farm, boot)
    steps.let_lease_run_out(farm, boot)
    with farm.db.writing() as session, pytest.raises(Conflict) as over:
        boots.heartbeat(session, lease, [{"name": "late"}], leases.seconds_from_now(30))
    assert over.value.code == "lease-over"
    assert steps.boot_now(farm, boot).steps == []


@pytest.mark.parametrize("off", [-1, 1])
def test_another_fence_of_the_same_boot_holds_nothing(farm: Farm, boot: int, off: int) -> None:
    steps.lease_boot(farm, boot)
    with farm.db.writing() as session:  # nobody claimed it, so it was leased again: its fence is another
        boots.unlease(session, boots.boot(session, boot))
    lease = steps.start_boot(farm, boot)
    other = LeaseName("boot", lease.job, lease.fence + off)
    until = leases.seconds_from_now(30)
    with farm.db.writing() as session:
        with pytest.raises(Conflict):
            boots.holder(session, other)
        with pytest.raises(Conflict):
            leases.extend(session, other, until)
        assert boots.holder(session, lease).id == boot


def test_a_heartbeat_that_meets_a_finish_writes_nothing(farm: Farm, boot: int) -> None:
    lease = steps.start_boot(farm, boot)
    reader = farm.db._read()
    assert boots.holder(reader, lease).id == boot
    steps.finish_boot(farm, boot)
    with farm.db.writing() as session, pytest.raises(Conflict):
        leases.extend(session, lease, leases.seconds_from_now(30))
    reader.close()


def test_a_lost_worker_costs_the_boot_one_attempt(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    steps.let_lease_run_out(farm, boot)
    assert passes.expire_boots_one(farm) == 1
    assert passes.expire_boots_one(farm) == 0
    lost, again = chain(farm, boot)
    assert (lost.verdict, lost.cause, again.state) == (Verdict.INFRA, Cause.WORKER_LOST, BootState.QUEUED)
    assert "worker-1 said nothing" in lost.detail
    assert machine(farm).state == "idle"


def test_a_cancelled_boot_whose_worker_is_lost_ends_cancelled(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    wish_cancel(farm, boot)
    steps.let_lease_run_out(farm, boot)
    passes.expire_boots_one(farm)
    assert [one.verdict for one in chain(farm, boot)] == [Verdict.CANCELLED]


def test_a_lease_that_nobody_claimed_goes_back_to_the_queue_without_a_verdict(farm: Farm, boot: int) -> None:
    steps.lease_boot(farm, boot, until=steps.LONG_AGO)
    assert passes.expire_boots_one(farm) == 1
    found = steps.boot_now(farm, boot)
    assert (found.state, found.machine_id, found.attempt, found.verdict) == (BootState.QUEUED, None, 1, None)
    assert (machine(farm).state, machine(farm).failures_in_a_row, open_leases(farm)) == ("idle", 0, 0)
    assert steps.lease_boot(farm, boot, "null-1")


def test_a_claim_that_meets_the_expiry_of_its_lease_has_one_winner(farm: Farm, boot: int) -> None:
    steps.lease_boot(farm, boot, until=steps.LONG_AGO)
    claimed, _ = steps.at_once(lambda: steps.claim_boot(farm, boot), lambda: passes.expire_boots_one(farm))
    found = steps.boot_now(farm, boot)
    if isinstance(claimed, Conflict):
        assert (found.state, machine(farm).state) == (BootState.QUEUED, "idle")
    else:
        assert (found.state, machine(farm).state) == (BootState.RUNNING, "leased")


def test_a_machine_with_faults_in_a_row_is_taken_for_broken_and_says_why(farm: Farm, admin: Caller, boot: int) -> None:
    number: int | None = boot
    for _ in range(BAD_AFTER):
        assert number
        steps.start_boot(farm, number)
        last, number = number, steps.finish_boot(farm, number, Cause.POWER_FAILED)
    found = machine(farm)
    assert (found.health, found.state) == ("bad", "idle")
    assert f"boot-{last}: power-failed" in found.reason


def test_one_boot_that_ran_ends_the_row_of_faults(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    again = steps.finish_boot(farm, boot, Cause.POWER_FAILED)
    assert again
    assert machine(farm).failures_in_a_row == 1
    steps.start_boot(farm, again)
    steps.finish_boot(farm, again, Cause.GUEST_PANIC)
    assert (machine(farm).failures_in_a_row, machine(farm).health) == (0, "good")


def test_a_machine_held_while_leased_goes_offline_when_its_boot_ends(farm: Farm, boot: int) -> None:
    steps.start_boot(farm, boot)
    with farm.db.writing() as session:
        machines.take_offline(session, machines.machine(session, "null-1"), "new fan")
    assert machine(farm).state == "leased"
    steps.finish_boot(farm, boot)
    assert (machine(farm).state, machine(farm).reason) == ("offline", "new fan")


def test_there_is_no_boot_that_nobody_made(farm: Farm) -> None:
    with farm.db.reading() as session, pytest.raises(NotFound, match="boot-7"):
        boots.boot(session, 7)


def test_a_claim_whose_answer_was_lost_may_be_made_again_but_no_other(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.ready_boot(farm, admin)
    steps.lease_boot(farm, number)
    until = leases.seconds_from_now(30)
    for _ in range(2):
        with farm.db.writing() as session:
            boots.claim(session, boots.boot(session, number), "w", until, "nonce")
    with pytest.raises(Conflict), farm.db.writing() as session:
        boots.claim(session, boots.boot(session, number), "w", until, "another")
    with pytest.raises(Conflict), farm.db.writing() as session:
        boots.claim(session, boots.boot(session, number), "w", until)


@pytest.mark.parametrize(
    ("cause", "counts"),
    [
        (Cause.HYPERVISOR_ERROR, True),
        (Cause.POWER_FAILED, True),
        (Cause.STORAGE_ERROR, False),
        (Cause.WORKER_LOST, False),
    ],
)
def test_only_what_speaks_against_the_machine_counts_against_it(
    farm: Farm, admin: Caller, project: Path, cause: Cause, counts: bool
) -> None:
    steps.start_boot(farm, number := steps.ready_boot(farm, admin))
    steps.finish_boot(farm, number, cause)
    with farm.db.reading() as session:
        assert machines.machine(session, "null-1").failures_in_a_row == int(counts)


def test_a_person_who_runs_a_boot_again_has_all_retries_before_them(farm: Farm, admin: Caller, project: Path) -> None:
    number: int | None = steps.ready_boot(farm, admin)
    attempts = 0
    while number is not None:
        attempts, last = attempts + 1, number
        steps.start_boot(farm, number)
        number = steps.finish_boot(farm, number, Cause.WORKER_LOST)
    assert attempts == 3
    with farm.db.writing() as session:
        again = boots.again(session, boots.boot(session, last)).id
    steps.start_boot(farm, again)
    assert steps.finish_boot(farm, again, Cause.WORKER_LOST) is not None
