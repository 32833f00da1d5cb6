"""Console streams as files: every byte a machine said, by byte offset and by line. No SQL, no HTTP.

A stream is a folder of segments of about 1 MiB. A segment's name holds the byte offset and the line at which it
begins, so a byte or a line is found by name and one short scan, and the size is known from one `stat`. Any number
of threads and processes on one disk may append, read and finish the same stream.
"""

from farm.consoles.errors import OffsetAhead, StreamFinished
from farm.consoles.escapes import shown, strip_escapes
from farm.consoles.finish_record import Finished
from farm.consoles.follow import Follower
from farm.consoles.limits import MAX_APPEND_BYTES, MAX_LINE_BYTES, SEARCH_BYTES, Limits
from farm.consoles.lines import Line, Lines
from farm.consoles.pieces import Chunk, Gap
from farm.consoles.search import Found
from farm.consoles.store import ConsoleStore
from farm.consoles.stream import Stream

__all__ = [
    "MAX_APPEND_BYTES",
    "MAX_LINE_BYTES",
    "SEARCH_BYTES",
    "Chunk",
    "ConsoleStore",
    "Finished",
    "Follower",
    "Found",
    "Gap",
    "Limits",
    "Line",
    "Lines",
    "OffsetAhead",
    "Stream",
    "StreamFinished",
    "shown",
    "strip_escapes",
]
