"""Standing approvals: somebody says once, with a reason, whose values the farm takes as good without asking again."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from farm import decisions, machines, repositories
from farm.database import MOST_ID, now
from farm.errors import BadRequest, Conflict, NotFound
from farm.machines import Lab
from farm.reasons import reason
from farm.references.table import ApprovalRule
from farm.repositories import Repository


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


def stand(session: Session, *, repository: str = "", lab: str = "", by: str, why: str) -> ApprovalRule:
    """Trust the builds of a repository, or the first use of a lab's machines, by name.

    Raises:
        BadRequest: not exactly one of both, or no reason given.
        NotFound: no such repository or lab.
        Conflict: it is trusted already.
    """
    if bool(repository) == bool(lab):
        raise BadRequest(
            "A standing approval is about one repository or one lab.", next_step="Name one of them, not both."
        )
    try:
        with session.begin_nested():
            if repository:
                number = repositories.repository(session, repository).id
                _refuse(of_repository(session, number))
                return _add(session, by, why, repository_id=number)
            number = _lab(session, lab).id
            _refuse(of_lab(session, number))
            return _add(session, by, why, lab_id=number)
    except IntegrityError as error:
        raise Conflict("Somebody made this standing approval at this very moment.") from error


def _refuse(standing: ApprovalRule | None) -> None:
    if standing:
        raise Conflict(
            f"That is standing approval {standing.id} already, by {standing.by}: {standing.why}",
            next_step="`bootfarm attest reference distrust` ends it.",
        )


def _lab(session: Session, name: str) -> Lab:
    found = machines.lab_or_none(session, name)
    if found is None:
        raise NotFound(
            f"There is no lab {name[:63]}.", next_step="`bootfarm machine list` has the lab of each machine."
        )
    return found


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


def ended(session: Session) -> list[ApprovalRule]:
    """All rules that somebody ended, the last one first."""
    over = select(ApprovalRule).where(ApprovalRule.ended_at.is_not(None))
    return list(session.scalars(over.order_by(ApprovalRule.ended_at.desc(), ApprovalRule.id.desc())))


def rule(session: Session, number: int) -> ApprovalRule:
    """The rule of this id.

    Raises:
        NotFound: none.
    """
    found = session.get(ApprovalRule, number) if number <= MOST_ID else None
    if found is None:
        raise NotFound(f"There is no standing approval {number}.")
    return found


def subjects(session: Session, rules: Sequence[ApprovalRule]) -> dict[int, str]:
    """The repository's or lab's name of each rule, by the rule's id."""
    repository = select(ApprovalRule.id, Repository.name).join(Repository, Repository.id == ApprovalRule.repository_id)
    lab = select(ApprovalRule.id, Lab.name).join(Lab, Lab.id == ApprovalRule.lab_id)
    chosen = ApprovalRule.id.in_([one.id for one in rules])
    return {number: name for names in (repository, lab) for number, name in session.execute(names.where(chosen))}


def end(session: Session, rule: ApprovalRule, *, by: str, why: str) -> None:
    """A rule ends; what it approved stays approved until somebody retires it. One that has ended stays as it is.

    Raises:
        BadRequest: no reason given.
    """
    why = reason(why, "A standing approval ends for a reason.")
    decisions.begin(session)
    session.refresh(rule, with_for_update=True)  # of two at once, the first one's reason stays
    if rule.ended_at is None:
        rule.ended_at, rule.ended_by, rule.ended_why = now(), by[:100], why
        session.flush()


def _add(
    session: Session, by: str, why: str, *, repository_id: int | None = None, lab_id: int | None = None
) -> ApprovalRule:
    made = ApprovalRule(
        repository_id=repository_id,
        lab_id=lab_id,
        at=now(),
        by=by[:100],
        why=reason(why, "A standing approval needs a reason."),
        ended_at=None,
        ended_by="",
        ended_why="",
    )
    decisions.begin(session)
    session.add(made)
    session.flush()
    return made
