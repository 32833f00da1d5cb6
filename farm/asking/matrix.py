"""The explorer's matrix: machines by the last commits of a branch, each cell the newest boot's verdict and tier."""

from dataclasses import dataclass

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session, aliased

from farm.appraisals import AppraisalRow, Outcome
from farm.asking.newest import known_by, merged
from farm.asking.pages import Statement
from farm.asking.scope import Scope
from farm.boots import Boot
from farm.builds import Build
from farm.machines import Machine
from farm.submissions import Submission

COMMITS = 30
MACHINES = 40
# How many submissions are looked through for the last commits: a commit may be submitted again and again.
_SUBMISSIONS_PER_COMMIT = 20

TIER_LETTERS = {"affirming": "A", "warning": "W", "contraindicated": "C", "none": "N"}
VERDICT_LETTERS = {"pass": "p", "fail": "f", "infra": "i", "cancelled": "x"}


@dataclass(frozen=True)
class Column:
    """One commit of the branch, with its newest submission."""

    commit: str
    subject: str
    submission: int


@dataclass(frozen=True)
class Cell:
    """The newest boot of one commit on one machine. `tier` is None where it gave no evidence."""

    machine: int
    commit: str
    boot: int
    verdict: str
    tier: str | None
    outcome: str | None

    @property
    def letters(self) -> str:
        """Tier and verdict: `A p`, `- p` for a boot without evidence, `E p` where the verifier failed."""
        tier = "-" if self.tier is None else "E" if self.outcome == Outcome.ERROR else TIER_LETTERS[self.tier]
        return f"{tier} {VERDICT_LETTERS[self.verdict]}"


@dataclass(frozen=True)
class Matrix:
    """Commits run from the oldest to the newest; `cells` lacks what did not run. `more` machines did not fit."""

    machines: list[tuple[int, str]]
    commits: list[Column]
    cells: dict[tuple[int, str], Cell]
    more: int


def matrix(
    session: Session, repository: int, branch: str, scope: Scope, *, commits: int = COMMITS, machines: int = MACHINES
) -> Matrix:
    """Of one repository and branch. `scope` narrows machines; of the last commits it takes those that were submitted
    from `since` on, the last ones being those before `until`; `at` shows what was known then."""
    columns = [Column(*row) for row in session.execute(_columns(repository, branch, scope, commits))][::-1]
    cells = [Cell(*row) for row in session.execute(_cells(repository, [one.commit for one in columns], scope))]
    rows = _rows(session, scope, {cell.machine for cell in cells})
    shown = {number for number, _ in rows[:machines]}
    kept = {(cell.machine, cell.commit): cell for cell in cells if cell.machine in shown}
    return Matrix(rows[:machines], columns, kept, len(rows) - len(shown))


def refs_of(branch: str) -> tuple[str, ...]:
    """How a branch may be named in a submission."""
    short = branch.removeprefix("refs/heads/")
    return short, f"refs/heads/{short}"


def _columns(repository: int, branch: str, scope: Scope, commits: int) -> Statement:
    newest = select(Submission.id, Submission.commit).where(Submission.repository_id == repository)
    newest = newest.where(Submission.patch.is_(None))
    if scope.at:
        newest = newest.where(Submission.created_at <= scope.at)
    if scope.until:
        newest = newest.where(Submission.created_at < scope.until)
    newest = newest.order_by(Submission.id.desc()).limit(commits * _SUBMISSIONS_PER_COMMIT)
    lately = merged(refs_of(branch), lambda ref: newest.where(Submission.ref == ref))
    last = func.max(lately.c.id).label("last")
    chosen = select(last).group_by(lately.c.commit).order_by(last.desc()).limit(commits).subquery()
    columns: Statement = select(Submission.commit, Submission.subject, Submission.id)
    columns = columns.select_from(Submission).join(chosen, chosen.c.last == Submission.id)
    if scope.since:  # of the last ones: to look for it in the index would read the branch to its beginning
        columns = columns.where(Submission.created_at >= scope.since)
    return columns.order_by(Submission.id.desc())


def _cells(repository: int, commits: list[str], scope: Scope) -> Statement:
    boot, row, any_run = aliased(Boot), aliased(AppraisalRow), aliased(AppraisalRow)
    # One look into the index for each build and machine: grouping would read every boot of these commits.
    # A boot that still runs says nothing yet; the one before it does.
    last = select(Boot.id).where(Boot.build_id == Build.id, Boot.machine_id == Machine.id, Boot.verdict.is_not(None))
    last = last.order_by(Boot.id.desc()).limit(1)
    if scope.at:
        last = last.where(known_by(Boot.finished_at, scope.at))
    each = (
        select(
            Machine.id.label("machine_id"), Build.commit, last.correlate(Build, Machine).scalar_subquery().label("boot")
        )
        .select_from(Build)
        .join(Machine, true())
        .where(Build.commit.in_(commits), Build.repository_id == repository, Build.patch.is_(None))
    )
    if scope.machines is not None:
        each = each.where(Machine.id.in_(scope.machines))
    one = each.subquery()
    newest = select(one.c.machine_id, one.c.commit, func.max(one.c.boot).label("boot"))
    newest = newest.group_by(one.c.commit, one.c.machine_id)
    cell = newest.subquery()
    runs = select(any_run.id).where(any_run.boot_id == boot.id)
    if scope.at:
        runs = runs.where(any_run.at <= scope.at)
    last_run = runs.order_by(any_run.run.desc()).limit(1).correlate(boot).scalar_subquery()
    return (
        select(cell.c.machine_id, cell.c.commit, boot.id, boot.verdict, row.tier, row.outcome)
        .select_from(cell)
        .join(boot, boot.id == cell.c.boot)
        .outerjoin(row, row.id == last_run)
    )


def _rows(session: Session, scope: Scope, seen: set[int]) -> list[tuple[int, str]]:
    """The machines asked for, or those that booted one of the commits, by name."""
    wanted = seen if scope.machines is None else set(scope.machines)
    names = select(Machine.id, Machine.name).where(Machine.id.in_(wanted)).order_by(Machine.name)
    return [(number, name) for number, name in session.execute(names)]
