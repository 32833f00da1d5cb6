"""All settings of a farm, from `bootfarm.toml` in its home and from BOOTFARM_ environment variables."""

import os
from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


def default_home() -> Path:
    """`BOOTFARM_HOME`, else the XDG state folder."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(os.environ.get("BOOTFARM_HOME") or Path(state) / "bootfarm")


def default_cache() -> Path:
    """Where warm build folders and mirrors live; it may be deleted at any time and is only slower without."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bootfarm"


class Settings(BaseSettings):
    """One farm's settings. Times are seconds, sizes are bytes."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(env_prefix="BOOTFARM_", extra="forbid")

    home: Path = Field(default_factory=default_home)
    cache: Path = Field(default_factory=default_cache)
    url: str = "http://127.0.0.1:8808"
    database_url: str = ""  # default: SQLite in the home
    redis_url: str = "redis://127.0.0.1:6379/0"
    secret_key: SecretStr = SecretStr("")  # default: made once, kept in the home with mode 0600
    local_repositories: list[Path] = []  # folders below which a local path may be submitted
    lease_seconds: float = 30
    heartbeat_seconds: float = 3
    reconcile_seconds: float = 2
    resend_seconds: float = 10  # a message not claimed by then is sent again
    infra_retries: int = 2
    max_console_head: int = 32 << 20
    max_console_tail: int = 32 << 20
    max_artifact: int = 512 << 20
    max_patch: int = 4 << 20
    git_timeout: float = 120
    trusted_hosts: list[str] = []  # further names under which people reach the farm; ".example.org" takes all below it
    secure_cookies: bool = False  # true behind TLS

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over the file in the home."""
        file = TomlConfigSettingsSource(settings_cls, default_home() / "bootfarm.toml")
        return init_settings, env_settings, file

    @property
    def sql_url(self) -> str:
        """The database, as SQLAlchemy names it."""
        return self.database_url or f"sqlite:///{self.home / 'farm.sqlite'}"

    @property
    def consoles(self) -> Path:
        """Root of the console streams."""
        return self.home / "consoles"

    @property
    def artifacts(self) -> Path:
        """Root of the content-addressed files."""
        return self.home / "artifacts"

    @property
    def mirrors(self) -> Path:
        """Root of the farm's own bare mirrors."""
        return self.home / "mirrors"
