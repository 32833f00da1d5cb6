"""The tier strip of the overview: the worst tier of each of the last commits of the branches that are worked on."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from farm.appraisals import AppraisalRow
from farm.builds import Build
from farm.repositories import Repository
from farm.submissions import Submission

BRANCHES = 3
COMMITS = 10
_LATELY = 60  # submissions that are looked through
# The worst first; `error` is a fault of ours, which hides what the evidence would have said.
_WORST = ("contraindicated", "error", "warning", "affirming", "none")


@dataclass(frozen=True)
class StripCommit:
    """One commit; `tier` is the worst of its newest appraisals, "" where none of its boots gave evidence yet."""

    commit: str
    subject: str
    submission: int
    tier: str


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


def strips(session: Session) -> list[Strip]:
    """The branches of the newest submissions."""
    branches = _branches(session)
    tiers = _tiers(session, {one.commit for commits in branches.values() for one in commits})
    names = dict(session.execute(select(Repository.id, Repository.name)).all()) if branches else {}
    return [
        Strip(
            names[repository],
            branch,
            tuple(
                StripCommit(one.commit, one.subject, one.id, tiers.get((repository, one.commit), ""))
                for one in reversed(commits)
            ),
        )
        for (repository, branch), commits in branches.items()
    ]


def _branches(session: Session) -> dict[tuple[int, str], list[_Submitted]]:
    """By repository and branch, the newest first."""
    rows = select(Submission.repository_id, Submission.ref, Submission.commit, Submission.subject, Submission.id)
    newest = session.execute(rows.where(Submission.patch.is_(None)).order_by(Submission.id.desc()).limit(_LATELY))
    found: dict[tuple[int, str], list[_Submitted]] = defaultdict(list)
    for repository, ref, commit, subject, number in newest:
        known = found[repository, ref.removeprefix("refs/heads/")]
        if len(known) < COMMITS and commit not in {one.commit for one in known}:
            known.append(_Submitted(commit, subject, number))
    return dict(list(found.items())[:BRANCHES])


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
