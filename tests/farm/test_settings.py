"""Settings: arguments over environment over file."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from farm.farm import Farm
from farm.settings import Settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BOOTFARM_HOME", str(tmp_path))
    return tmp_path


def test_a_farm_without_any_setting_keeps_everything_below_its_home(home: Path) -> None:
    settings = Settings()
    assert settings.home == home
    assert settings.sql_url == f"sqlite:///{home}/farm.sqlite"
    assert {settings.consoles.parent, settings.artifacts.parent, settings.mirrors.parent} == {home}


def test_the_environment_wins_over_the_file_and_arguments_win_over_both(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "bootfarm.toml").write_text("lease_seconds = 11\ninfra_retries = 11\nresend_seconds = 11\n")
    monkeypatch.setenv("BOOTFARM_INFRA_RETRIES", "12")
    monkeypatch.setenv("BOOTFARM_RESEND_SECONDS", "12")
    settings = Settings(resend_seconds=13)
    assert (settings.lease_seconds, settings.infra_retries, settings.resend_seconds) == (11, 12, 13)


def test_a_misspelt_setting_in_the_file_is_refused_by_name(home: Path) -> None:
    (home / "bootfarm.toml").write_text("lease_second = 11\n")
    with pytest.raises(ValidationError, match="lease_second"):
        Settings()


def test_the_secret_is_not_shown(home: Path) -> None:
    assert "hush" not in repr(Settings(secret_key="hush"))


def test_without_home_the_state_folder_of_the_user_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOOTFARM_HOME", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert Settings().home == tmp_path / "bootfarm"


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(home: Path) -> None:
    first, second = Farm(Settings()).secret_key, Farm(Settings()).secret_key
    assert first == second
    assert len(first) >= 32
    assert (home / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_secret_key_in_the_settings_is_not_written_down(home: Path) -> None:
    assert Farm(Settings(secret_key="hush")).secret_key == "hush"
    assert not (home / "secret-key").exists()
