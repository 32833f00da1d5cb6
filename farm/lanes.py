"""The PCR timeline of one machine: a lane for each PCR and each who told it, a stretch for each value in turn."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.pcrs import PcrRun, PcrSource

MOST = 2000  # stretches of one machine that a page shows
_ORDER = (PcrSource.PLATFORM, PcrSource.QUOTE, PcrSource.HOST)


@dataclass(frozen=True)
class Lane:
    """The values of one PCR, the oldest first."""

    source: str
    pcr: int
    runs: tuple[PcrRun, ...]

    @property
    def what(self) -> str:
        """What a change of it is called."""
        return f"PCR{self.pcr} {self.source}"


def lanes(session: Session, machine_id: int, *, since: datetime, until: datetime) -> list[Lane]:
    """Every lane with a value shown between these times; the machine's own TPM first, the host's word last."""
    runs = select(PcrRun).where(PcrRun.machine_id == machine_id, PcrRun.last_at >= since, PcrRun.first_at < until)
    found: dict[tuple[str, int], list[PcrRun]] = {}
    for run in session.scalars(runs.order_by(PcrRun.last_at.desc()).limit(MOST)):
        found.setdefault((run.source, run.pcr), []).append(run)
    keys = sorted(found, key=lambda key: (_ORDER.index(PcrSource(key[0])), key[1]))
    return [
        Lane(source, pcr, tuple(sorted(found[source, pcr], key=lambda run: run.first_boot))) for source, pcr in keys
    ]
