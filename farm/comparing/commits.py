"""The commits between two boots, as far as the farm's mirror of the repository knows."""

from dataclasses import dataclass

from farm.errors import FarmError
from farm.farm import Farm
from mirrors import Commit, MirrorError

MOST = 200
"""How far the history is looked through, from either commit."""


@dataclass(frozen=True)
class CommitsBetween:
    """Commits that one boot has and the other has not, the newest first. `newer` is "a" or "b", "" for the same.

    None of them and a sentence where the mirror can't tell.
    """

    newer: str
    commits: tuple[Commit, ...]
    sentence: str


def commits_between(farm: Farm, url: str, a: str, b: str) -> CommitsBetween:
    """From the mirror alone; nothing is fetched."""
    if a == b:
        return CommitsBetween("", (), "Both boots are of the same commit.")
    for newer, first, last in (("b", b, a), ("a", a, b)):
        history = _history(farm, url, first)
        older = next((place for place, one in enumerate(history) if one.sha == last), None)
        if older is not None:
            words = "1 commit" if older == 1 else f"{older} commits"
            return CommitsBetween(newer, tuple(history[:older]), f"{newer} has {words} more.")
    return CommitsBetween("", (), f"The farm's mirror finds neither commit within {MOST} commits before the other.")


def _history(farm: Farm, url: str, commit: str) -> list[Commit]:
    try:
        return farm.mirror(url).log(commit, MOST)
    except (MirrorError, FarmError, OSError):
        return []  # never fetched here, or gone from the source: the sentence says that it is not known
