"""One build, step by step: checkout, fetch, build, artifacts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from farm.wire import BuildJob, BuiltArtifact
from mirrors import Commit
from workers.build import artifacts, cargo, folders
from workers.build.build_log import BuildLog
from workers.build.faults import CommitFault
from workers.build.fetch import CARGO_HOME, Fetch, locks_of_command
from workers.build.folders import Workspace
from workers.build.host import BuildHost, WarmCache
from workers.build.sandbox import Bind, Task
from workers.build.source import check_out_source
from workers.build.supervise import supervise
from workers.build.toolchain import Toolchain, toolchain
from workers.build.watch import Watch, signal_sentence
from workers.farm_client import JobClient
from workers.steps import Steps

OUT: Final = "/out"
TARGET: Final = "/cache/target"


@dataclass(frozen=True)
class Build:
    """One job and all that its steps share. `interrupt` raises when the farm or a flood of output ends it."""

    job: BuildJob
    client: JobClient
    host: BuildHost
    uid: int | None
    space: Workspace
    cache: WarmCache
    log: BuildLog
    steps: Steps
    interrupt: Callable[[], None]

    def run(self) -> list[BuiltArtifact]:
        """All steps; what they raise is the verdict."""
        with self.steps.step("checkout"):
            commit = check_out_source(
                self.job, self.client, self.host, self.space.source, self.cache.seen, self.log.say
            )
        command = self.job.recipe.command
        found = self._by_cargo(commit) if command is None else self._by_command(command, commit)
        with self.steps.step("artifacts"):
            return artifacts.store(found, self.client, self.host.limits, self.interrupt)

    def _by_cargo(self, commit: Commit) -> list[artifacts.Found]:
        recipe, source, tools = self.job.recipe, self.space.source, toolchain()
        with self.steps.step("fetch"):
            manifest = cargo.manifest_of(recipe, source)
            self._fetch([manifest], tools)
        messages = cargo.CargoMessages()
        folder = Path("/src", manifest.parent.relative_to(source)).as_posix()
        with self.steps.step("build"):
            argv = cargo.cargo_argv(recipe, tools)
            self._supervised(argv, folder, commit, tools, messages.write)
            return artifacts.by_cargo(messages.executables, self.cache.target)

    def _by_command(self, command: str, commit: Commit) -> list[artifacts.Found]:
        source, tools = self.space.source, None
        if locks := locks_of_command(source):
            tools = toolchain()
            with self.steps.step("fetch"):
                self._fetch(locks, tools)
        with self.steps.step("build"):
            folders.give(source, self.uid)
            self._supervised(("bash", "-eu", "-c", command), "/src", commit, tools, None)
            return artifacts.by_globs(self.job.recipe.artifacts, [self.space.out, source], self.host.limits)

    def _fetch(self, manifests: list[Path], tools: Toolchain) -> None:
        self.log.say(tools.identity)
        limits = self.host.limits
        watch = Watch(limits, limits.fetch_seconds, [self.cache.cargo], self.interrupt, "Fetching the dependencies")
        config = self.host.cargo_config
        fetch = Fetch(self.space.source, self.cache, tools, limits, self.uid, watch, self.log, config)
        for manifest in manifests:
            fetch.project(manifest)
        fetch.library()

    def _supervised(
        self,
        argv: tuple[str, ...],
        cwd: str,
        commit: Commit,
        tools: Toolchain | None,
        out: Callable[[bytes], None] | None,
    ) -> None:
        """Run the project's own code. `out` takes standard output where that is not for the log."""
        self.log.say(f"offline in {cwd}: {' '.join(argv)}")
        space, cache, limits = self.space, self.cache, self.host.limits
        folders.give(space.out, self.uid)
        binds = (
            Bind(space.source, "/src", writable=out is None),
            Bind(space.out, OUT, writable=True),
            Bind(cache.target, TARGET, writable=True),
            Bind(cache.cargo, CARGO_HOME),
            *(tools.binds() if tools else ()),
        )
        task = Task(argv, cwd, binds, self._env(commit, tools))
        seconds = min(self.job.recipe.timeout_seconds, limits.wall_seconds)
        watch = Watch(limits, seconds, [space.root, cache.target], self.interrupt)
        take = self.log.write
        status = supervise(task, limits, self.uid, watch, out or take, take if out else None)
        self.log.flush()
        self.interrupt()
        if status != 0:
            raise self._failed(status)
        watch.check_folders()

    def _env(self, commit: Commit, tools: Toolchain | None) -> dict[str, str]:
        fixed = {
            "PATH": "/usr/bin:/bin",
            "HOME": "/tmp",
            "LC_ALL": "C.UTF-8",
            "CARGO_HOME": CARGO_HOME,
            "CARGO_NET_OFFLINE": "true",
            "CARGO_TARGET_DIR": TARGET,
            "CARGO_TERM_COLOR": "never",
            "BOOTFARM_OUT": OUT,
            "BOOTFARM_COMMIT": commit.sha,
            "SOURCE_DATE_EPOCH": str(max(0, int(commit.authored_at.timestamp()))),
        }
        return fixed | (tools.env() if tools else {})

    def _failed(self, status: int) -> CommitFault:
        line = self.log.telling_line()
        number = line.number if line else None
        limit = signal_sentence(status, self.host.limits)
        if limit:
            return CommitFault(limit, number)
        return CommitFault(line.text if line else f"The build ended with status {status} and no output.", number)
