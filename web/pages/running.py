"""Boots that run now, with where they are and what the machine said last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm import history
from farm.boots import Boot
from farm.consoles import ConsoleStore
from web.models import BootOut

_WITH_LAST_LINE = 20  # a tail is a file read each; whoever runs more looks at one of them


@dataclass(frozen=True)
class Running:
    """One running boot."""

    boot: BootOut
    step: str
    last_line: str
    since: datetime | None


def running(session: Session, consoles: ConsoleStore) -> list[Running]:
    """The longest running first."""
    found = history.running_boots(session)
    if not found:
        return []
    steps = _steps_of(session, [boot.id for boot in found])
    return [
        Running(
            boot=BootOut.of(boot),
            step=str(steps[boot.id][-1]["name"]) if steps[boot.id] else "",
            last_line=_last_line(consoles, boot.id) if number < _WITH_LAST_LINE else "",
            since=boot.started_at,
        )
        for number, boot in enumerate(found)
    ]


def _steps_of(session: Session, ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Lists leave the steps out; one query brings those of all boots that run."""
    rows = session.execute(select(Boot.id, Boot.steps).where(Boot.id.in_(ids)))
    return {row.id: row.steps for row in rows}


def _last_line(consoles: ConsoleStore, number: int) -> str:
    said = consoles.stream(f"boot-{number}", "serial").tail_lines(5).lines
    return next((line.text[:300] for line in reversed(said) if line.text.strip()), "")
