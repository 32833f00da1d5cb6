"""A farm that only records, and repositories to build from."""

import hashlib
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from farm.wire import ArtifactRef, BuildJob, BuildOutcome, HeartbeatAnswer, Recipe, SourceRef, Step
from workers.build.host import BuildHost
from workers.build.limits import Limits
from workers.build.run import run_build
from workers.farm_client import JobClient, LeaseLost

SMALL = Limits(
    wall_seconds=600,
    fetch_seconds=120,
    memory=2 << 30,
    tasks=256,
    file=512 << 20,
    disk=2 << 30,
    tmp=64 << 20,
    spare_disk=1 << 20,
    log_head=1 << 16,
    log_tail=1 << 12,
    log_flood=8 << 20,
    artifact=1 << 20,
)

IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")


class RecordingClient:
    """Speaks JobClient's part that a build uses. `wish` may be changed while a build runs."""

    def __init__(self) -> None:
        self.wish: Literal["run", "cancel", "lost"] = "run"
        self.console = bytearray()
        self.uploads: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.steps: list[Step] = []
        self.outcomes: list[BuildOutcome] = []
        self.writes_after_loss = 0
        self.printed = threading.Condition()

    def _write(self) -> None:
        if self.wish == "lost":
            self.writes_after_loss += 1
            raise LeaseLost("over")

    def heartbeat(self, steps: list[Step]) -> HeartbeatAnswer:
        if self.wish == "lost":
            raise LeaseLost("over")
        self.steps = steps
        return HeartbeatAnswer(answer=self.wish, lease_expires_at=datetime.now(UTC))

    def append(self, stream: str, offset: int, data: bytes) -> int:
        self._write()
        assert stream == "build"
        assert offset == len(self.console)
        with self.printed:
            self.console += data
            self.printed.notify_all()
        return len(self.console)

    def download(self, ref: ArtifactRef, to: Path) -> None:
        to.write_bytes(self.files[ref.digest])

    def upload(self, path: Path) -> str:
        self._write()
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        self.uploads[digest] = content
        return digest

    def finish(self, outcome: BuildOutcome) -> None:
        self._write()
        self.outcomes.append(outcome)

    def wait_for(self, text: bytes, seconds: float = 30) -> None:
        with self.printed:
            assert self.printed.wait_for(lambda: text in self.console, seconds), bytes(self.console)

    @property
    def outcome(self) -> BuildOutcome:
        assert len(self.outcomes) == 1, self.outcomes
        return self.outcomes[0]

    @property
    def lines(self) -> list[str]:
        return self.console.decode(errors="replace").split("\n")


class Farm:
    """Submits commits of small repositories to `run_build`."""

    def __init__(self, root: Path, host: BuildHost) -> None:
        self.root, self.host = root, host
        self.builds = 0

    def git(self, repository: str, *arguments: str) -> str:
        folder = self.root / repository
        if not folder.exists():
            folder.mkdir(parents=True)
            subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=folder, check=True)
        done = subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def commit(self, files: dict[str, str], repository: str = "origin") -> str:
        self.git(repository, "status")
        for name, content in files.items():
            path = self.root / repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self.git(repository, "add", "--all")
        self.git(repository, "commit", "--quiet", "--allow-empty", "-m", "change")
        return self.git(repository, "rev-parse", "HEAD")

    def job(self, recipe: Recipe, repository: str = "origin", cache: str | None = None, **source: Any) -> BuildJob:
        self.builds += 1
        commit = self.git(repository, "rev-parse", "HEAD")
        tree = self.git(repository, "rev-parse", "HEAD^{tree}")
        given = {"url": str(self.root / repository), "cache": cache or repository, "commit": commit, "tree": tree}
        return BuildJob(
            build=self.builds,
            fence=1,
            token="t",
            lease_seconds=30,
            heartbeat_seconds=0.1,
            source=SourceRef.model_validate(given | source),
            recipe=recipe,
        )

    def run(self, job: BuildJob, client: RecordingClient) -> None:
        run_build(job, cast(JobClient, client), self.host)

    def build(
        self, job: BuildJob, *, meanwhile: Callable[[RecordingClient], None] | None = None, client: Any = None
    ) -> RecordingClient:
        """Run a job to its end; `meanwhile` runs beside it."""
        client = client or RecordingClient()
        beside = threading.Thread(target=meanwhile, args=(client,)) if meanwhile else None
        if beside:
            beside.start()
        self.run(job, client)
        if beside:
            beside.join()
        assert not list(self.host.run.iterdir())
        return cast(RecordingClient, client)

    def command(self, command: str, **recipe: Any) -> RecordingClient:
        """Commit nothing more and build with a command."""
        if not (self.root / "origin").exists():
            self.commit({"hello.c": "int x;\n"})
        chosen = {"command": command, "artifacts": ["*.img"], "timeout_seconds": 30} | recipe
        return self.build(self.job(Recipe.model_validate(chosen)))
