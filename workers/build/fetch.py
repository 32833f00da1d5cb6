"""Dependencies, with network and without running a line of the project: `cargo fetch` of a lock file.

Cargo takes configuration from the folders above its working folder, so it runs in /, where the project's
.cargo/config.toml and rust-toolchain.toml are not found.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workers.build.build_log import BuildLog
from workers.build.faults import CommitFault, HostFault
from workers.build.host import WarmCache
from workers.build.limits import Limits
from workers.build.plain_files import plain_file
from workers.build.registry_config import registry_config
from workers.build.sandbox import Bind, Task
from workers.build.supervise import supervise
from workers.build.toolchain import LIBRARY, Toolchain
from workers.build.watch import Watch

CARGO_HOME: Final = "/cache/cargo"
KEPT: Final = ("https_proxy", "HTTPS_PROXY", "http_proxy", "no_proxy", "NO_PROXY")
NETWORK: Final = re.compile(
    r"spurious network error|network failure|could ?n[o']t resolve|could ?n[o']t connect|failed to connect|timed out|"
    r"timeout was reached|unable to update registry|failed to download|failed to query replaced source|"
    r"connection (?:refused|reset)|ssl (?:connect )?error|failed to resolve address|download of .* failed",
    re.IGNORECASE,
)
STALE_LOCK: Final = re.compile(
    r"lock file .* needs to be updated|cannot (?:update|create) the lock file", re.IGNORECASE
)


def lock_above(manifest: Path, source: Path) -> Path | None:
    """The Cargo.lock that governs a manifest: beside it, or beside the workspace above it."""
    folder = manifest.parent
    while folder.is_relative_to(source):
        if plain_file(folder / "Cargo.lock", source):
            return folder / "Cargo.lock"
        folder = folder.parent
    return None


def locks_of_command(source: Path) -> list[Path]:
    """Manifests with a Cargo.lock, in the root or one folder below it: what a command may want to build offline."""
    manifests = [lock.with_name("Cargo.toml") for lock in (source / "Cargo.lock", *sorted(source.glob("*/Cargo.lock")))]
    return [one for one in manifests if plain_file(one, source) and plain_file(one.with_name("Cargo.lock"), source)]


@dataclass(frozen=True)
class Fetch:
    """What every fetch of one build shares."""

    source: Path
    cache: WarmCache
    tools: Toolchain
    limits: Limits
    uid: int | None
    watch: Watch
    log: BuildLog
    user_config: Path | None

    def project(self, manifest: Path) -> None:
        """What a lock file of the source names, for every platform; CommitFault or HostFault."""
        self._fetch(f"/src/{manifest.relative_to(self.source).as_posix()}")

    def library(self) -> None:
        """What the standard library depends on, by its own lock file: -Zbuild-std needs it, also offline.

        `cargo fetch -Zbuild-std` would need every target's name here, and a command may build for any.
        """
        self._fetch(f"{self.tools.seen}/{LIBRARY}/Cargo.toml")

    def _fetch(self, manifest: str) -> None:
        self.log.say(f"cargo fetch --locked --manifest-path {manifest}")
        said = bytearray()

        def hear(data: bytes) -> None:
            self.log.write(data)
            said.extend(data)
            del said[:-65536]  # what went wrong stands at the end

        self._configure()
        status = supervise(self._task(manifest), self.limits, self.uid, self.watch, hear)
        if status != 0:
            raise _fault(said.decode(errors="replace"), self.log, status)

    def _configure(self) -> None:
        config = self.cache.cargo / "config.toml"
        config.unlink(missing_ok=True)
        config.write_text(registry_config(self.user_config))
        config.chmod(0o644)

    def _task(self, manifest: str) -> Task:
        env = {"HOME": "/tmp", "CARGO_HOME": CARGO_HOME, "CARGO_TERM_COLOR": "never", "LC_ALL": "C.UTF-8"}
        env |= self.tools.env() | {name: os.environ[name] for name in KEPT if name in os.environ}
        return Task(
            argv=(f"{self.tools.seen}/bin/cargo", "fetch", "--locked", "--manifest-path", manifest),
            cwd="/",
            binds=(Bind(self.source, "/src"), Bind(self.cache.cargo, CARGO_HOME, writable=True), *self.tools.binds()),
            env=env,
            network=True,
        )


def _fault(said: str, log: BuildLog, status: int) -> CommitFault | HostFault:
    line = log.telling_line()
    text = line.text if line else f"cargo fetch ended with status {status}"
    number = line.number if line else None
    if STALE_LOCK.search(said):
        return CommitFault("Cargo.lock does not fit Cargo.toml: run cargo generate-lockfile and commit it.", number)
    if NETWORK.search(said):
        return HostFault(f"The dependencies could not be fetched: {text}")
    return CommitFault(f"The dependencies could not be fetched: {text}", number)
