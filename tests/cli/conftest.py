"""A farm that speaks, a person's empty home, and the command as a shell runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from tests.cli.cli_calls import Bootfarm, Ended, git
from tests.cli.speaking_farm import SpeakingFarm


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
