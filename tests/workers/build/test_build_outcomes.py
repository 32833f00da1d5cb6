"""Each way in which a build ends, and the outcome that the farm hears."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from farm.wire import ArtifactRef, BuildOutcome, Cause, HeartbeatAnswer, Recipe, Step, StepState, Verdict
from tests.workers.build.build_fakes import Farm, RecordingClient
from workers.build import sandbox
from workers.build.run import clean_leftovers
from workers.farm_client import FarmRefused, FarmUnreachable


def test_a_command_build_passes_with_its_artifact(farm: Farm) -> None:
    client = farm.command('echo hello; printf image > "$BOOTFARM_OUT/app.img"')
    outcome = client.outcome
    assert outcome.verdict == Verdict.PASS
    assert [(a.name, a.size) for a in outcome.artifacts] == [("app.img", 5)]
    assert client.uploads[outcome.artifacts[0].digest] == b"image"
    assert [(s.name, s.state) for s in outcome.steps] == [(n, StepState.OK) for n in ("checkout", "build", "artifacts")]
    assert "hello" in client.lines


def test_a_build_that_fails_names_its_first_error_and_its_line(farm: Farm) -> None:
    client = farm.command('echo fine; echo "hello.c:1:5: error: no such thing" >&2; echo "x: error: later"; exit 3')
    outcome = client.outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, Cause.BUILD_ERROR)
    assert outcome.detail == "hello.c:1:5: error: no such thing"
    assert outcome.error_line is not None
    assert client.lines[outcome.error_line - 1] == outcome.detail
    assert outcome.steps[-1].state == StepState.FAILED


def test_a_failure_without_an_error_line_shows_the_last_line(farm: Farm) -> None:
    client = farm.command("echo one; echo two; false")
    assert client.outcome.detail == "two"
    assert client.lines[(client.outcome.error_line or 0) - 1] == "two"


@pytest.mark.parametrize("content", ["", "image", "MZ", "MZ%058d\\377\\377\\377\\177", "MZ%058d\\100\\0\\0\\0NE\\0\\0"])
def test_an_application_that_is_no_pe_image_is_refused_and_never_booted(farm: Farm, content: str) -> None:
    client = farm.command(f"printf '{content}' 0 > App.EFI", artifacts=["App.EFI"])
    assert (client.outcome.verdict, client.outcome.cause) == (Verdict.FAIL, Cause.BUILD_ERROR)
    assert client.outcome.detail == "The artifact App.EFI is no PE image, so no firmware could start it."
    assert client.uploads == {}


def test_globs_that_match_nothing_are_named(farm: Farm) -> None:
    outcome = farm.command("true", artifacts=["boot/*.efi", "*.img"]).outcome
    assert outcome.cause == Cause.BUILD_ERROR
    assert "boot/*.efi, *.img" in outcome.detail
    assert "names no artifacts" in farm.command("true", artifacts=[]).outcome.detail


def test_artifacts_are_found_in_the_output_before_the_source(farm: Farm) -> None:
    made = 'mkdir -p a/b; echo s > a/b/x.img; echo s > y.img; echo o > "$BOOTFARM_OUT/z.img"'
    assert [a.name for a in farm.command(made).outcome.artifacts] == ["z.img"]
    assert [a.name for a in farm.command(made, artifacts=["**/x.img"]).outcome.artifacts] == ["a/b/x.img"]


def test_an_artifact_that_is_too_large_is_refused(farm: Farm) -> None:
    outcome = farm.command("truncate -s 2M big.img").outcome
    assert (outcome.cause, outcome.detail) == (Cause.BUILD_ERROR, "The artifact big.img is larger than 1 MiB.")


def test_a_patch_is_built(farm: Farm) -> None:
    farm.commit({"image": "old\n"})
    (farm.root / "origin/image").write_text("new\n")
    patch = (farm.git("origin", "diff") + "\n").encode()
    farm.git("origin", "add", "--all")
    tree = farm.git("origin", "write-tree")
    outcome, client = _with_patch(farm, patch, tree)
    assert outcome.verdict == Verdict.PASS
    assert list(client.uploads.values()) == [b"new\n"]


def test_a_patch_that_does_not_apply_is_the_commits_fault(farm: Farm) -> None:
    farm.commit({"image": "old\n"})
    patch = b"--- a/image\n+++ b/image\n@@ -1 +1 @@\n-other\n+new\n"
    outcome, _ = _with_patch(farm, patch, "0" * 40)
    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, Cause.BUILD_ERROR)
    assert "does not apply" in outcome.detail
    assert "image:1" in outcome.detail


def _with_patch(farm: Farm, patch: bytes, tree: str) -> tuple[BuildOutcome, RecordingClient]:
    digest = hashlib.sha256(patch).hexdigest()
    client = RecordingClient()
    client.files[digest] = patch
    ref = ArtifactRef(name="patch", digest=digest, size=len(patch))
    job = farm.job(Recipe(command="true", artifacts=["image"]), patch=ref, tree=tree)
    farm.build(job, client=client)
    return client.outcome, client


def test_a_repository_that_is_away_is_the_farms_fault(farm: Farm) -> None:
    farm.commit({"a": "1"})
    job = farm.job(Recipe(command="true", artifacts=["a"]), commit="1" * 40)
    outcome = farm.build(job).outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.INFRA, Cause.TOOLCHAIN_ERROR)


def test_a_build_that_hangs_is_ended_by_its_time_limit(farm: Farm) -> None:
    began = time.monotonic()
    outcome = farm.command("sleep 60", timeout_seconds=1).outcome
    assert (outcome.cause, outcome.detail) == (Cause.BUILD_ERROR, "The build took longer than 1 s.")
    assert time.monotonic() - began < 10


def test_cancel_ends_a_build_at_once(farm: Farm) -> None:
    def cancel(client: RecordingClient) -> None:
        client.wait_for(b"\nstarted")
        client.wish = "cancel"

    farm.commit({"a": "1"})
    outcome = farm.build(farm.job(Recipe(command="echo started; sleep 60", artifacts=["a"])), meanwhile=cancel).outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.CANCELLED, Cause.BY_USER)


def test_a_lost_lease_ends_a_build_without_another_word(farm: Farm) -> None:
    def lose(client: RecordingClient) -> None:
        client.wait_for(b"\nstarted")
        client.wish = "lost"

    farm.commit({"a": "1"})
    client = farm.build(farm.job(Recipe(command="echo started; sleep 60", artifacts=["a"])), meanwhile=lose)
    assert client.outcomes == []
    assert client.writes_after_loss == 0


def test_heartbeats_that_do_not_arrive_do_not_end_a_build(farm: Farm) -> None:
    class Away(RecordingClient):
        def heartbeat(self, steps: list[Step]) -> HeartbeatAnswer:
            raise FarmUnreachable("away")

    farm.commit({"a": "1"})
    client = farm.build(farm.job(Recipe(command="sleep 0.5", artifacts=["a"])), client=Away())
    assert client.outcome.verdict == Verdict.PASS


def test_two_builds_of_one_cache_wait_for_each_other(farm: Farm) -> None:
    farm.commit({"a": "1"})
    inside = "mkdir $CARGO_TARGET_DIR/busy; sleep 0.5; rmdir $CARGO_TARGET_DIR/busy"
    jobs = [farm.job(Recipe(command=inside, artifacts=["a"])) for _ in range(2)]
    clients = [RecordingClient(), RecordingClient()]
    threads = [threading.Thread(target=farm.run, args=pair) for pair in zip(jobs, clients, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [client.outcome.verdict for client in clients] == [Verdict.PASS, Verdict.PASS]


def test_leftovers_of_dead_workers_are_removed_but_not_live_ones(farm: Farm) -> None:
    for name in ("build-1-1", "build-2-7", "other"):
        (farm.host.run / name / "deep").mkdir(parents=True)
    assert clean_leftovers(farm.host, {"build-2-7"}) == ["build-1-1"]
    assert sorted(p.name for p in farm.host.run.iterdir()) == ["build-2-7", "other"]


def test_a_build_that_began_after_the_leases_were_listed_keeps_its_folder(farm: Farm) -> None:
    def clean(client: RecordingClient) -> None:
        client.wait_for(b"\nstarted")
        assert clean_leftovers(farm.host, set()) == []
        (farm.host.run / "build-1-1/out/go").touch()

    farm.commit({"a": "1"})
    wait = 'echo started; while [ ! -e "$BOOTFARM_OUT/go" ]; do sleep 0.05; done'
    job = farm.job(Recipe(command=wait, artifacts=["go"], timeout_seconds=20))
    assert farm.build(job, meanwhile=clean).outcome.verdict == Verdict.PASS
    assert "build-1-1" not in farm.host.held


@pytest.mark.parametrize("error", [FarmRefused(422, "no"), FarmUnreachable("away")])
def test_an_outcome_that_the_farm_does_not_take_is_logged(farm: Farm, error: Exception) -> None:
    class Refusing(RecordingClient):
        def finish(self, outcome: BuildOutcome) -> None:
            raise error

    farm.commit({"a": "1"})
    with capture_logs() as logs:
        farm.build(farm.job(Recipe(command="true", artifacts=["a"])), client=Refusing())
    assert [(entry["event"], entry["build"]) for entry in logs] == [("build outcome not delivered", 1)]


def test_a_fault_may_quote_a_name_that_is_no_utf8(farm: Farm) -> None:
    outcome = farm.command(r"ln -s /etc/passwd $'no-\xff.img'").outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, Cause.BUILD_ERROR)
    assert outcome.detail.startswith(r"no-\udcff.img is a link")


@pytest.mark.parametrize("program", ["bwrap", "setpriv", "prlimit", "sh"])
def test_a_build_that_speaks_as_the_sandbox_still_fails_by_its_own_fault(farm: Farm, program: str) -> None:
    outcome = farm.command(f"echo '{program}: I am the farm, sorry'; exit 1").outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, Cause.BUILD_ERROR)


def test_a_sandbox_that_breaks_before_the_build_begins_is_the_farms_fault(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_bounded", lambda limits: ["prlimit", "--nonsense", "--"])
    outcome = farm.command("true").outcome
    assert outcome.cause == Cause.TOOLCHAIN_ERROR
    assert "The sandbox could not be made: prlimit: " in outcome.detail


def test_a_missing_sandbox_is_the_farms_fault_and_says_what_to_install(
    farm: Farm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("git", "rm", "du", "chown", "chmod"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    farm.commit({"a": "1"})
    job = farm.job(Recipe(command="true", artifacts=["a"]))
    monkeypatch.setenv("PATH", str(tools))
    outcome = farm.build(job).outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.INFRA, Cause.TOOLCHAIN_ERROR)
    assert "apt-get install bubblewrap" in outcome.detail


def test_a_full_disk_is_the_farms_fault(farm_with: Callable[..., Farm]) -> None:
    outcome = farm_with(spare_disk=1 << 60).command("sleep 5").outcome
    assert (outcome.verdict, outcome.cause) == (Verdict.INFRA, Cause.STORAGE_ERROR)


WORKER = """
import sys
from pathlib import Path
from tests.workers.build.build_fakes import Farm, RecordingClient
from farm.wire import BuildJob
from mirrors import UrlPolicy
from workers.build.host import BuildHost
root = Path(sys.argv[1])
host = BuildHost(root / "cache", root / "run", UrlPolicy((root,)))
farm = Farm(root / "repositories", host)
client = RecordingClient()
farm.run(BuildJob.model_validate_json(sys.argv[2]), client)
"""


def test_a_worker_that_is_killed_takes_its_sandbox_along(farm: Farm, tmp_path: Path) -> None:
    farm.commit({"a": "1"})
    job = farm.job(Recipe(command="exec sleep 8765", artifacts=["a"]))
    text = job.model_dump_json().replace('"token":"**********"', '"token":"t"')
    path = os.pathsep.join([str(Path(__file__).parent), str(Path.cwd()), *sys.path])
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path), text], env={**os.environ, "PYTHONPATH": path}
    )
    _until(lambda: _running(b"sleep\x008765\0"))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    _until(lambda: not _running(b"8765"))
    assert clean_leftovers(farm.host, set()) == ["build-1-1"]


def _running(words: bytes) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith((words, b"bwrap")) and words in path.read_bytes():
                return True
        except OSError:
            continue  # it ended meanwhile
    return False


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_name_with_a_backslash_is_the_commits_fault(farm: Farm) -> None:
    outcome = farm.command(r"touch 'a\b.img'", artifacts=["*.img"]).outcome
    assert (outcome.cause, "backslash" in outcome.detail) == (Cause.BUILD_ERROR, True)
