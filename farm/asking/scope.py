"""What a question is narrowed to: names that people type, resolved to ids before anything large is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm import machines, repositories
from farm.errors import NotFound
from farm.machines import Machine


@dataclass(frozen=True)
class Scope:
    """Machines and repositories by id, None for all; times are UTC: from `since` on, before `until`, known by `at`."""

    machines: tuple[int, ...] | None = None
    repositories: tuple[int, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    at: datetime | None = None

    @property
    def end(self) -> datetime | None:
        """Where the time asked for ends: `until`, or what was known then, whichever is earlier."""
        return min((one for one in (self.until, self.at) if one), default=None)


EVERYTHING = Scope()


def scope(
    session: Session,
    *,
    machine: Sequence[str] = (),
    tag: Sequence[str] = (),
    repository: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    at: datetime | None = None,
) -> Scope:
    """From the names in a URL or on a command line; values of one name are OR.

    Raises:
        NotFound: a machine, tag or repository that the farm does not know; the message names the nearest.
    """
    known = tuple(repositories.repository(session, name).id for name in repository) if repository else None
    return Scope(machines_of(session, machine, tag), known, since, until, at)


def machines_of(session: Session, names: Sequence[str], tags: Sequence[str]) -> tuple[int, ...] | None:
    """Ids of the machines of these names that have one of these tags; None where neither is asked for.

    Raises:
        NotFound: no machine has the name, or no machine has any of the tags.
    """
    if not names and not tags:
        return None
    if names:
        found = [machines.machine(session, name) for name in names]
    else:
        found = list(session.scalars(select(Machine).order_by(Machine.name)))
    if tags and not any(set(tags) & set(one.tags) for one in found):
        among = "of these machines" if names else "machine"
        raise NotFound(f"No {among} has the tag {' or '.join(tag[:60] for tag in tags)}.")
    return tuple(one.id for one in found if not tags or set(tags) & set(one.tags))
