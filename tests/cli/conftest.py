"""A farm that speaks, a person's empty home, and the command as a shell runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from farm import repositories
from farm.access import Caller, Scope
from farm.appraisals.key_check import prepare_keys
from farm.farm import Farm
from tests.cli.cli_calls import Bootfarm, Ended, git
from tests.cli.served import served, speak_as
from tests.cli.speaking_farm import SpeakingFarm
from tests.conftest import PLAN, commit_files
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps
from tests.template_databases import farm_at


@pytest.fixture(autouse=True)
def person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nobody's settings but the test's; the current folder is no checkout."""
    for name in ("BOOTFARM_URL", "BOOTFARM_TOKEN", "BOOTFARM_HOME", "XDG_RUNTIME_DIR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "person"
    home.mkdir()
    for name, folder in (("HOME", ""), ("XDG_CONFIG_HOME", ".config"), ("XDG_STATE_HOME", ".local/state")):
        monkeypatch.setenv(name, str(home / folder))
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def farm(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpeakingFarm]:
    with SpeakingFarm() as speaking:
        monkeypatch.setenv("BOOTFARM_URL", speaking.url)
        monkeypatch.setenv("BOOTFARM_TOKEN", "bf_test")
        yield speaking


@pytest.fixture
def bootfarm(capfdbinary: pytest.CaptureFixture[bytes]) -> Bootfarm:
    def call(*argv: str) -> Ended:
        capfdbinary.readouterr()
        code = run(argv)
        captured = capfdbinary.readouterr()
        return Ended(code, captured.out.decode(), captured.err.decode())

    return call


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one commit, which is the current folder."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("one\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def judged(tmp_path: Path, redis_url: str, migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    """On each kind of database: boot-1 attested on null-1, bound to its TPM, and all that it showed waits for a
    decision. It answers over HTTP to sol, who may decide.
    """
    made = farm_at(tmp_path / "farm", redis_url, migrated_url, local_repositories=[tmp_path])
    commit_files(tmp_path / "project", {".bootfarm.toml": PLAN, "image.efi": "MZ"}, "First")
    with made.db.writing() as session:
        repositories.add_repository(session, made.url_policy, url=str(tmp_path / "project"), name="project")
    prepare_keys(made)
    for name in ("null-1", "null-2"):
        steps.add_machine(made, name, tags=["virtual"])
    steps.hello(made)
    attest.enrol(made)
    attest.run(made, attest.build(made, Caller(1, "ada", frozenset(Scope))))
    with served(made) as url:
        monkeypatch.setenv("BOOTFARM_URL", url)
        speak_as(monkeypatch, made, "sol", Scope.ATTEST_APPROVE)
        yield made
    made.db.dispose()
