"""Question: which boot, and so which commit, first changed a measurement or a tier of each machine."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.asking.changes import ORDER, Changed, ChangeLine, lines, narrowed
from farm.asking.pages import Answer, beyond, cut
from farm.changes import Change, ChangeKind
from farm.database import now
from farm.machines import Machine

FORTNIGHT = timedelta(days=14)
_TELLING = (ChangeKind.TIER, ChangeKind.PCR)


def first_changed(session: Session, asked: Changed) -> Answer[ChangeLine]:
    """The oldest matching change of each machine, by the machines' ids; of the last 14 days without `since`.

    Without kinds: tiers and PCRs. A tier or a PCR that is asked for implies its kind.
    """
    scope = asked.scope
    implied = {ChangeKind.PCR} if asked.pcrs else set()
    implied |= {ChangeKind.TIER} if asked.tiers else set()
    since = scope.since or (scope.end or now()) - FORTNIGHT
    asked = replace(
        asked,
        scope=replace(scope, since=since),
        kinds=asked.kinds or tuple(implied) or _TELLING,
    )
    first = narrowed(asked).where(Change.__table__.c.machine_id == Machine.id).order_by(*ORDER).limit(1)
    oldest = select(Machine.id.label("machine"), first.correlate(Machine).scalar_subquery().label("id"))
    if scope.machines is not None:
        oldest = oldest.where(Machine.id.in_(scope.machines))
    if asked.page.after:
        oldest = oldest.where(beyond((Machine.id,), asked.page.key(1)))
    chosen = oldest.subquery()
    statement = lines(scope.at).add_columns(chosen.c.machine).join(chosen, chosen.c.id == Change.id)
    found = session.execute(statement.order_by(chosen.c.machine).limit(asked.page.limit + 1)).all()
    page = cut(found, asked.page, lambda row: (row[-1],))
    return Answer([ChangeLine(*row[:-1]) for row in page.rows], page.next)
