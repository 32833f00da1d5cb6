"""Boots that run now, with where they are and what the machine said last."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from farm import history
from farm.consoles import ConsoleStore
from web.models import BootOut

_WITH_LAST_LINE = 20  # a tail is a file read each; whoever runs more looks at one of them


@dataclass(frozen=True)
class Running:
    """One running boot."""

    boot: BootOut
    step: str
    step_number: int
    last_line: str
    since: datetime | None


def running(session: Session, consoles: ConsoleStore) -> list[Running]:
    """The longest running first."""
    found = history.running_boots(session)
    return [
        Running(
            boot=BootOut.of(boot),
            step=str(boot.steps[-1]["name"]) if boot.steps else "",
            step_number=len(boot.steps),
            last_line=_last_line(consoles, boot.id) if number < _WITH_LAST_LINE else "",
            since=boot.started_at,
        )
        for number, boot in enumerate(found)
    ]


def _last_line(consoles: ConsoleStore, number: int) -> str:
    said = consoles.stream(f"boot-{number}", "serial").tail_lines(5).lines
    return next((line.text[:300] for line in reversed(said) if line.text.strip()), "")
