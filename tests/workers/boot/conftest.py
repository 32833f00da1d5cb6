"""A farm that speaks JobClient's calls, kept in memory."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from farm.wire import (
    ArtifactRef,
    BootJob,
    BootLimits,
    BootOutcome,
    BuildOutcome,
    HeartbeatAnswer,
    MachineDescription,
    Marker,
    MarkerKind,
    Step,
)
from workers.farm_client import JobClient
from workers.machines.host import LabHost


class FakeFarm(JobClient):
    """Remembers what it was told; its attributes say how it behaves."""

    def __init__(self) -> None:
        self.console = b""
        self.outcome: BootOutcome | BuildOutcome | None = None
        self.answer = "run"
        self.heartbeat_error: Exception | None = None
        self.append_error: Exception | None = None
        self.image = b"MZ"
        self.finishes = 0
        self.stored: dict[str, bytes] = {}
        self.upload_error: Exception | None = None
        self.keys: list[bytes] = []
        self.key_error: Exception | None = None

    def heartbeat(self, steps: list[Step]) -> HeartbeatAnswer:
        if self.heartbeat_error:
            raise self.heartbeat_error
        expires = datetime.now(UTC) + timedelta(seconds=30)
        return HeartbeatAnswer.model_validate({"answer": self.answer, "lease_expires_at": expires})

    def platform_key(self, public: bytes) -> None:
        if self.key_error:
            raise self.key_error
        self.keys.append(public)

    def append(self, stream: str, offset: int, data: bytes) -> int:
        assert (stream, offset) == ("serial", len(self.console))
        if self.append_error:
            raise self.append_error
        self.console += data
        return len(self.console)

    def download(self, ref: ArtifactRef, to: Path) -> None:
        to.write_bytes(self.image)

    def upload_bytes(self, data: bytes) -> str:
        if self.upload_error:
            raise self.upload_error
        digest = hashlib.sha256(data).hexdigest()
        self.stored[digest] = data
        return digest

    def finish(self, outcome: BootOutcome | BuildOutcome) -> None:
        self.finishes += 1
        self.outcome = outcome


@pytest.fixture
def farm() -> FakeFarm:
    return FakeFarm()


@pytest.fixture
def host(tmp_path: Path) -> Any:
    with TemporaryDirectory(prefix="bf-") as run_root:
        yield LabHost("lab", Path(run_root), tmp_path, tmp_path / "state")
        assert list(Path(run_root).glob("boot-*")) == []


@pytest.fixture
def make_job() -> Callable[..., BootJob]:
    def job(
        options: dict[str, Any],
        expect: tuple[str, ...] = ("READY",),
        forbid: tuple[str, ...] = ("panic",),
        **limits: Any,
    ) -> BootJob:
        bounds = {"total_seconds": 20, "silence_seconds": 20, "console_bytes": 1 << 20} | limits
        return BootJob(
            boot=7,
            fence=2,
            token="t",
            lease_seconds=30,
            heartbeat_seconds=0.1,
            machine=MachineDescription(name="scripted", driver="null", options=options),
            firmware="",
            image=ArtifactRef(name="app.efi", digest="0" * 64, size=2),
            markers=[
                *(Marker(name=text, kind=MarkerKind.EXPECT, text=text) for text in expect),
                *(Marker(name=text, kind=MarkerKind.FORBID, text=text) for text in forbid),
            ],
            limits=BootLimits(**bounds),
        )

    return job
