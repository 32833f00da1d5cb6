"""From ready to verdict: what `up` tells and submits, against a farm that speaks."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from cli.api_client import ApiClient
from cli.checkout import checkout_or_none
from cli.credentials import Server
from cli.errors import CliError
from cli.output import Output
from cli.up.children import BOOTER, BUILDER, Place
from cli.up.ground import Ground
from cli.up.options import UpOptions
from cli.up.session import Session
from farm.states import Cause
from tests.cli.cli_calls import Bootfarm, git
from tests.cli.speaking_farm import MOMENT, SpeakingFarm, boot, build, step, submission
from tests.cli.talking_console import END, TalkingConsole


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.watching.POLL_SECONDS", 0.02)


def a_session(
    farm: SpeakingFarm, folder: Path, *, dirty: bool = False, submit: bool = True, once: bool = False
) -> Session:
    hello = (MOMENT + timedelta(seconds=1)).isoformat()
    farm.on("GET", "/health", {})
    names = [{"name": name, "lab": "local", "last_seen_at": hello} for name in (BUILDER, BOOTER)]
    farm.on("GET", "/workers", [{"items": []}, {"items": names[:1]}, {"items": names}])
    options = UpOptions("127.0.0.1", None, checkout_or_none(folder), submit, dirty, once, "")
    place = Place(folder / "h", folder / "r", "127.0.0.1", 1, farm.url, ())
    ground = Ground("bf_x", f"{farm.url}/login/code", "runtime")
    client = ApiClient(Server(farm.url, "bf_x"), patience=0)
    return Session(Output(), client, place, ground, options, MOMENT, threading.Event(), lambda: "  1.0 s  ")


def test_head_is_built_booted_and_heard(farm: SpeakingFarm, checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    built = [build(steps=[step("cargo")])]
    farm.on("POST", "/submissions", submission(commit=head, status="waiting"))
    farm.on(
        "GET",
        "/submissions/submission-7",
        [submission(status="running", builds=built, boots=[boot(status="running")]), submission(boots=[boot()])],
    )
    farm.on("GET", "/boots/boot-12", boot(status="running"))
    farm.on("GET", "/boots/boot-12/log/serial", TalkingConsole(b"BdsDxe\nREADY\n", [[13, END]]))
    (checkout / "a.txt").write_text("two\n")
    last = a_session(farm, checkout).run()
    assert last is not None
    assert last.status == "pass"
    out, err = capfd.readouterr()
    assert out == f"BdsDxe\nREADY\nboot-12  pass  31.2 s  {farm.url}/boots/boot-12\n"
    assert err.splitlines() == [
        f"  1.0 s  the farm is at {farm.url}",
        f"          log in once with {farm.url}/login/code",
        "  1.0 s  worker-build is ready",
        "  1.0 s  worker-boot is ready",
        "Uncommitted changes are not part of what is booted; `bootfarm up --dirty` takes those to tracked files.",
        f"  1.0 s  submitted {head[:10]} fix serial framing: {farm.url}/submissions/submission-7",
        "  1.0 s    build-3  cargo  0.0 s",
        "  1.0 s  build-3  pass  31.2 s",
        "  1.0 s  boot-12  running on qemu-1",
        "  1.0 s  boot-12  pass  31.2 s",
    ]
    said = farm.calls("POST", "/submissions")[0].json
    assert said == {"repository": "runtime", "ref": "refs/heads/main", "patch": "", "note": "bootfarm up"}


def test_dirty_takes_uncommitted_changes_along(farm: SpeakingFarm, checkout: Path) -> None:
    (checkout / "a.txt").write_text("two\n")
    lost = boot(status="fail", cause=Cause.BUILD_ERROR, started_at=None)
    done = submission(status="fail", boots=[lost])
    farm.on("GET", "/boots/boot-12", lost)
    farm.on("POST", "/submissions", done)
    farm.on("GET", "/submissions/submission-7", done)
    assert a_session(farm, checkout, dirty=True).run() is not None
    said = farm.calls("POST", "/submissions")[0].json
    assert "-one\n+two\n" in said["patch"]
    assert said["note"] == "bootfarm up, with uncommitted changes"


def test_once_ends_where_waiting_would_not_help(
    farm: SpeakingFarm, checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    why = "qemu-1, qemu-2: taken for broken: swtpm_setup is not installed"
    stuck = boot(status="can't start", waiting_reason=why)
    farm.on("POST", "/submissions", submission(status="waiting"))
    going_on = submission(status="running", boots=[stuck, boot(13, status="running")])
    farm.on("GET", "/submissions/submission-7", [going_on, submission(status="can't start", boots=[stuck])])
    farm.on("GET", "/boots/boot-12", stuck)
    farm.on("GET", "/boots/boot-13", boot(13, status="running"))
    farm.on("GET", "/boots/boot-13/log/serial", TalkingConsole(b"", [[0, END]]))
    last = a_session(farm, checkout, once=True).run()
    assert last is not None
    assert (last.stuck, last.finished) == (True, False)
    out, err = capfd.readouterr()
    assert out == f"boot-12  can't start  not run  {farm.url}/boots/boot-12\n"
    assert f"boot-12  can't start: {why}" in err
    assert "the next `bootfarm up` tries its machines again" in err


def test_without_submission_it_only_waits(farm: SpeakingFarm, checkout: Path) -> None:
    assert a_session(farm, checkout, submit=False).run() is None
    assert len(farm.calls("GET", "/workers")) == 3
    assert farm.calls("POST", "/submissions") == []


def test_a_worker_that_does_not_come_is_named_with_its_last_lines(
    farm: SpeakingFarm, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.up.session.WORKERS_SECONDS", 0.2)
    session = a_session(farm, checkout)
    farm.on("GET", "/workers", {"items": []})
    (checkout / "h/logs").mkdir(parents=True)
    (checkout / "h/logs/worker-build.log").write_text("cargo is not installed\n")
    with pytest.raises(CliError, match="worker-build is not ready after 0 s") as error:
        session.run()
    assert "cargo is not installed" in error.value.message
    assert error.value.exit_code == 3


def test_a_stop_while_it_begins_is_no_error(farm: SpeakingFarm, checkout: Path) -> None:
    session = a_session(farm, checkout)
    farm.problem("GET", "/health", 503, "Not yet.")
    session.stop.set()
    assert session.run() is None


def test_wrong_settings_are_a_sentence(bootfarm: Bootfarm, person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTFARM_HOME", str(person / "farm"))
    monkeypatch.setenv("BOOTFARM_LEASE_SECONDS", "long")
    ended = bootfarm("db", "check")
    assert ended.code == 2
    assert "lease_seconds" in ended.err
    monkeypatch.setenv("BOOTFARM_LOCAL_REPOSITORIES", "/srv")
    ended = bootfarm("up", "--no-submit")
    assert ended.code == 2
    assert "local_repositories" in ended.err
    monkeypatch.delenv("BOOTFARM_LEASE_SECONDS")
    monkeypatch.delenv("BOOTFARM_LOCAL_REPOSITORIES")
    (person / "farm").mkdir(exist_ok=True)
    (person / "farm/bootfarm.toml").write_text("home = [")
    assert bootfarm("login-link").code == 2


def test_a_database_that_is_none_is_a_sentence(
    bootfarm: Bootfarm, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOTFARM_HOME", str(person / "farm"))
    (person / "farm").mkdir()
    (person / "farm/farm.sqlite").write_bytes(b"not a database" * 100)
    ended = bootfarm("db", "check")
    assert ended.code == 3
    assert "file is not a database" in ended.err


def test_a_worker_without_its_environment_is_a_sentence(bootfarm: Bootfarm, person: Path) -> None:
    ended = bootfarm("worker", "--kind", "build", "--name", "w", "--run-dir", str(person / "r"))
    assert ended.code == 2
    assert "BOOTFARM_WORKER_TOKEN_FILE" in ended.err
