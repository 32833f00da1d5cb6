"""Files by their digest: whole or not at all, whatever the disk does."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from farm import artifacts
from farm.artifacts import ArtifactStore
from farm.database import now
from farm.errors import BadRequest, NotFound, TooLarge
from farm.farm import Farm
from tests.farm import farm_steps as steps

DATA = b"MZ" * 5000
DIGEST = hashlib.sha256(DATA).hexdigest()

ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from farm.artifacts import ArtifactStore
from farm.errors import StorageFault
limit, size, digest = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
store = ArtifactStore(Path(sys.argv[1]), 1 << 20)
try:
    store.put(digest, [b"MZ" * (size // 2)])
except StorageFault as fault:
    print(fault.message, store.has(digest))
"""


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path, 20_000)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_bytes_come_back_under_their_digest(store: ArtifactStore) -> None:
    assert store.put(DIGEST, [DATA[:1], DATA[1:]]) == len(DATA)
    assert store.has(DIGEST)
    assert store.path(DIGEST).read_bytes() == DATA
    assert store.put_bytes(DATA) == DIGEST
    assert store.put(DIGEST, [DATA]) == len(DATA)


def test_other_bytes_than_were_said_are_refused_and_leave_nothing(store: ArtifactStore, tmp_path: Path) -> None:
    with pytest.raises(BadRequest) as refused:
        store.put(DIGEST, [DATA, b"!"])
    assert refused.value.code == "digest-mismatch"
    assert files(tmp_path) == []


def test_too_many_bytes_are_refused_before_they_are_all_read(store: ArtifactStore, tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield DATA

    with pytest.raises(TooLarge):
        store.put(DIGEST, endless())
    assert files(tmp_path) == []


def test_a_sender_that_breaks_off_leaves_nothing(store: ArtifactStore, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield DATA
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(DIGEST, broken())
    assert files(tmp_path) == []


@pytest.mark.parametrize(("limit", "size"), [(4096, 100_000), (4096, 6000)])
def test_a_full_disk_is_a_storage_error_and_leaves_nothing_that_looks_stored(
    tmp_path: Path, limit: int, size: int
) -> None:
    digest = hashlib.sha256(b"MZ" * (size // 2)).hexdigest()
    argv = [sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path), str(limit), str(size), digest]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "The artifact could not be stored: File too large. False"
    assert files(tmp_path) == []


def test_the_row_of_a_file_is_written_once(farm: Farm) -> None:
    with farm.db.writing() as session:
        first = artifacts.record(session, DIGEST, 3, now())
        assert artifacts.record(session, DIGEST, 99, now()) is first
    with farm.db.reading() as session:
        assert artifacts.artifact(session, DIGEST).size == 3
        with pytest.raises(NotFound):
            artifacts.artifact(session, "0" * 64)


def test_the_same_file_recorded_twice_at_once_is_one_row(farm: Farm) -> None:
    assert steps.at_once(*[lambda: steps.store(farm, DATA)] * 4) == [DIGEST] * 4
