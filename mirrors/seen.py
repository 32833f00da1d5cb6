"""Modification times for warm builds: what a build tool has already compiled keeps its time, all else gets a new one.

A time may be kept only while the content is that of the *previous* checkout into the same cache. Keeping the time of
the first sight for ever looks equal and is wrong: after A, B, A the file would have A's old time, older than what the
compiler made of B, and the build of A would silently ship B.
"""

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

SCHEMA: Final = "CREATE TABLE IF NOT EXISTS seen (path BLOB PRIMARY KEY, content TEXT NOT NULL, mtime INTEGER NOT NULL)"
TICK: Final = 1_000_000  # ns


def stable_times(seen: Path, contents: Iterable[tuple[bytes, str]]) -> dict[bytes, int]:
    """The mtime in ns for every (path, content) of a new checkout. The index then holds this checkout and no other.

    Call it before the tool runs, under the lock of the cache. An index that cannot be read is begun anew, which only
    costs a full build.
    """
    seen.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _times(seen, contents)
    except sqlite3.DatabaseError:
        seen.unlink(missing_ok=True)
        return _times(seen, contents)


def _times(seen: Path, contents: Iterable[tuple[bytes, str]]) -> dict[bytes, int]:
    with closing(sqlite3.connect(seen)) as db, db:
        db.execute(SCHEMA)
        before = {path: (content, mtime) for path, content, mtime in db.execute("SELECT * FROM seen")}
        # A clock that was set back must not make new content look older than what was compiled since.
        fresh = max([time.time_ns(), *(mtime + TICK for _content, mtime in before.values())])
        now = {path: (content, _kept(before.get(path), content, fresh)) for path, content in contents}
        db.execute("DELETE FROM seen")
        db.executemany("INSERT INTO seen VALUES (?, ?, ?)", [(path, *row) for path, row in now.items()])
    return {path: mtime for path, (_content, mtime) in now.items()}


def _kept(before: tuple[str, int] | None, content: str, fresh: int) -> int:
    return before[1] if before and before[0] == content else fresh
