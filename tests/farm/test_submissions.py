"""Submissions: what is resolved, what is shared, what is refused, and what stays as it was."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from farm import boots, repositories, submissions
from farm.access import Caller, Scope
from farm.boots import Boot
from farm.builds import Build
from farm.errors import BadRequest, Conflict, FarmError, NotAllowed, NotFound, NotLoggedIn, TooLarge, Unavailable
from farm.farm import Farm
from farm.plans import PlanRefused
from farm.states import BootState, BuildState, Cause, Verdict
from farm.submissions import Submission
from tests.conftest import PLAN, commit_files, git
from tests.farm import farm_steps as steps

PATCH = """\
diff --git a/.bootfarm.toml b/.bootfarm.toml
--- a/.bootfarm.toml
+++ b/.bootfarm.toml
@@ -4,3 +4,3 @@
 artifacts = ["image.efi"]
 [pass]
-line = "ready"
+line = "patched"
"""
ON_BOTH = PLAN + '[boot]\nmachines = "null"\n'


def submission_of(farm: Farm, number: int) -> Submission:
    with farm.db.reading() as session:
        return submissions.submission(session, number)


def count(farm: Farm, table: type[Submission] | type[Build] | type[Boot]) -> int:
    with farm.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def markers(boot: Boot) -> list[object]:
    found = boot.expectations["markers"]
    assert isinstance(found, list)
    return [marker["text"] for marker in found if isinstance(marker, dict) and marker["kind"] == "expect"]


def test_a_submission_makes_its_build_and_its_boots_and_remembers_what_was_asked(
    farm: Farm, admin: Caller, project: Path
) -> None:
    made = submission_of(farm, steps.submit(farm, admin, ref="main", note="try this"))
    assert (made.ref, made.note, made.subject, made.author) == ("main", "try this", "First", "Ada <ada@example.org>")
    assert made.commit == git(project, "rev-parse", "main")
    assert made.plan == PLAN
    assert [build.commit for build in steps.builds_of(farm, made.id)] == [made.commit]
    (boot,) = steps.boots_of(farm, made.id)
    assert (boot.state, boot.selector, boot.wanted, markers(boot)) == (
        BootState.QUEUED,
        "pool:default",
        None,
        ["ready"],
    )


def test_a_ref_that_moves_later_does_not_move_the_submission(farm: Farm, admin: Caller, project: Path) -> None:
    before = git(project, "rev-parse", "main")
    made = submission_of(farm, steps.submit(farm, admin, ref="main"))
    after = commit_files(project, {"image.efi": "MZ2"})
    assert made.commit == before
    assert steps.builds_of(farm, made.id)[0].commit == before
    assert submission_of(farm, steps.submit(farm, admin, ref="main")).commit == after


@pytest.mark.parametrize("name", ["main", "refs/heads/main", "v1", "HEAD"])
def test_branches_tags_and_full_refs_are_resolved(farm: Farm, admin: Caller, project: Path, name: str) -> None:
    git(project, "tag", "v1")
    assert submission_of(farm, steps.submit(farm, admin, ref=name)).commit == git(project, "rev-parse", "HEAD")


@pytest.mark.parametrize("ref", ["no-such-branch", "0" * 40, "main~1", "--upload-pack=x", "a..b", "", "main\n", "\0"])
def test_a_ref_that_is_not_there_is_refused_and_nothing_is_written(
    farm: Farm, admin: Caller, project: Path, ref: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        steps.submit(farm, admin, ref=ref)
    assert refused.value.code.startswith("git-")
    assert count(farm, Submission) == count(farm, Build) == 0


def test_an_unknown_repository_is_refused_with_the_nearest_name(farm: Farm, admin: Caller, project: Path) -> None:
    with pytest.raises(NotFound) as refused:
        steps.submit(farm, admin, "projct")
    assert refused.value.code == "unknown-repository"
    assert "project" in refused.value.next_step


def test_a_repository_may_be_named_by_its_url(farm: Farm, admin: Caller, project: Path) -> None:
    assert submission_of(farm, steps.submit(farm, admin, str(project))).repository.name == "project"


def test_a_repository_that_cannot_be_reached_is_nobodys_mistake(farm: Farm, admin: Caller, project: Path) -> None:
    (project / ".git/config").write_text("[core")
    with pytest.raises(Unavailable) as refused:
        steps.submit(farm, admin)
    assert refused.value.code == "git-unreachable"


def test_a_local_repository_that_was_moved_away_is_named_as_such(farm: Farm, admin: Caller, project: Path) -> None:
    project.rename(project.with_name("gone"))
    with pytest.raises(BadRequest, match="no repository lies there"):
        steps.submit(farm, admin)


def test_a_commit_that_the_mirror_has_needs_no_reachable_repository(farm: Farm, admin: Caller, project: Path) -> None:
    commit = submission_of(farm, steps.submit(farm, admin)).commit
    (project / ".git/config").write_text("[core")
    assert submission_of(farm, steps.submit(farm, admin, ref=commit)).commit == commit


def test_a_patch_changes_the_tree_and_the_plan_is_read_from_the_patched_tree(
    farm: Farm, admin: Caller, project: Path
) -> None:
    plain = submission_of(farm, steps.submit(farm, admin))
    patched = submission_of(farm, steps.submit(farm, admin, patch=PATCH.encode()))
    assert (patched.commit == plain.commit, patched.tree == plain.tree) == (True, False)
    assert markers(steps.boots_of(farm, patched.id)[0]) == ["patched"]
    (build,) = steps.builds_of(farm, patched.id)
    assert (build.tree, build.patch) == (patched.tree, patched.patch)
    assert farm.artifacts.path(patched.patch or "").read_bytes() == PATCH.encode()


def test_a_patch_that_does_not_apply_is_refused(farm: Farm, admin: Caller, project: Path) -> None:
    with pytest.raises(BadRequest) as refused:
        steps.submit(farm, admin, patch=PATCH.replace('"ready"', '"another"').encode())
    assert refused.value.code == "git-patch-does-not-apply"
    assert count(farm, Submission) == 0


def test_a_patch_beyond_the_limit_and_a_note_beyond_its_column_are_refused(
    farm: Farm, admin: Caller, project: Path
) -> None:
    with pytest.raises(TooLarge, match="4 MiB"):
        steps.submit(farm, admin, patch=b"x" * (farm.settings.max_patch + 1))
    with pytest.raises(BadRequest, match="1000"):
        steps.submit(farm, admin, note="n" * 1001)
    assert submission_of(farm, steps.submit(farm, admin, note="ñ" * 1000)).note == "ñ" * 1000


def test_a_wrong_plan_is_refused_now_with_file_and_line(farm: Farm, admin: Caller, project: Path) -> None:
    commit_files(project, {".bootfarm.toml": PLAN.replace("artifacts", "artefacts")})
    with pytest.raises(PlanRefused) as refused:
        steps.submit(farm, admin)
    assert refused.value.message.startswith(".bootfarm.toml: ")
    assert {(one["file"], one["line"]) for one in refused.value.details} == {(".bootfarm.toml", 4)}
    assert count(farm, Submission) == 0


def test_a_plan_for_machines_that_are_not_there_is_refused_now(farm: Farm, admin: Caller, project: Path) -> None:
    with pytest.raises(PlanRefused, match="CFG010"):
        steps.submit(farm, admin, machines=("tag:vax",))


def test_a_repository_without_a_plan_gets_the_default_plan(farm: Farm, admin: Caller, project: Path) -> None:
    git(project, "rm", "-q", ".bootfarm.toml")
    git(project, "commit", "-q", "-m", "No plan")
    made = submission_of(farm, steps.submit(farm, admin))
    assert made.plan == ""
    assert steps.builds_of(farm, made.id)[0].recipe["target"] == "x86_64-unknown-uefi"
    assert [boot.selector for boot in steps.boots_of(farm, made.id)] == ["pool:default"]


def test_named_machines_are_booted_each_and_a_request_overrides_the_plan(
    farm: Farm, admin: Caller, project: Path
) -> None:
    commit_files(project, {".bootfarm.toml": ON_BOTH})
    assert [boot.wanted for boot in steps.boots_of(farm, steps.submit(farm, admin))] == [1, 2]
    overridden = steps.submit(farm, admin, machines=("null-2",), firmware=("ovmf",))
    assert [(boot.wanted, boot.firmware) for boot in steps.boots_of(farm, overridden)] == [(2, "ovmf")]


def test_the_same_tree_in_another_commit_shares_the_build(farm: Farm, admin: Caller, project: Path) -> None:
    first = steps.builds_of(farm, steps.submit(farm, admin))
    git(project, "commit", "-q", "--allow-empty", "-m", "Same tree")
    second = steps.builds_of(farm, steps.submit(farm, admin))
    assert [build.id for build in first] == [build.id for build in second]
    assert count(farm, Build) == 1


def test_another_recipe_or_another_toolchain_is_another_build(farm: Farm, admin: Caller, project: Path) -> None:
    steps.submit(farm, admin)
    steps.hello(farm, toolchain="rustc 1.91")
    steps.submit(farm, admin)
    assert count(farm, Build) == 2
    commit_files(project, {".bootfarm.toml": PLAN.replace("cp ", "cp -v ")})
    steps.submit(farm, admin)
    assert count(farm, Build) == 3


def test_only_another_time_limit_is_the_same_build(farm: Farm, admin: Caller, project: Path) -> None:
    from farm.builds import content_key

    key = content_key("c", "t", {"command": "make", "timeout_seconds": 1}, "x")
    assert key == content_key("c", "t", {"timeout_seconds": 2, "command": "make"}, "x")
    assert key != content_key("c", "t", {"command": "make all", "timeout_seconds": 1}, "x")


def test_a_fresh_build_is_never_shared_and_takes_the_place_of_the_old_one(
    farm: Farm, admin: Caller, project: Path
) -> None:
    old = steps.builds_of(farm, steps.submit(farm, admin))[0].id
    fresh = steps.builds_of(farm, steps.submit(farm, admin, fresh_build=True))[0].id
    later = steps.builds_of(farm, steps.submit(farm, admin))[0].id
    assert old != fresh == later


def test_a_build_that_passed_before_makes_the_boots_ready_at_once(farm: Farm, admin: Caller, project: Path) -> None:
    first = steps.boot_now(farm, steps.ready_boot(farm, admin))
    (again,) = steps.boots_of(farm, steps.submit(farm, admin))
    assert again.image == first.image is not None


def test_a_build_that_failed_before_fails_the_boots_at_once(farm: Farm, admin: Caller, project: Path) -> None:
    build = steps.builds_of(farm, steps.submit(farm, admin))[0].id
    steps.start_build(farm, build)
    steps.finish_build(farm, build, Cause.BUILD_ERROR)
    (boot,) = steps.boots_of(farm, steps.submit(farm, admin))
    assert (boot.verdict, boot.cause) == (Verdict.FAIL, Cause.BUILD_ERROR)


def test_a_build_that_is_being_cancelled_is_not_shared(farm: Farm, admin: Caller, project: Path) -> None:
    first = steps.submit(farm, admin)
    build = steps.builds_of(farm, first)[0].id
    steps.start_build(farm, build)
    with farm.db.writing() as session:
        submissions.cancel(session, first, "ada")
    (other,) = steps.builds_of(farm, steps.submit(farm, admin))
    assert other.id != build
    steps.finish_build(farm, build, Cause.BY_USER)
    assert steps.build_now(farm, other.id).state == BuildState.QUEUED


def test_the_same_commit_submitted_many_times_at_once_is_built_once(farm: Farm, admin: Caller, project: Path) -> None:
    results = steps.at_once(*[lambda: steps.submit(farm, admin)] * 4)
    assert all(isinstance(result, int) for result in results), results
    assert (count(farm, Submission), count(farm, Build), count(farm, Boot)) == (4, 1, 4)


def test_who_may_not_submit_is_told_the_scope_before_git_runs(farm: Farm, project: Path) -> None:
    with pytest.raises(NotLoggedIn):
        steps.submit(farm, Caller(None, "nobody", frozenset({Scope.READ})))
    with pytest.raises(NotAllowed, match="submit"):
        steps.submit(farm, Caller(1, "ada", frozenset({Scope.READ})))
    assert not farm.settings.mirrors.exists()


def test_a_submission_is_acknowledged_while_the_broker_is_away(farm: Farm, admin: Caller, project: Path) -> None:
    away = Farm(farm.settings.model_copy(update={"redis_url": "redis+socket:///nowhere/redis"}))
    number = steps.submit(away, admin)
    away.db.dispose()
    assert steps.boots_of(farm, number)[0].state == BootState.QUEUED


def test_priority_is_kept_on_every_boot(farm: Farm, admin: Caller, project: Path) -> None:
    assert steps.boots_of(farm, steps.submit(farm, admin, priority=7))[0].priority == 7


def test_cancelling_a_submission_ends_what_waits_and_the_build_that_nobody_wants(
    farm: Farm, admin: Caller, project: Path
) -> None:
    number = steps.submit(farm, admin)
    with farm.db.writing() as session:
        assert submissions.cancel(session, number, "ada") == 1
    assert [boot.verdict for boot in steps.boots_of(farm, number)] == [Verdict.CANCELLED]
    assert [build.verdict for build in steps.builds_of(farm, number)] == [Verdict.CANCELLED]
    with farm.db.writing() as session, pytest.raises(Conflict, match="nothing is left"):
        submissions.cancel(session, number, "ada")


def test_cancelling_one_submission_leaves_a_build_that_another_waits_for(
    farm: Farm, admin: Caller, project: Path
) -> None:
    first, second = steps.submit(farm, admin), steps.submit(farm, admin)
    with farm.db.writing() as session:
        submissions.cancel(session, first, "ada")
    assert steps.builds_of(farm, second)[0].state == BuildState.QUEUED
    assert steps.boots_of(farm, second)[0].state == BootState.QUEUED


def test_running_again_after_a_failed_build_builds_once_for_all_boots(farm: Farm, admin: Caller, project: Path) -> None:
    commit_files(project, {".bootfarm.toml": ON_BOTH})
    number = steps.submit(farm, admin)
    build = steps.builds_of(farm, number)[0].id
    steps.start_build(farm, build)
    steps.finish_build(farm, build, Cause.BUILD_ERROR)
    with farm.db.writing() as session:
        made = submissions.rerun(session, number)
    assert {boot.build_id for boot in made} == {steps.builds_of(farm, number)[-1].id}
    assert len(steps.builds_of(farm, number)) == 2
    assert [boot.attempt for boot in made] == [2, 2]


def test_running_again_takes_only_the_boots_with_the_verdict_asked_for(
    farm: Farm, admin: Caller, project: Path
) -> None:
    number = steps.boot_now(farm, steps.ready_boot(farm, admin)).submission_id
    boot = steps.boots_of(farm, number)[0].id
    with farm.db.writing() as session, pytest.raises(Conflict, match="no finished boot"):
        submissions.rerun(session, number)
    steps.start_boot(farm, boot)
    steps.finish_boot(farm, boot, Cause.GUEST_PANIC)
    with farm.db.writing() as session, pytest.raises(Conflict):
        submissions.rerun(session, number, only_verdict=Verdict.INFRA)
    with farm.db.writing() as session:
        (again,) = submissions.rerun(session, number, only_verdict=Verdict.FAIL)
    assert (again.retry_of, again.image) == (boot, steps.boot_now(farm, boot).image)


def test_running_again_on_the_same_machine_wants_no_other(farm: Farm, admin: Caller, project: Path) -> None:
    boot = steps.ready_boot(farm, admin)
    with farm.db.writing() as session:
        boots.cancel(session, boots.boot(session, boot), "ada")
    with farm.db.writing() as session, pytest.raises(Conflict, match="ran on no machine"):
        submissions.rerun_boot(session, boots.boot(session, boot), same_machine=True)
    with farm.db.writing() as session:
        second = submissions.rerun_boot(session, boots.boot(session, boot)).id
    steps.start_boot(farm, second)
    steps.finish_boot(farm, second, Cause.GUEST_PANIC)
    with farm.db.writing() as session:
        third = submissions.rerun_boot(session, boots.boot(session, second), same_machine=True)
    assert third.wanted == steps.boot_now(farm, second).machine_id is not None


def test_there_is_no_submission_that_nobody_made(farm: Farm) -> None:
    with farm.db.reading() as session, pytest.raises(NotFound, match="submission-7"):
        submissions.submission(session, 7)


@pytest.mark.parametrize(
    ("url", "name"), [("/etc", ""), ("ext::sh -c x", ""), ("", ""), ("https://example.org/x.git", "../x")]
)
def test_a_repository_that_the_farm_will_not_touch_cannot_be_added(farm: Farm, url: str, name: str) -> None:
    with farm.db.writing() as session, pytest.raises(FarmError) as refused:
        repositories.add_repository(session, farm.url_policy, url=url, name=name)
    assert isinstance(refused.value, BadRequest)


def test_a_repository_is_named_after_its_url_and_known_once(farm: Farm) -> None:
    url = "https://example.org/firmware/loader.git"
    with farm.db.writing() as session:
        made = repositories.add_repository(session, farm.url_policy, url=url)
        assert (made.name, made.cache) == ("loader", "loader-6c15fcc5b493")
    for again in ({"url": url}, {"url": "https://example.org/other", "name": "loader"}):
        with farm.db.writing() as session, pytest.raises(Conflict):
            repositories.add_repository(session, farm.url_policy, **again)


def test_the_same_tree_in_another_repository_is_another_build(farm: Farm, admin: Caller, project: Path) -> None:
    other = project.with_name("other")
    git(project.parent, "clone", "-q", str(project), str(other))
    with farm.db.writing() as session:
        repositories.add_repository(session, farm.url_policy, url=str(other), name="other")
    mine = steps.builds_of(farm, steps.submit(farm, admin))[0]
    theirs = steps.builds_of(farm, steps.submit(farm, admin, repository="other"))[0]
    assert mine.tree == theirs.tree
    assert mine.id != theirs.id


def test_the_plan_of_a_branch_applies_to_head_when_that_is_what_head_means(
    farm: Farm, admin: Caller, project: Path
) -> None:
    commit_files(project, {".bootfarm.toml": PLAN + '[on."refs/heads/main"]\npass.line = "on main"\n'})
    for ref in ("HEAD", "main", "refs/heads/main"):
        boot = steps.boots_of(farm, steps.submit(farm, admin, ref=ref))[0]
        assert boot.expectations["markers"][0]["text"] == "on main"  # type: ignore[index,call-overload]
