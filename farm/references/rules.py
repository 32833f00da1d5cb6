"""Standing approvals: somebody says once, with a reason, whose values the farm takes as good without asking again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.database import now
from farm.errors import BadRequest, NotFound
from farm.references.table import ApprovalRule


def trust_builds(session: Session, repository_id: int, *, by: str, why: str) -> ApprovalRule:
    """Images that this farm builds of a repository's commits are approved as they are built; patched trees are not.

    Raises:
        BadRequest: no reason given.
    """
    return of_repository(session, repository_id) or _add(session, by, why, repository_id=repository_id)


def trust_first_use(session: Session, lab_id: int, *, by: str, why: str) -> ApprovalRule:
    """The firmware of a virtual machine of this lab is taken as good if all else of its first bound boot is.

    Raises:
        BadRequest: no reason given.
    """
    return of_lab(session, lab_id) or _add(session, by, why, lab_id=lab_id)


def of_repository(session: Session, repository_id: int) -> ApprovalRule | None:
    """The rule for a repository's images, while it stands."""
    mine = (ApprovalRule.repository_id == repository_id, ApprovalRule.ended_at.is_(None))
    return session.scalars(select(ApprovalRule).where(*mine)).one_or_none()


def of_lab(session: Session, lab_id: int) -> ApprovalRule | None:
    """The rule for the firmware of a lab's virtual machines, while it stands."""
    return session.scalars(
        select(ApprovalRule).where(ApprovalRule.lab_id == lab_id, ApprovalRule.ended_at.is_(None))
    ).one_or_none()


def was_made(session: Session, *, repository_id: int | None = None, lab_id: int | None = None) -> bool:
    """Whether there ever was a rule for this repository or lab, also one that somebody ended."""
    same = ApprovalRule.lab_id == lab_id if repository_id is None else ApprovalRule.repository_id == repository_id
    return session.scalars(select(ApprovalRule.id).where(same).limit(1)).first() is not None


def standing(session: Session) -> list[ApprovalRule]:
    """All rules that stand, the oldest first."""
    return list(session.scalars(select(ApprovalRule).where(ApprovalRule.ended_at.is_(None)).order_by(ApprovalRule.id)))


def rule(session: Session, number: int) -> ApprovalRule:
    """The rule of this id.

    Raises:
        NotFound: none.
    """
    found = session.get(ApprovalRule, number)
    if found is None:
        raise NotFound(f"There is no standing approval {number}.")
    return found


def end(session: Session, rule: ApprovalRule, *, by: str) -> None:
    """A rule ends; what it approved stays approved until somebody retires it."""
    rule.ended_at, rule.ended_by = rule.ended_at or now(), rule.ended_by or by[:100]
    session.flush()


def _add(
    session: Session, by: str, why: str, *, repository_id: int | None = None, lab_id: int | None = None
) -> ApprovalRule:
    if not why.strip():
        raise BadRequest("A standing approval needs a reason.", next_step="Say it in one sentence.")
    made = ApprovalRule(
        repository_id=repository_id,
        lab_id=lab_id,
        at=now(),
        by=by[:100],
        why=why.strip()[:400],
        ended_at=None,
        ended_by="",
    )
    session.add(made)
    session.flush()
    return made
