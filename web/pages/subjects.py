"""What people call a commit: the first line of its message, for all rows of a list in one query."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm.submissions import Submission
from web.models import BootOut


def subjects_of(session: Session, listed: Iterable[BootOut]) -> dict[str, str]:
    """Submission id, such as "submission-12", to the subject of its commit."""
    numbers = {int(boot.submission.removeprefix("submission-")) for boot in listed}
    rows = session.execute(select(Submission.id, Submission.subject).where(Submission.id.in_(numbers)))
    return {f"submission-{number}": subject for number, subject in rows}
