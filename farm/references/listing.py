"""Lists of reference values, and where each came from in words that people know."""

from collections.abc import Sequence
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


def origins(session: Session, found: Sequence[Reference]) -> dict[int, Origin]:
    """What stands behind the ids of a few values, by the value's id."""
    machines = select(Machine.id, Machine.name).where(Machine.id.in_({one.machine_id for one in found}))
    files = select(Artifact.digest, Artifact.authenticode).where(Artifact.digest.in_({one.artifact for one in found}))
    names = {one.id: one.name for one in session.execute(machines)}
    authenticodes = {one.digest: one.authenticode for one in session.execute(files)}
    return {one.id: Origin(names.get(one.machine_id or 0), authenticodes.get(one.artifact or "")) for one in found}
