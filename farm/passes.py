"""The passes that keep the farm whole, and the loop that runs them: `bootfarm dispatcher`.

Each `*_one` is one pass in one or few transactions and may be killed at any line. Several dispatchers may run; the
`duties` row lets one of them work.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import String, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from farm import boots, builds, dispatch, queue, submissions, wire
from farm.appraisals.owing import appraise_owed_one
from farm.appraisals.reappraising import reappraise_one
from farm.boots import Boot
from farm.builds import Build
from farm.database import Base, Utc, now
from farm.errors import FarmError
from farm.farm import Farm
from farm.states import BootState, BuildState, Cause, Verdict, verdict_of

_DUTY = "dispatcher"
_PAUSE = 0.05  # seconds, while there is much to do: finishes that come together are answered with one transaction
_DUTY_SECONDS = 10  # after a dispatcher died, the next one takes over within this time
log = structlog.get_logger()


class Duty(Base):
    """Who may run the passes now."""

    __tablename__ = "duties"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(Utc)


def take_duty(farm: Farm, holder: str) -> bool:
    """Become, or stay, the one dispatcher that works."""
    until = now() + timedelta(seconds=_DUTY_SECONDS)
    mine = update(Duty).where(Duty.name == _DUTY, or_(Duty.holder == holder, Duty.expires_at <= now()))
    try:
        with farm.db.writing() as session:
            if session.execute(mine.values(holder=holder, expires_at=until)).rowcount == 1:  # type: ignore[attr-defined]
                return True
            if session.get(Duty, _DUTY) is None:
                session.add(Duty(name=_DUTY, holder=holder, expires_at=until))
                return True
    except IntegrityError:
        pass  # another one was the first ever at the same moment
    return False


def leave_duty(farm: Farm, holder: str) -> None:
    """Let another dispatcher take over at once."""
    with farm.db.writing() as session:
        session.execute(update(Duty).where(Duty.name == _DUTY, Duty.holder == holder).values(expires_at=now()))


def dispatch_one(farm: Farm) -> int:
    """Send builds, lease machines, send boots; how many messages left. They leave only after the commit."""
    with farm.db.writing() as session:
        build_ids = dispatch.builds_to_send(session)
        dispatch.mark_sent(session, Build, build_ids)
        leased = dispatch.lease_waiting(session, farm.settings.lease_seconds)
    for build_id in build_ids:
        queue.send(farm.settings.redis_url, queue.BUILD_TASK, queue.BUILD_QUEUE, build_id)
    for boot_id, lab in leased:
        queue.send(farm.settings.redis_url, queue.BOOT_TASK, queue.lab_queue(lab), boot_id)
    return len(build_ids) + len(leased)


def resend_one(farm: Farm) -> int:
    """Send again what no worker claimed: after ever longer pauses, or at once where the broker lost everything."""
    all_lost = queue.broker_was_emptied(farm.settings.redis_url)
    with farm.db.writing() as session:
        lost_boots = [
            (boot.id, boot.machine.lab.name)
            for boot in session.scalars(select(Boot).where(boots.LIVE, Boot.state == BootState.LEASED))
            if boot.machine and (all_lost or _is_overdue(farm, boot))
        ]
        lost_builds = [
            build.id
            for build in session.scalars(select(Build).where(builds.LIVE, Build.state == BuildState.QUEUED))
            if build.sent_at and (all_lost or _is_overdue(farm, build))
        ]
        dispatch.mark_sent(session, Boot, [boot_id for boot_id, _ in lost_boots])
        dispatch.mark_sent(session, Build, lost_builds)
    for boot_id, lab in lost_boots:
        queue.send(farm.settings.redis_url, queue.BOOT_TASK, queue.lab_queue(lab), boot_id)
    for build_id in lost_builds:
        queue.send(farm.settings.redis_url, queue.BUILD_TASK, queue.BUILD_QUEUE, build_id)
    return len(lost_boots) + len(lost_builds)


def _is_overdue(farm: Farm, job: Boot | Build) -> bool:
    pause = timedelta(seconds=farm.settings.resend_seconds) * 2 ** min(job.sends, 6)
    return job.sent_at is None or job.sent_at + pause <= now()


def expire_boots_one(farm: Farm) -> int:
    """End the boots whose worker is lost, and take back the leases that nobody claimed."""
    with farm.db.writing() as session:
        late = boots.expired(session)
        for boot in late:
            if boot.state == BootState.LEASED:
                log.info("lease not claimed", boot=boot.id, machine=boot.machine_id)
                boots.unlease(session, boot)
            elif boot.cancel_requested_at is not None:
                boots.finish_unrun(session, boot, Cause.BY_USER, "Cancelled; the worker stopped answering meanwhile.")
            else:
                detail = f"Worker {boot.worker} said nothing for {farm.settings.lease_seconds:g} s."
                boots.finish_unrun(session, boot, Cause.WORKER_LOST, detail)
    for boot in late:
        farm.consoles.finish_all(f"boot-{boot.id}")
    return len(late)


def expire_builds_one(farm: Farm) -> int:
    """End the builds whose worker is lost; their retries follow."""
    with farm.db.writing() as session:
        late = builds.expired(session)
        for build in late:
            cause = Cause.BY_USER if build.cancel_requested_at else Cause.WORKER_LOST
            detail = f"Worker {build.worker} said nothing for {farm.settings.lease_seconds:g} s."
            outcome = wire.BuildOutcome(verdict=verdict_of(cause), cause=cause, detail=detail)
            submissions.finish_build(session, build, outcome, farm.settings.infra_retries)
    for build in late:
        farm.consoles.finish_all(f"build-{build.id}")
    return len(late)


def cancel_builds_one(farm: Farm) -> int:
    """End waiting builds that were cancelled between two states."""
    with farm.db.writing() as session:
        wished = select(Build).where(
            builds.LIVE, Build.state == BuildState.QUEUED, Build.cancel_requested_at.is_not(None)
        )
        found = list(session.scalars(wished))
        for build in found:
            submissions.cancel_build(session, build, "somebody")
    return len(found)


def settle_one(farm: Farm) -> int:
    """Carry finished builds to boots that still wait for them: the mend for a finish that was cut short."""
    with farm.db.writing() as session:
        owed = select(Build).join(Boot, Boot.build_id == Build.id).where(Build.state == BuildState.FINISHED)
        owed = owed.where(boots.QUEUED, Boot.image.is_(None)).distinct()
        found = list(session.scalars(owed))
        for build in found:
            if build.verdict == Verdict.INFRA and (again := builds.retry(session, build, farm.settings.infra_retries)):
                submissions.follow_retry(session, build, again)
            else:
                submissions.settle_boots(session, build)
    return len(found)


def close_consoles_one(farm: Farm) -> int:
    """End the streams of jobs that finished lately and whose end was cut short."""
    lately, settled = now() - timedelta(minutes=15), now() - timedelta(seconds=5)
    with farm.db.reading() as session:
        done = [
            f"{word}-{number}"
            for word, kind in (("boot", Boot), ("build", Build))
            for number in session.scalars(
                select(kind.id).where(kind.finished_at.between(lately, settled)).order_by(kind.id.desc()).limit(200)
            )
        ]
    open_ones = [owner for owner in done if farm.consoles.has_open(owner)]
    for owner in open_ones:
        farm.consoles.finish_all(owner)
    return len(open_ones)


def explain_one(farm: Farm) -> int:
    """Keep the reasons for waiting true."""
    with farm.db.writing() as session:
        return dispatch.explain_waiting(session)


RECONCILE: tuple[Callable[[Farm], int], ...] = (
    expire_boots_one,
    expire_builds_one,
    cancel_builds_one,
    settle_one,
    dispatch_one,
    resend_one,
    close_consoles_one,
    appraise_owed_one,
    reappraise_one,
    explain_one,
)


def reconcile(farm: Farm) -> None:
    """All passes, each on its own: the failure of one is logged, tried again next time, and stops no other."""
    for one in RECONCILE:
        _guarded(farm, one)


def _guarded(farm: Farm, one: Callable[[Farm], int]) -> int:
    try:
        done = one(farm)
    except Exception as error:  # the top of a pass: whatever it met is logged, and the next pass tries again
        log.error("pass failed", name=one.__name__, error=str(error), exc_info=not isinstance(error, FarmError))
        return 0
    if done:
        log.debug("pass", name=one.__name__, done=done)
    return done


def run_dispatcher(farm: Farm, stop: threading.Event) -> None:
    """Dispatch at every nudge and reconcile at every interval, until told to stop."""

    def duty(farm: Farm) -> int:
        return take_duty(farm, holder)

    def leave(farm: Farm) -> int:
        leave_duty(farm, holder)
        return 0

    holder = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    next_reconcile, on_duty = 0.0, False
    while not stop.is_set():
        if time.monotonic() >= next_reconcile:
            on_duty = bool(_guarded(farm, duty))
            if on_duty:
                reconcile(farm)
            next_reconcile = time.monotonic() + farm.settings.reconcile_seconds
        elif on_duty and _guarded(farm, dispatch_one) > 1:
            stop.wait(_PAUSE)
        rest = max(0.01, next_reconcile - time.monotonic())
        if on_duty:
            _sleep_until_nudged(farm, rest, stop)
        else:
            stop.wait(rest)  # nudges are for whoever is on duty
    _guarded(farm, leave)


def _sleep_until_nudged(farm: Farm, seconds: float, stop: threading.Event) -> None:
    try:
        queue.wait_for_nudge(farm.settings.redis_url, seconds)
    except (RedisError, OSError) as error:
        log.warning("broker away", error=str(error))
        stop.wait(min(seconds, 1.0))
