"""The strips of the overview: how the last commits of the branches that are worked on booted, and their worst tiers."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from farm.appraisals import AppraisalRow
from farm.boots import Boot
from farm.builds import Build
from farm.repositories import Repository
from farm.states import Status, Verdict, overall, status
from farm.submissions import Submission

BRANCHES = 3
COMMITS = 10
_LATELY = 60  # submissions that are looked through
# The worst first; `error` is a fault of ours, which hides what the evidence would have said.
_WORST = ("contraindicated", "error", "warning", "affirming", "none")


@dataclass(frozen=True)
class Boots:
    """The last attempts of a submission's boots: how many stand how, and when the last one ended."""

    counts: dict[Status, int]
    last_end: datetime | None

    @property
    def whole(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """How many have a verdict."""
        return sum(number for word, number in self.counts.items() if word in set(Verdict))


@dataclass(frozen=True)
class StripCommit:
    """One commit, as it was submitted last. `tier` is the worst of all its newest appraisals, "" without evidence."""

    commit: str
    subject: str
    submission: int
    tier: str
    boots: Boots

    @property
    def status(self) -> Status:
        """What its boots come to."""
        return overall(self.boots.counts)


@dataclass(frozen=True)
class Strip:
    """One branch, its commits from the oldest to the newest."""

    repository: str
    branch: str
    commits: tuple[StripCommit, ...]


@dataclass(frozen=True)
class _Submitted:
    commit: str
    subject: str
    id: int


_Branch = tuple[int, str, str]  # the repository's id and name, and the branch
_NONE = Boots({}, None)


def strips(session: Session) -> list[Strip]:
    """The branches of the newest submissions."""
    branches = _branches(session)
    tiers = _tiers(session, {one.commit for commits in branches.values() for one in commits})
    booted = _booted(session, [one.id for commits in branches.values() for one in commits])
    return [
        Strip(
            name,
            branch,
            tuple(
                StripCommit(
                    one.commit,
                    one.subject,
                    one.id,
                    tiers.get((repository, one.commit), ""),
                    booted.get(one.id, _NONE),
                )
                for one in reversed(commits)
            ),
        )
        for (repository, name, branch), commits in branches.items()
    ]


def _branches(session: Session) -> dict[_Branch, list[_Submitted]]:
    """Each with its last commits, the newest first."""
    rows = (
        select(Submission.repository_id, Repository.name, Submission.ref)
        .add_columns(Submission.commit, Submission.subject, Submission.id)
        .join(Repository, Repository.id == Submission.repository_id)
    )
    newest = session.execute(rows.where(Submission.patch.is_(None)).order_by(Submission.id.desc()).limit(_LATELY))
    found: dict[_Branch, list[_Submitted]] = defaultdict(list)
    for repository, name, ref, commit, subject, number in newest:
        known = found[repository, name, ref.removeprefix("refs/heads/")]
        if len(known) < COMMITS and commit not in {one.commit for one in known}:
            known.append(_Submitted(commit, subject, number))
    return dict(list(found.items())[:BRANCHES])


def _booted(session: Session, submissions: Sequence[int]) -> dict[int, Boots]:
    """By submission, which a retry belongs to as well; an attempt that was retried does not count."""
    if not submissions:
        return {}
    retry = aliased(Boot)
    retried = select(retry.id).where(retry.retry_of == Boot.id).exists()
    how = (Boot.submission_id, Boot.verdict, Boot.state, Boot.cant_start)
    rows = select(*how, func.count(), func.max(Boot.finished_at))
    rows = rows.where(Boot.submission_id.in_(submissions), ~retried).group_by(*how)
    counts: dict[int, Counter[Status]] = defaultdict(Counter)
    ends: dict[int, list[datetime]] = defaultdict(list)
    for submission, verdict, state, cant_start, number, end in session.execute(rows):
        counts[submission][status(verdict, state, cant_start=cant_start)] += number
        ends[submission] += [end] if end else []
    return {one: Boots(dict(counts[one]), max(ends[one], default=None)) for one in counts}


def _tiers(session: Session, commits: set[str]) -> dict[tuple[int, str], str]:
    """The worst tier of each repository's commit, by the newest run over each boot."""
    if not commits:
        return {}
    newer = aliased(AppraisalRow)
    outdated = select(newer.id).where(newer.boot_id == AppraisalRow.boot_id, newer.run > AppraisalRow.run).exists()
    rows = (
        select(Build.repository_id, Build.commit, AppraisalRow.tier, AppraisalRow.outcome, func.count())
        .join(AppraisalRow, AppraisalRow.build_id == Build.id)
        .where(Build.commit.in_(commits), Build.patch.is_(None), ~outdated)
        .group_by(Build.repository_id, Build.commit, AppraisalRow.tier, AppraisalRow.outcome)
    )
    seen: dict[tuple[int, str], set[str]] = defaultdict(set)
    for repository, commit, tier, outcome, _ in session.execute(rows):
        seen[repository, commit].add("error" if outcome == "error" else tier)
    return {key: next(one for one in _WORST if one in tiers) for key, tiers in seen.items()}
