"""How much a stream keeps, and how much one call may do."""

from dataclasses import dataclass

MAX_APPEND_BYTES = 4 << 20
"""The most that one append takes; a worker that was offline sends its backlog in several."""

MAX_LINE_BYTES = 16 << 10
"""The most raw bytes of one line that a reader gets as text. The raw bytes hold the rest."""

SEARCH_BYTES = 16 << 20
"""What one call of search reads at least before it hands back a cursor: about a tenth of a second of work."""


@dataclass(frozen=True)
class Limits:
    """Bytes kept of each stream, in raw bytes before compression. All users of one store must agree on them.

    A stream keeps at least its first `head_bytes` and its last `tail_bytes`; on disk it never takes more than their
    sum and four segments (before compression), however long the flood.
    """

    head_bytes: int = 32 << 20
    tail_bytes: int = 32 << 20
    segment_bytes: int = 1 << 20

    @property
    def slack_bytes(self) -> int:
        """How far a segment may outgrow `segment_bytes` so that it ends with a line."""
        return self.segment_bytes // 16
