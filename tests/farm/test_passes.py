"""The passes that keep the farm whole: messages after commit, again when lost, by one dispatcher at a time."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, update

from farm import boots, passes, queue
from farm.access import Caller
from farm.boots import Boot
from farm.database import now
from farm.farm import Farm
from farm.passes import Duty
from farm.states import BootState, Cause
from tests.conftest import redis_server, wait_until
from tests.farm import farm_steps as steps
from tests.farm.farm_steps import Sent


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[redis_server]:
    """A Redis of this test alone, which it may kill."""
    server = redis_server(tmp_path / "r")
    with server:
        yield server


def test_builds_go_to_the_build_queue_and_boots_to_the_queue_of_their_lab(
    farm: Farm, admin: Caller, project: Path, sent: Sent
) -> None:
    steps.add_machine(farm, "far", lab="moon", pool="far")
    steps.hello(farm)
    steps.hello(farm, lab="moon", kinds=["boot"])
    near, far = steps.ready_boot(farm, admin), steps.ready_boot(farm, admin, machines=("far",))
    waiting = steps.builds_of(farm, steps.submit(farm, admin, fresh_build=True))[0].id
    assert passes.dispatch_one(farm) == 3
    assert passes.dispatch_one(farm) == 0
    assert (sent.ids("build"), sent.ids("lab.local"), sent.ids("lab.moon")) == ([waiting], [near], [far])


def test_a_pass_that_rolls_back_sends_nothing(farm: Farm, admin: Caller, project: Path, sent: Sent) -> None:
    steps.hello(farm)
    number = steps.ready_boot(farm, admin)
    build = steps.builds_of(farm, steps.submit(farm, admin, fresh_build=True))[0].id

    def fail(_: object) -> None:
        raise OSError("killed at the last line")

    event.listen(farm.db.engine, "commit", fail)
    with pytest.raises(OSError, match="last line"):
        passes.dispatch_one(farm)
    event.remove(farm.db.engine, "commit", fail)
    assert sent.ids("build") == sent.ids("lab.local") == []
    assert steps.boot_now(farm, number).state == BootState.QUEUED
    assert steps.build_now(farm, build).sent_at is None
    assert passes.dispatch_one(farm) == 2


def test_what_nobody_claims_is_sent_again_after_ever_longer_pauses(
    farm: Farm, admin: Caller, project: Path, sent: Sent
) -> None:
    steps.hello(farm)
    number = steps.ready_boot(farm, admin)
    passes.dispatch_one(farm)
    queue.broker_was_emptied(farm.settings.redis_url)
    assert passes.resend_one(farm) == 0
    with farm.db.writing() as session:
        session.execute(update(Boot).values(sent_at=steps.LONG_AGO))
    assert passes.resend_one(farm) == 1
    assert passes.resend_one(farm) == 0
    assert sent.ids("lab.local") == [number, number]
    assert steps.boot_now(farm, number).sends == 2


def test_a_redis_that_lost_everything_gets_everything_again(
    farm: Farm, admin: Caller, project: Path, own_redis: redis_server
) -> None:
    here, there = Farm(farm.settings.model_copy(update={"redis_url": own_redis.url})), Sent(own_redis.url)
    steps.hello(here)
    boot = steps.ready_boot(here, admin)
    build = steps.builds_of(here, steps.submit(here, admin, fresh_build=True))[0].id
    passes.reconcile(here)
    queue.broker_was_emptied(own_redis.url)
    assert there.ids("lab.local")
    own_redis.kill()
    passes.reconcile(here)
    own_redis.start()
    assert there.ids("lab.local") == there.ids("build") == []
    passes.reconcile(here)
    assert there.ids("lab.local") == [boot]
    assert there.ids("build") == [build]
    passes.reconcile(here)
    assert there.ids("lab.local") == [boot]
    here.db.dispose()


def test_a_broker_that_is_away_costs_no_state(farm: Farm, admin: Caller, project: Path) -> None:
    steps.hello(farm)
    number = steps.ready_boot(farm, admin)
    away = Farm(farm.settings.model_copy(update={"redis_url": "redis+socket:///nowhere/redis"}))
    passes.reconcile(away)
    away.db.dispose()
    assert steps.boot_now(farm, number).state == BootState.LEASED
    steps.claim_boot(farm, number)


def test_one_dispatcher_works_until_it_leaves(farm: Farm) -> None:
    assert passes.take_duty(farm, "first")
    assert passes.take_duty(farm, "first")
    assert not passes.take_duty(farm, "second")
    passes.leave_duty(farm, "second")
    assert not passes.take_duty(farm, "second")
    passes.leave_duty(farm, "first")
    assert passes.take_duty(farm, "second")
    assert not passes.take_duty(farm, "first")


def test_another_dispatcher_takes_over_from_one_that_died(farm: Farm) -> None:
    assert passes.take_duty(farm, "first")
    with farm.db.writing() as session:
        session.execute(update(Duty).values(expires_at=now()))
    assert passes.take_duty(farm, "second")
    assert not passes.take_duty(farm, "first")


def test_of_the_first_dispatchers_ever_one_works(farm: Farm) -> None:
    jobs = [lambda name=f"dispatcher-{number}": passes.take_duty(farm, name) for number in range(4)]
    assert sorted(map(str, steps.at_once(*jobs))) == ["False", "False", "False", "True"]


def test_the_failure_of_one_pass_stops_no_other(
    farm: Farm, admin: Caller, project: Path, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Farm) -> int:
        raise OSError("disk")

    monkeypatch.setattr(passes, "RECONCILE", (broken, *passes.RECONCILE))
    steps.submit(farm, admin)
    passes.reconcile(farm)
    assert len(sent.ids("build")) == 1


def test_a_dispatcher_sends_what_is_submitted_while_it_runs_and_hands_over_when_told_to_stop(
    farm: Farm, admin: Caller, project: Path, sent: Sent
) -> None:
    stop = threading.Event()
    slow = Farm(farm.settings.model_copy(update={"reconcile_seconds": 30.0}))
    thread = threading.Thread(target=passes.run_dispatcher, args=(slow, stop))
    thread.start()
    try:
        wait_until("a dispatcher is on duty", lambda: on_duty(farm))
        build = steps.builds_of(farm, steps.submit(farm, admin))[0].id
        wait_until("the message leaves", lambda: sent.ids("build") == [build])
        assert not passes.take_duty(farm, "other")
    finally:
        stop.set()
        farm.nudge()
        thread.join()
        slow.db.dispose()
    assert passes.take_duty(farm, "other")


def on_duty(farm: Farm) -> bool:
    with farm.db.reading() as session:
        return session.get(Duty, "dispatcher") is not None


def test_a_whole_reconcile_of_an_idle_farm_changes_nothing(farm: Farm, sent: Sent) -> None:
    passes.reconcile(farm)
    assert [one(farm) for one in passes.RECONCILE] == [0] * len(passes.RECONCILE)


def test_everything_that_runs_is_lost_together_and_mended_together(
    farm: Farm, admin: Caller, project: Path, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boots, "RETRY_PAUSE", timedelta(0))
    steps.hello(farm)
    numbers = [steps.ready_boot(farm, admin) for _ in range(2)]
    build = steps.builds_of(farm, steps.submit(farm, admin, fresh_build=True))[0].id
    for number, name in zip(numbers, ("null-1", "null-2"), strict=True):
        steps.start_boot(farm, number, name)
        steps.let_lease_run_out(farm, number)
    steps.start_build(farm, build, lease=-steps.MINUTE)
    passes.reconcile(farm)
    with farm.db.reading() as session:
        again = [boots.latest_attempt(session, boots.boot(session, number)) for number in numbers]
    assert [boot.state for boot in again] == [BootState.LEASED] * 2
    assert sent.ids("lab.local") == [boot.id for boot in again]
    assert len(sent.ids("build")) == 1


def test_a_dispatcher_that_stands_by_takes_no_nudges(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    assert passes.take_duty(farm, "somebody else")
    taken = []
    monkeypatch.setattr(queue, "wait_for_nudge", lambda *_: taken.append(1))
    stop = threading.Event()
    standby = threading.Thread(target=passes.run_dispatcher, args=(farm, stop))
    standby.start()
    stop.wait(0.3)
    stop.set()
    standby.join(10)
    assert not standby.is_alive()
    assert taken == []


def test_a_dispatcher_outlives_a_pass_that_meets_a_bug(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    met = []

    def broken(_: Farm) -> int:
        met.append(1)
        raise KeyError("a row that nobody foresaw")

    monkeypatch.setattr(passes, "RECONCILE", (broken, passes.explain_one))
    passes.reconcile(farm)
    passes.reconcile(farm)
    assert len(met) == 2


def test_streams_whose_end_was_cut_short_are_ended_by_a_pass(farm: Farm, admin: Caller, project: Path) -> None:
    number = steps.ready_boot(farm, admin)
    steps.start_boot(farm, number)
    stream = farm.consoles.stream(f"boot-{number}", "serial")
    stream.append(0, b"ready", now())
    steps.finish_boot(farm, number)
    with farm.db.writing() as session:
        session.execute(update(Boot).values(finished_at=now() - timedelta(seconds=30)))
    assert passes.close_consoles_one(farm) == 1
    assert stream.finished() is not None
    assert passes.close_consoles_one(farm) == 0


def test_a_retry_waits_a_little_and_rather_takes_a_machine_that_did_not_fail(
    farm: Farm, admin: Caller, project: Path, sent: Sent
) -> None:
    steps.hello(farm)
    number = steps.ready_boot(farm, admin)
    steps.start_boot(farm, number)
    retry = steps.finish_boot(farm, number, Cause.HYPERVISOR_ERROR)
    assert retry is not None
    passes.reconcile(farm)
    assert steps.boot_now(farm, retry).state == BootState.QUEUED
    assert "few seconds" in steps.boot_now(farm, retry).waiting_reason
    with farm.db.writing() as session:
        session.execute(update(Boot).where(Boot.id == retry).values(not_before=now()))
    passes.reconcile(farm)
    with farm.db.reading() as session:
        taken = boots.boot(session, retry).machine
        assert taken is not None
        assert taken.name == "null-2"
