"""Tokens go to the farm that they were made for, and into files that only their owner reads."""

import io
import stat
import sys
from pathlib import Path

import pytest

from cli.credentials import credentials_file, server
from tests.cli.cli_calls import Bootfarm
from tests.cli.speaking_farm import SpeakingFarm, listed

ME = {"name": "ada", "scopes": ["read", "submit"]}


def log_in(farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(secret + "\n"))
    assert bootfarm("login", farm.url + "/", "--token", "-").code == 0


def test_login_keeps_a_token_that_the_farm_takes(
    farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.on("GET", "/me", ME)
    farm.on("GET", "/boots", listed())
    log_in(farm, bootfarm, monkeypatch, "bf_mine")
    assert stat.S_IMODE(credentials_file().stat().st_mode) == 0o600
    monkeypatch.delenv("BOOTFARM_URL")
    monkeypatch.delenv("BOOTFARM_TOKEN")
    assert bootfarm("list").code == 0
    assert farm.asked[-1].headers["Authorization"] == "Bearer bf_mine"


def test_a_token_that_the_farm_refuses_is_not_kept(
    farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.problem("GET", "/me", 401, "This token is unknown here.")
    monkeypatch.setattr(sys, "stdin", io.StringIO("bf_wrong\n"))
    assert bootfarm("login", farm.url, "--token", "-").code == 4
    assert not credentials_file().exists()


def test_no_token_is_a_sentence(farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert bootfarm("login", farm.url, "--token", "-").code == 2
    assert bootfarm("login", farm.url).code == 2


def test_a_stored_token_is_not_sent_to_another_farm(
    farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.on("GET", "/me", ME)
    log_in(farm, bootfarm, monkeypatch, "bf_mine")
    monkeypatch.delenv("BOOTFARM_TOKEN")
    monkeypatch.setenv("BOOTFARM_URL", "http://127.0.0.1:1")
    assert server().token == ""
    monkeypatch.setenv("BOOTFARM_URL", farm.url)
    assert server().token == "bf_mine"


def test_credentials_that_others_can_read_are_refused(
    farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.on("GET", "/me", ME)
    log_in(farm, bootfarm, monkeypatch, "bf_mine")
    credentials_file().chmod(0o644)
    ended = bootfarm("list")
    assert ended.code == 2
    assert "chmod 600" in ended.err


def test_the_home_of_a_local_farm_names_url_and_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "cli-token").touch(0o600)
    (home / "cli-token").write_text("bf_home\n")
    (home / "up.lock").write_text('{"pid": 1, "url": "http://127.0.0.1:9999"}')
    monkeypatch.setenv("BOOTFARM_HOME", str(home))
    assert (server().url, server().token) == ("http://127.0.0.1:9999", "bf_home")
    assert "bf_home" not in repr(server())
    monkeypatch.setenv("BOOTFARM_URL", "http://farm.example")
    assert server().token == ""
    monkeypatch.setenv("BOOTFARM_TOKEN", "bf_env")
    assert server().token == "bf_env"


def test_without_anything_it_is_this_host_s_farm_and_nobody(person: Path) -> None:
    assert (server().url, server().token) == ("http://127.0.0.1:8808", "")
