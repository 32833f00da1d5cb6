"""Finding, deleting and pruning streams."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farm.consoles import ConsoleStore
from farm.errors import BadRequest, StorageFault

NOW = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("owner", ["", "..", "boot", "boot-0", "boot-1/..", "Boot-1", "boot-1\n", "/boot-1", "boot-x"])
def test_an_owner_of_another_form_is_refused(tmp_path: Path, owner: str) -> None:
    with pytest.raises(BadRequest):
        ConsoleStore(tmp_path).stream(owner, "serial")
    with pytest.raises(BadRequest):
        ConsoleStore(tmp_path).delete_owner(owner)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../x", "Serial", "serial\n", ".gone-serial", "serial-2", "mine"]
)
def test_a_stream_that_no_worker_sends_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRequest):
        ConsoleStore(tmp_path).stream("boot-1", name)


def test_owners_and_their_streams_are_listed(tmp_path: Path) -> None:
    store = ConsoleStore(tmp_path / "consoles")
    assert store.owners() == []
    for owner, name in [("boot-1", "serial"), ("boot-1", "build"), ("build-7", "build")]:
        store.stream(owner, name).append(0, b"x", NOW)
    assert sorted(store.owners()) == ["boot-1", "build-7"]
    assert store.streams("boot-1") == ["build", "serial"]
    assert store.streams("boot-2") == []


def test_a_deleted_stream_is_gone_and_may_begin_anew(tmp_path: Path) -> None:
    stream = ConsoleStore(tmp_path).stream("boot-1", "serial")
    stream.delete()
    stream.append(0, b"old", NOW)
    stream.finish()
    stream.delete()
    assert stream.size() == 0
    assert list((tmp_path / "boot-1").iterdir()) == []
    assert stream.append(0, b"new", NOW) == 3


def test_what_a_killed_delete_left_goes_with_the_next(tmp_path: Path) -> None:
    store = ConsoleStore(tmp_path)
    store.stream("boot-1", "serial").append(0, b"old", NOW)
    (tmp_path / "boot-1" / "serial").rename(tmp_path / "boot-1" / ".gone-serial-00112233")
    assert store.streams("boot-1") == []
    store.delete_owner("boot-1")
    assert list(tmp_path.iterdir()) == []
    store.delete_owner("boot-1")


def test_prune_deletes_what_is_not_wanted_and_nothing_else(tmp_path: Path) -> None:
    store = ConsoleStore(tmp_path)
    for number in range(1, 5):
        store.stream(f"boot-{number}", "serial").append(0, b"x", NOW)
    assert sorted(store.prune(lambda owner: owner in {"boot-2", "boot-3"})) == ["boot-1", "boot-4"]
    assert sorted(store.owners()) == ["boot-2", "boot-3"]


def test_an_append_that_waits_while_the_stream_is_deleted_is_not_lost_in_the_old_folder(tmp_path: Path) -> None:
    store = ConsoleStore(tmp_path)
    stream = store.stream("boot-1", "serial")

    def append() -> None:
        for _ in range(300):
            stream.append(0, b"x", NOW)

    appender = threading.Thread(target=append)
    appender.start()
    while appender.is_alive():
        store.delete_owner("boot-1")
    appender.join()
    stream.append(0, b"x", NOW)
    assert stream.size() == 1


def test_a_root_that_cannot_be_used_is_a_storage_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    stream = ConsoleStore(tmp_path / "file").stream("boot-1", "serial")
    with pytest.raises(StorageFault):
        stream.append(0, b"x", NOW)
