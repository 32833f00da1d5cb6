"""One farm: its settings, its database, its files and its secret, opened once per process."""

import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from farm import queue
from farm.artifacts import ArtifactStore
from farm.consoles import ConsoleStore, Limits
from farm.database import Database
from farm.errors import BadRequest
from farm.settings import Settings
from farm.signing import Signer
from mirrors import Mirror, UrlPolicy


@dataclass(frozen=True)
class Farm:
    """What every part of the front end needs. Nothing is opened before it is used."""

    settings: Settings

    @cached_property
    def db(self) -> Database:
        """The database."""
        self.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Database(self.settings.sql_url)

    @cached_property
    def artifacts(self) -> ArtifactStore:
        """The content-addressed files."""
        self.settings.artifacts.mkdir(parents=True, exist_ok=True)
        return ArtifactStore(self.settings.artifacts, self.settings.max_artifact)

    @cached_property
    def consoles(self) -> ConsoleStore:
        """The console streams."""
        limits = Limits(head_bytes=self.settings.max_console_head, tail_bytes=self.settings.max_console_tail)
        return ConsoleStore(self.settings.consoles, limits)

    @cached_property
    def url_policy(self) -> UrlPolicy:
        """Which repository URLs this farm touches."""
        return UrlPolicy(local_folders=tuple(self.settings.local_repositories))

    def mirror(self, url: str) -> Mirror:
        """The farm's own bare mirror of a repository."""
        return Mirror(self.settings.mirrors, url, self.url_policy)

    @cached_property
    def secret_key(self) -> str:
        """Signs sessions and job tokens; from the settings, else made once and kept with mode 0600."""
        given = self.settings.secret_key.get_secret_value()
        return given or _kept_secret(self.settings.home / "secret-key")

    @cached_property
    def signer(self) -> Signer:
        """Signs results of appraisals."""
        return Signer(self.settings.home / "keys")

    def nudge(self) -> None:
        """Wake the dispatcher."""
        queue.nudge(self.settings.redis_url)


def _kept_secret(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(file)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(48))
    return _read_secret(file)


def _read_secret(file: Path) -> str:
    # Two processes may start at once: the loser of the race must not read the file before it is written.
    for _ in range(100):
        if text := file.read_text().strip():
            return text
        os.sched_yield()
    raise BadRequest(f"{file} is empty.", next_step="Remove it; the farm makes a new one and all sessions end.")
