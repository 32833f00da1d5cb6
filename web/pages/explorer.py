"""The attestation explorer: what is proven about every machine, and the questions of the history in five views."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from farm import asking, changes, history, repositories
from farm.access import Scope
from farm.appraisals import Outcome
from farm.asking import LatestTier, Matrix, Stands
from farm.asking.appraisals import Appraised
from farm.asking.changes import Changed
from farm.asking.latest import STATUSES
from farm.asking.pages import Page
from farm.asking.scope import Scope as Asked
from farm.asking.scope import scope as asked_of
from farm.changes import ChangeCause, ChangeKind
from farm.errors import BadRequest
from farm.evidence.results import Tier
from farm.folding import folded
from farm.history import Filter
from web.current import caller, farm
from web.pages.answers import page, see
from web.pages.api_links import EXPORTED, api_link, cli_line
from web.pages.explorer_filters import FILTERS, VIEWS, kept, typed, view_asked, view_url
from web.pages.filters import cursor_of, following_key, moment_of, words_of
from web.pages.lists import toggled, with_value, without
from web.pages.standing_words import standing_sentence

blueprint = Blueprint("explorer", __name__)
_PAGE = 50
_PAGE_OF_IMAGES = 30  # for each of which every machine is looked at, as in the matrix
_MOST_MACHINES = 500  # of the sentence and the machines' view


@dataclass(frozen=True)
class Explored:
    """What every view of the explorer has."""

    view: str
    asked: Asked
    at: datetime | None
    repository: str
    branch: str


@blueprint.get("/attest")
def explorer() -> Response:
    """One view under the filters of the URL, with the answer in words above it."""
    view = view_asked()
    with farm().db.reading() as session:
        asked = asked_of(
            session,
            machine=words_of("machine"),
            tag=words_of("tag"),
            repository=words_of("repository") if view != "matrix" else (),
            since=moment_of("since"),
            until=moment_of("until"),
            at=moment_of("at"),
        )
        repository, branch = _branch(session)
        shown = Explored(view, asked, asked.at, repository, branch)
        latest = asking.latest_tiers(session, asked, page=Page(limit=_MOST_MACHINES))
        return page(
            "attest.html",
            shown=shown,
            views=VIEWS,
            statuses=STATUSES,
            causes=tuple(ChangeCause),
            kinds=tuple(ChangeKind),
            latest=latest.rows,
            counts=Counter(one.status for one in latest.rows),
            sentence=standing_sentence(latest.rows, more=bool(latest.next), at=asked.at),
            repositories=repositories.repositories(session),
            toggled=toggled,
            without=without,
            with_value=with_value,
            view_url=view_url,
            filters=FILTERS[view],
            typed=typed(view),
            kept=kept(view),
            api_link=partial(api_link, view, _known_to_page(shown)),
            cli_line=partial(cli_line, view, _known_to_page(shown)),
            exported=view in EXPORTED,
            **_VIEWS[view](session, shown, latest.rows),
        )


def _known_to_page(shown: Explored) -> list[tuple[str, str]]:
    """What the API must be told for the same answer, though the URL of this page does not say it."""
    if shown.view == "matrix":
        return [("repository", shown.repository), ("branch", shown.branch)] if shown.repository else []
    is_list_of_news = shown.view == "changes" and _only_news() and not request.args.get("first")
    return [("news", "1")] if is_list_of_news else []


def _branch(session: Session) -> tuple[str, str]:
    """The repository and branch of the matrix: those asked for, or those of the newest submission."""
    asked = request.args.get("repository", ""), request.args.get("branch", "")
    if all(asked):
        return asked
    newest = history.list_submissions(session, Filter(repository=[asked[0]] if asked[0] else []), history.Page(limit=1))
    if not newest.rows:
        return asked
    found = newest.rows[0]
    return asked[0] or found.repository.name, asked[1] or found.ref.removeprefix("refs/heads/")


def _matrix(session: Session, shown: Explored, _: list[LatestTier]) -> dict[str, Any]:
    if not shown.repository:
        return {"matrix": Matrix([], [], {}, 0)}
    number = repositories.repository(session, shown.repository).id
    return {"matrix": asking.matrix(session, number, shown.branch, shown.asked)}


def _only_news() -> bool:
    """What a new image changes, as expected, is no news, but for a tier; it is shown to who asks for it or a cause."""
    return not any(request.args.getlist("cause")) and not request.args.get("expected")


def _changes(session: Session, shown: Explored, _: list[LatestTier]) -> dict[str, Any]:
    asked = Changed(
        scope=shown.asked,
        kinds=words_of("kind", tuple(ChangeKind)),
        causes=words_of("cause", tuple(ChangeCause)),
        pcrs=tuple(dict.fromkeys(_pcr(word) for word in words_of("pcr"))),
        tiers=words_of("tier", tuple(Tier)),
        worse=bool(request.args.get("worse")),
        unacknowledged=bool(request.args.get("open")),
        news=_only_news(),
        page=Page(after=cursor_of(), limit=_PAGE),
    )
    found = asking.first_changed(session, asked) if request.args.get("first") else asking.changes(session, asked)
    return {
        "folds": folded(found.rows),
        "following": following_key(found.next),
        "rows": len(found.rows),
        "only_news": _only_news(),
    }


def _pcr(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 3 and int(word) < 24):
        raise BadRequest(f'"{word[:40]}" is no PCR.', next_step="PCRs are numbered 0 to 23.")
    return int(word)


def _machines(session: Session, shown: Explored, rows: list[LatestTier]) -> dict[str, Any]:
    stands = Stands(words_of("tier", STATUSES), words_of("reason", asking.REASONS), words_of("firmware"))
    return {"machines": [one for one in rows if stands.holds(one)]}


def _images(session: Session, shown: Explored, _: list[LatestTier]) -> dict[str, Any]:
    found = asking.known_images(session, shown.at, Page(after=cursor_of(), limit=_PAGE_OF_IMAGES))
    return {"images": found.rows, "following": following_key(found.next)}


def _timeline(session: Session, shown: Explored, _: list[LatestTier]) -> dict[str, Any]:
    asked = Appraised(
        scope=shown.asked,
        tiers=words_of("tier", tuple(Tier)),
        outcomes=words_of("outcome", tuple(Outcome)),
        reasons=words_of("reason", asking.REASONS),
        firmware=words_of("firmware"),
        keys=tuple(asking.named_key(session, word) for word in words_of("ak")),
        images=tuple(asking.named_images(session, word) for word in words_of("image")),
        commit=_commit(),
        page=Page(after=cursor_of(), limit=_PAGE),
    )
    found = asking.appraisals(session, asked)
    return {"appraisals": found.rows, "following": following_key(found.next)}


def _commit() -> str:
    text = request.args.get("commit", "").lower()
    if len(text) > 64 or text.strip("0123456789abcdef"):
        raise BadRequest(f'"{text[:40]}" is no commit.', next_step="Write the hash of one, or its first digits.")
    return text


_VIEWS = {
    "matrix": _matrix,
    "changes": _changes,
    "machines": _machines,
    "images": _images,
    "timeline": _timeline,
}


@blueprint.post("/attest/changes/<int:number>/acknowledge")
def acknowledge(number: int) -> Response:
    """Say that a change was seen, and what it was."""
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        changes.acknowledge(session, number, by=caller().name, why=request.form.get("reason", ""))
    return see("/attest?view=changes&open=1")
