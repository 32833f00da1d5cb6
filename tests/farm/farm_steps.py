"""Steps in the life of a submission, for tests that begin in the middle of it."""

import base64
import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from redis import Redis
from sqlalchemy import update

from farm import artifacts, boots, builds, leases, machines, submissions, wire
from farm.access import Caller
from farm.boots import Boot
from farm.builds import Build
from farm.farm import Farm
from farm.job_tokens import Lease as LeaseName
from farm.leases import Lease
from farm.states import Cause, Verdict, verdict_of

TOOLS = "rustc 1.90"
IMAGE = b"MZ image"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def hello(farm: Farm, *, lab: str = "local", kinds: Sequence[str] = ("build", "boot"), toolchain: str = TOOLS) -> None:
    """A worker of a lab says that it is there."""
    with farm.db.writing() as session:
        given = {"name": f"worker-of-{lab}", "version": "1", "toolchain": toolchain, "accelerator": ""}
        machines.hello(session, lab=lab, kinds=list(kinds), **given)


def add_machine(farm: Farm, name: str, **values: object) -> int:
    """A machine of the lab "local", unless told otherwise; its id."""
    with farm.db.writing() as session:
        return machines.add_machine(session, **{"name": name, "lab": "local", "driver": "null", **values}).id  # type: ignore[arg-type]


def submit(farm: Farm, caller: Caller, repository: str = "project", **request: object) -> int:
    """A submission's id."""
    return submissions.submit(farm, caller, submissions.Request(repository, **request)).id  # type: ignore[arg-type]


def boots_of(farm: Farm, submission: int) -> list[Boot]:
    """A submission's boots, all attempts."""
    with farm.db.reading() as session:
        return submissions.boots_of(session, submission)


def builds_of(farm: Farm, submission: int) -> list[Build]:
    """A submission's builds, retries included."""
    with farm.db.reading() as session:
        return submissions.builds_of(session, submission)


def boot_now(farm: Farm, number: int) -> Boot:
    """A boot as it stands."""
    with farm.db.reading() as session:
        return boots.boot(session, number)


def build_now(farm: Farm, number: int) -> Build:
    """A build as it stands."""
    with farm.db.reading() as session:
        return builds.build(session, number)


def start_build(farm: Farm, number: int, toolchain: str = "", lease: timedelta = MINUTE) -> LeaseName:
    """A worker claims a build."""
    with farm.db.writing() as session:
        found = builds.build(session, number)
        builds.claim(session, found, "builder", toolchain, lease)
        return found.lease


def store(farm: Farm, data: bytes) -> str:
    """An artifact with its row; its digest."""
    digest = farm.artifacts.put_bytes(data)
    with farm.db.writing() as session:
        artifacts.record(session, digest, len(data), datetime.now(UTC))
    return digest


def finish_build(farm: Farm, number: int, cause: Cause | None = None, names: Sequence[str] = ("image.efi",)) -> None:
    """A running build ends: it passes with these artifacts, or fails for this cause."""
    made = []
    if cause is None:
        digest = store(farm, IMAGE)
        made = [wire.BuiltArtifact(name=name, digest=digest, size=len(IMAGE)) for name in names]
    verdict = verdict_of(cause) if cause else Verdict.PASS
    outcome = wire.BuildOutcome(verdict=verdict, cause=cause, detail="said so", artifacts=made)
    with farm.db.writing() as session:
        submissions.finish_build(session, builds.build(session, number), outcome, farm.settings.infra_retries)


def ready_boot(farm: Farm, caller: Caller, **request: object) -> int:
    """The first boot of a new submission whose build has passed."""
    number = submit(farm, caller, **request)
    build = builds_of(farm, number)[-1]
    if build.verdict is None:
        start_build(farm, build.id)
        finish_build(farm, build.id)
    return boots_of(farm, number)[0].id


def lease_boot(farm: Farm, number: int, machine: str = "null-1", until: datetime | None = None) -> bool:
    """Set a machine aside for a boot."""
    with farm.db.writing() as session:
        chosen = machines.machine(session, machine)
        return boots.lease(session, boots.boot(session, number), chosen, until or leases.seconds_from_now(60))


def start_boot(farm: Farm, number: int, machine: str = "null-1") -> LeaseName:
    """Lease a boot and claim it."""
    assert lease_boot(farm, number, machine)
    return claim_boot(farm, number)


def claim_boot(farm: Farm, number: int) -> LeaseName:
    """A worker claims a leased boot."""
    with farm.db.writing() as session:
        found = boots.boot(session, number)
        boots.claim(session, found, "worker-1", leases.seconds_from_now(60))
        return found.lease


def finish_boot(farm: Farm, number: int, cause: Cause | None = None, detail: str = "") -> int | None:
    """A boot ends; the id of the retry it is owed."""
    outcome = wire.BootOutcome(verdict=verdict_of(cause) if cause else Verdict.PASS, cause=cause, detail=detail)
    with farm.db.writing() as session:
        again = boots.finish(session, boots.boot(session, number), outcome)
        return again.id if again else None


def let_lease_run_out(farm: Farm, boot: int) -> None:
    """As if the worker had been silent for too long."""
    with farm.db.writing() as session:
        open_one = (Lease.boot_id == boot) & Lease.released_at.is_(None)
        session.execute(update(Lease).where(open_one).values(expires_at=LONG_AGO))


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """What each job returned or raised, all begun at the same moment in threads of their own."""
    together = threading.Barrier(len(jobs))
    results: list[object] = [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        together.wait()
        try:
            results[place] = job()
        except Exception as error:  # the result of a job may be its error
            results[place] = error

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Sent:
    """The messages that left for workers, read without taking any away."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url.replace("redis+socket://", "unix://"))

    def ids(self, name: str) -> list[int]:
        """The ids in one queue, the oldest first."""
        messages = reversed(self._redis.lrange(name, 0, -1))
        return [json.loads(base64.b64decode(json.loads(message)["body"]))[0][0] for message in messages]

    def forget(self) -> None:
        """As if nothing had ever been sent."""
        self._redis.flushall()
