"""Builds: claimed by whatever tools are there, finished once, retried within bounds, followed by their boots."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from farm import artifacts, builds, passes, submissions, wire
from farm.access import Caller
from farm.boots import Boot
from farm.builds import Build
from farm.errors import Conflict, NotFound
from farm.farm import Farm
from farm.job_tokens import Lease
from farm.states import BootState, BuildState, Cause, Verdict
from tests.conftest import PLAN, commit_files
from tests.farm import farm_steps as steps


@pytest.fixture
def submission(farm: Farm, admin: Caller, project: Path) -> int:
    return steps.submit(farm, admin)


@pytest.fixture
def build(farm: Farm, submission: int) -> int:
    return steps.builds_of(farm, submission)[0].id


def boot_of(farm: Farm, submission: int) -> Boot:
    return steps.boots_of(farm, submission)[-1]


def test_a_claim_gives_a_lease_with_a_new_fence(farm: Farm, build: int) -> None:
    lease = steps.start_build(farm, build)
    found = steps.build_now(farm, build)
    assert (lease, found.state, found.worker) == (Lease("build", build, 1), BuildState.RUNNING, "builder")
    with pytest.raises(Conflict, match="is running and can't become running"):
        steps.start_build(farm, build)


def test_a_claim_with_other_tools_files_the_build_under_those(
    farm: Farm, admin: Caller, submission: int, build: int
) -> None:
    before = steps.build_now(farm, build).content_key
    steps.start_build(farm, build, toolchain="rustc 2.0")
    found = steps.build_now(farm, build)
    assert (found.content_key != before, found.toolchain, found.shared) == (True, "rustc 2.0", True)
    steps.hello(farm, toolchain="rustc 2.0")
    assert steps.builds_of(farm, steps.submit(farm, admin))[0].id == build


def test_of_two_builds_that_come_to_the_same_content_one_stays_shared(farm: Farm, admin: Caller, project: Path) -> None:
    first = steps.builds_of(farm, steps.submit(farm, admin))[0].id
    steps.hello(farm, toolchain="rustc 2.0")
    second = steps.builds_of(farm, steps.submit(farm, admin))[0].id
    steps.start_build(farm, first, toolchain="rustc 2.0")
    steps.start_build(farm, second, toolchain="rustc 2.0")
    keys = [(steps.build_now(farm, one).content_key, steps.build_now(farm, one).shared) for one in (first, second)]
    assert (keys[0][0], [shared for _, shared in keys]) == (keys[1][0], [False, True])


def test_a_build_that_passes_gives_its_boots_their_image(farm: Farm, submission: int, build: int) -> None:
    steps.start_build(farm, build)
    steps.finish_build(farm, build)
    found = steps.build_now(farm, build)
    assert (found.state, found.verdict, found.cause, found.lease_expires_at) == ("finished", "pass", None, None)
    assert boot_of(farm, submission).image == artifacts.hashlib.sha256(steps.IMAGE).hexdigest()


def test_a_build_that_fails_fails_its_boots_and_says_why(farm: Farm, submission: int, build: int) -> None:
    steps.start_build(farm, build)
    steps.finish_build(farm, build, Cause.BUILD_ERROR)
    boot = boot_of(farm, submission)
    assert (boot.verdict, boot.cause) == (Verdict.FAIL, Cause.BUILD_ERROR)
    assert boot.detail == f"build-{build} ended: said so"


def test_a_finish_is_written_once(farm: Farm, build: int) -> None:
    steps.start_build(farm, build)
    steps.finish_build(farm, build)
    with pytest.raises(Conflict, match="is finished and can't become finished"):
        steps.finish_build(farm, build, Cause.BUILD_ERROR)
    assert steps.build_now(farm, build).verdict == Verdict.PASS


@pytest.mark.parametrize("names", [("other.efi",), ()])
def test_an_image_that_the_build_did_not_make_fails_the_boot_by_name(
    farm: Farm, admin: Caller, project: Path, names: tuple[str, ...]
) -> None:
    commit_files(project, {".bootfarm.toml": PLAN + '[boot]\nimages = "image.efi"\n'})
    number = steps.submit(farm, admin)
    build = steps.builds_of(farm, number)[0].id
    steps.start_build(farm, build)
    steps.finish_build(farm, build, names=names)
    boot = boot_of(farm, number)
    assert (boot.verdict, boot.cause) == (Verdict.FAIL, Cause.BUILD_ERROR)
    assert 'no artifact "image.efi"' in boot.detail


def test_a_build_that_made_nothing_leaves_nothing_to_boot(farm: Farm, submission: int, build: int) -> None:
    steps.start_build(farm, build)
    steps.finish_build(farm, build, names=())
    assert "nothing to boot" in boot_of(farm, submission).detail


def test_without_a_name_the_first_artifact_is_booted(farm: Farm, submission: int, build: int) -> None:
    first = steps.store(farm, b"first")
    steps.start_build(farm, build)
    made = [
        wire.BuiltArtifact(name="z.efi", digest=first, size=5),
        wire.BuiltArtifact(name="a.efi", digest=steps.store(farm, b"second"), size=6),
    ]
    with farm.db.writing() as session:
        outcome = wire.BuildOutcome(verdict=Verdict.PASS, artifacts=made)
        submissions.finish_build(session, builds.build(session, build), outcome, 2)
    assert boot_of(farm, submission).image == first


def test_an_artifact_that_was_never_uploaded_cannot_be_named(farm: Farm, build: int) -> None:
    steps.start_build(farm, build)
    made = wire.BuiltArtifact(name="a", digest="0" * 64, size=1)
    outcome = wire.BuildOutcome(verdict=Verdict.PASS, artifacts=[made])
    with pytest.raises(NotFound), farm.db.writing() as session:
        submissions.finish_build(session, builds.build(session, build), outcome, 2)
    assert steps.build_now(farm, build).state == BuildState.RUNNING


def test_a_lost_build_is_retried_and_its_boots_wait_for_the_retry(farm: Farm, submission: int, build: int) -> None:
    steps.start_build(farm, build)
    steps.finish_build(farm, build, Cause.TOOLCHAIN_ERROR)
    lost, again = steps.builds_of(farm, submission)
    assert (again.retry_of, again.attempt, again.state, lost.shared, again.shared) == (build, 2, "queued", False, True)
    boot = boot_of(farm, submission)
    assert (boot.build_id, boot.state) == (again.id, BootState.QUEUED)


def test_retries_of_a_build_are_bounded_and_the_boot_ends_once(farm: Farm, submission: int) -> None:
    for _ in range(farm.settings.infra_retries + 1):
        newest = steps.builds_of(farm, submission)[-1].id
        steps.start_build(farm, newest)
        steps.finish_build(farm, newest, Cause.WORKER_LOST)
    passes.reconcile(farm)
    assert [build.attempt for build in steps.builds_of(farm, submission)] == [1, 2, 3]
    (boot,) = steps.boots_of(farm, submission)
    assert (boot.verdict, boot.cause) == (Verdict.INFRA, Cause.WORKER_LOST)


def test_a_lost_build_that_was_cancelled_is_not_retried(farm: Farm, submission: int, build: int) -> None:
    steps.start_build(farm, build)
    with farm.db.writing() as session:
        submissions.cancel_build(session, builds.build(session, build), "ada")
    steps.finish_build(farm, build, Cause.WORKER_LOST)
    assert len(steps.builds_of(farm, submission)) == 1


def test_a_heartbeat_extends_the_lease_and_keeps_the_steps(farm: Farm, build: int) -> None:
    lease = steps.start_build(farm, build)
    before = steps.build_now(farm, build).lease_expires_at
    with farm.db.writing() as session:
        builds.heartbeat(session, lease, [{"name": "compile"}], timedelta(hours=1))
    with farm.db.writing() as session:
        builds.heartbeat(session, lease, [], timedelta(hours=1))
    found = steps.build_now(farm, build)
    assert before
    assert found.lease_expires_at
    assert found.lease_expires_at > before + timedelta(minutes=50)
    assert found.steps == [{"name": "compile"}]


@pytest.mark.parametrize("fence", [0, 2])
def test_a_lease_of_another_attempt_holds_nothing(farm: Farm, build: int, fence: int) -> None:
    steps.start_build(farm, build)
    with farm.db.reading() as session, pytest.raises(Conflict) as over:
        builds.holder(session, Lease("build", build, fence))
    assert over.value.code == "lease-over"


def test_a_lease_that_ran_out_holds_nothing(farm: Farm, build: int) -> None:
    lease = steps.start_build(farm, build, lease=-steps.MINUTE)
    with farm.db.writing() as session, pytest.raises(Conflict):
        builds.heartbeat(session, lease, [], steps.MINUTE)


def test_a_heartbeat_that_meets_a_finish_writes_nothing(farm: Farm, build: int) -> None:
    lease = steps.start_build(farm, build)
    with farm.db.reading() as session:
        seen = builds.holder(session, lease)
    steps.finish_build(farm, build)
    with farm.db.writing() as session:
        session.add(seen)
        with pytest.raises(Conflict) as over:
            builds.heartbeat(session, lease, [{"name": "late"}], steps.MINUTE)
    assert over.value.code == "lease-over"
    assert steps.build_now(farm, build).steps == []


def test_the_lost_worker_of_a_build_is_noticed_and_the_build_tried_again(
    farm: Farm, submission: int, build: int
) -> None:
    steps.start_build(farm, build, lease=-steps.MINUTE)
    assert passes.expire_builds_one(farm) == 1
    assert passes.expire_builds_one(farm) == 0
    lost = steps.build_now(farm, build)
    assert (lost.verdict, lost.cause) == (Verdict.INFRA, Cause.WORKER_LOST)
    assert "builder said nothing" in lost.detail
    assert len(steps.builds_of(farm, submission)) == 2


def test_a_cancelled_build_whose_worker_is_lost_ends_cancelled(farm: Farm, submission: int, build: int) -> None:
    steps.start_build(farm, build, lease=-steps.MINUTE)
    with farm.db.writing() as session:
        submissions.cancel_build(session, builds.build(session, build), "ada")
    passes.expire_builds_one(farm)
    assert steps.build_now(farm, build).verdict == Verdict.CANCELLED
    assert boot_of(farm, submission).verdict == Verdict.CANCELLED


def test_a_cancel_that_was_cut_short_is_mended(farm: Farm, submission: int, build: int) -> None:
    with farm.db.writing() as session:
        session.execute(update(Build).values(cancel_requested_at=steps.LONG_AGO))
    assert passes.cancel_builds_one(farm) == 1
    assert passes.cancel_builds_one(farm) == 0
    assert boot_of(farm, submission).verdict == Verdict.CANCELLED


def test_a_finished_build_cannot_be_cancelled(farm: Farm, build: int) -> None:
    steps.start_build(farm, build)
    steps.finish_build(farm, build)
    with farm.db.writing() as session, pytest.raises(Conflict, match="finished with the verdict pass"):
        submissions.cancel_build(session, builds.build(session, build), "ada")


@pytest.mark.parametrize(
    ("cause", "verdict", "cut"),
    [(None, None, {"image": None}), (Cause.BUILD_ERROR, Verdict.FAIL, {"state": "queued", "verdict": None})],
)
def test_a_finish_that_was_cut_short_is_mended_by_the_settle_pass(
    farm: Farm, submission: int, build: int, cause: Cause | None, verdict: Verdict | None, cut: dict[str, object]
) -> None:
    steps.start_build(farm, build)
    steps.finish_build(farm, build, cause)
    with farm.db.writing() as session:
        session.execute(update(Boot).values(**cut, cause=None))
    assert passes.settle_one(farm) == 1
    assert passes.settle_one(farm) == 0
    boot = boot_of(farm, submission)
    assert (boot.verdict, boot.image is None) == (verdict, cause is not None)


def test_a_boot_left_on_a_lost_build_follows_it_to_the_end(farm: Farm, submission: int, build: int) -> None:
    for number in range(3):
        newest = steps.builds_of(farm, submission)[-1].id
        steps.start_build(farm, newest)
        steps.finish_build(farm, newest, Cause.TOOLCHAIN_ERROR if number < 2 else None)
    with farm.db.writing() as session:
        session.execute(update(Boot).values(build_id=build, image=None))
    for _ in range(3):
        passes.settle_one(farm)
    assert boot_of(farm, submission).image is not None
    with farm.db.reading() as session:
        assert len(session.scalars(select(Build)).all()) == 3


def test_live_builds_are_named_by_their_lease(farm: Farm, build: int) -> None:
    with farm.db.reading() as session:
        assert builds.running_leases(session) == []
        assert builds.ahead(session, builds.build(session, build)) == 0
    steps.start_build(farm, build)
    with farm.db.reading() as session:
        assert builds.running_leases(session) == [f"build-{build}-1"]
