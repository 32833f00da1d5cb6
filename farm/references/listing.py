"""Lists of reference values, and where each came from in words that people know."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.artifacts import Artifact
from farm.machines import Machine
from farm.references.lines import newest_ids
from farm.references.table import Reference


def references(
    session: Session, *, kind: str = "", state: str = "", digest: str = "", before: int | None = None, limit: int = 50
) -> list[Reference]:
    """The newest values first, one more than `limit` where there are more; `digest` may be a prefix."""
    chosen = newest_ids([kind] if kind else (), [state] if state else (), digest, below=before or 0, limit=limit + 1)
    found = select(Reference).join(chosen, chosen.c.id == Reference.id).order_by(Reference.id.desc())
    return list(session.scalars(found.limit(limit + 1)))


@dataclass(frozen=True, slots=True)
class Origin:
    """The machine of a firmware's value, and the Authenticode digest of an image's file."""

    machine: str | None
    authenticode: str | None


def origin(session: Session, found: Reference) -> Origin:
    """What stands behind a value's ids."""
    machine = session.get(Machine, found.machine_id) if found.machine_id else None
    artifact = session.get(Artifact, found.artifact) if found.artifact else None
    return Origin(machine.name if machine else None, artifact.authenticode if artifact else None)
