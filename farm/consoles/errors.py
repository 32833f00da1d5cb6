"""What an append may meet, and the translation of the disk's errors into the farm's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zstandard import ZstdError

from farm.errors import Conflict, StorageFault


class OffsetAhead(Conflict):
    """The append begins beyond the size: bytes before it are missing. Send again from `expected` (a byte offset)."""

    code = "console-offset-ahead"

    def __init__(self, offset: int, expected: int) -> None:
        """Both are byte offsets."""
        super().__init__(
            f"The append begins at byte {offset}, but the console has {expected} bytes.",
            next_step=f"Send again from byte {expected}.",
            extra={"expected": expected},
        )
        self.expected = expected


class StreamFinished(Conflict):
    """The stream was finished with fewer bytes than the append would make it hold."""

    code = "console-finished"

    def __init__(self, end: int, size: int) -> None:
        """`end` is where the append would have ended."""
        super().__init__(
            f"The append ends at byte {end}, but the console was finished with {size} bytes.",
            next_step="Drop what remains: nothing is added to a console after its end.",
            extra={"size": size},
        )


@contextmanager
def disk_faults(folder: Path) -> Iterator[None]:
    """Raise `StorageFault` for whatever the disk refuses: full, over quota, too large a file, unreadable, damaged."""
    try:
        yield
    except (OSError, ZstdError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StorageFault(
            f"The console store failed at {folder.parent.name}/{folder.name}: {reason}.",
            next_step="Free or mend the disk, then send again from the size; what was stored is kept.",
        ) from error
