"""Boots per second of the whole control plane: HTTP, SQLite, Celery and Redis, with machines that finish at once.

The reference is what the same processes can't do without: one HTTP health request (a page of the framework with one
trivial query) per boot, so the ratio says how many of those a boot costs.
"""

import json
import statistics
import time
from datetime import timedelta

from bench.figures import report
from farm import artifacts, builds, submissions, wire
from farm.database import now
from tests.conftest import commit_files, wait_until
from tests.running_farm import RunningFarm

MACHINES = 64
SUBMISSIONS = 15  # of MACHINES boots each
ALONE = 15
RUNS = 3
_MATRIX = """\
schema = 1
[build]
command = "true"
artifacts = ["image"]
[boot]
machines = ["{machines}"]
max_boots = 1000
"""


def main() -> None:
    """Throughput of a full queue, and the latency of one alone."""
    with RunningFarm() as farm:
        for number in range(MACHINES):
            farm.add_machine(f"null-{number}", "null")
        farm.start_worker("boot", concurrency=16)
        folder = farm.folder / "project"
        every = commit_files(folder, {".bootfarm.toml": _MATRIX.format(machines="null-*")})
        one = commit_files(folder, {".bootfarm.toml": _MATRIX.format(machines="pool:default")})
        farm.add_repository(folder, "project")
        for commit in (every, one):
            _settle(farm, farm.submit("project", ref=commit))
            _wait(farm)
        alone = [_alone(farm, one) for _ in range(ALONE)]
        rates = [_throughput(farm, every) for _ in range(RUNS)]
        requests = [_requests_per_second(farm) for _ in range(RUNS)]
    report("one boot alone, submit to finished", "ms", alone, goal="<= 40")
    report("boots of a full queue, submit to finished", "boots/s", rates, requests, goal=">= 224")


def _settle(farm: RunningFarm, submission: dict[str, list[dict[str, str]]]) -> None:
    """Pass the build by hand: compilers are not what is measured."""
    with farm.farm.db.writing() as session:
        build = builds.build(session, int(submission["builds"][0]["id"].removeprefix("build-")))
        digest = farm.farm.artifacts.put_bytes(b"MZ")
        artifacts.record(session, digest, 2, now())
        builds.claim(session, build, "bench", "", timedelta(seconds=30))
        made = wire.BuiltArtifact(name="image", digest=digest, size=2)
        submissions.finish_build(session, build, wire.BuildOutcome(verdict=wire.Verdict.PASS, artifacts=[made]), 0)
    farm.farm.nudge()


def _unfinished(farm: RunningFarm) -> int:
    with farm.farm.db.reading() as session:
        return int(
            session.connection().exec_driver_sql("SELECT count(*) FROM boots WHERE state != 'finished'").scalar_one()
        )


def _wait(farm: RunningFarm) -> None:
    wait_until("all boots are finished", lambda: _unfinished(farm) == 0, 300, 0.002)


def _alone(farm: RunningFarm, commit: str) -> float:
    began = time.perf_counter()
    farm.submit("project", ref=commit)
    _wait(farm)
    return (time.perf_counter() - began) * 1000


def _throughput(farm: RunningFarm, commit: str) -> float:
    began = time.perf_counter()
    for _ in range(SUBMISSIONS):
        farm.submit("project", ref=commit)
    wait_until("all boots are finished", lambda: _unfinished(farm) == 0, 300, 0.05)
    return SUBMISSIONS * MACHINES / (time.perf_counter() - began)


def _requests_per_second(farm: RunningFarm) -> float:
    began = time.perf_counter()
    sizes = [len(json.dumps(farm.get("/health"))) for _ in range(200)]
    assert statistics.mean(sizes) > 0
    return len(sizes) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
