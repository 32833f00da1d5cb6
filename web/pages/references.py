"""Reference values: what the farm expects, who said so, and which boots counted on it."""

from flask import Blueprint, Response, request

from farm import asking, references
from farm.access import Scope
from farm.asking import Page
from farm.errors import BadRequest, FarmError, NotFound, Stale
from farm.evidence.inputs import ReferenceState
from farm.ids import parse_id
from farm.references import from_boot, lines, rules, states
from web.current import caller, farm
from web.pages.answers import page, see
from web.pages.filters import cursor_of, following_key, known, number_of, words_of
from web.pages.lists import following, toggled, without
from web.problems import status_of

blueprint = Blueprint("references", __name__)
_PAGE = 50


@blueprint.get("/refs")
def all_references() -> Response:
    """The values that the filters leave, the newest first."""
    known("kind", "state", "cursor")
    kinds = words_of("kind", tuple(references.ReferenceKind))
    wanted = words_of("state", tuple(ReferenceState))
    with farm().db.reading() as session:
        rows = lines.references(session, kinds=kinds, states=wanted, below=number_of("cursor"), limit=_PAGE)
        standing, ended = rules.standing(session), rules.ended(session)
        return page(
            "references.html",
            references=rows[:_PAGE],
            following=following(rows[_PAGE - 1].id if len(rows) > _PAGE else None),
            totals=lines.totals(session),
            counted=lines.COUNTED,
            standing=standing,
            ended=ended,
            trusted=rules.subjects(session, [*standing, *ended]),
            toggled=toggled,
            without=without,
        )


@blueprint.get("/refs/<int:number>")
def one_reference(number: int) -> Response:
    """One value: every decision about it, and the boots whose appraisals counted on it."""
    known("cursor")
    return _shown(number)


def _shown(number: int, error: FarmError | None = None) -> Response:
    """The page, and what was wrong with a decision that was just sent."""
    with farm().db.reading() as session:
        found = lines.line(session, number)
        if found is None:
            raise NotFound(f"There is no reference value {number}.", next_step="See /refs.")
        relied = asking.boots_that_relied(session, number, Page(after=cursor_of()))
        return page(
            "reference.html",
            status=status_of(error) if error else 200,
            error=error,
            tried=request.form,
            reference=found,
            decisions=states.history(session, number)[::-1],
            relied=relied.rows,
            following=following_key(relied.next),
        )


@blueprint.post("/refs/<int:number>/state")
def decide(number: int) -> Response:
    """Approve, retire or deny a value, with a reason."""
    caller().need(Scope.ATTEST_APPROVE)
    try:
        state = ReferenceState(request.form.get("state", ""))
    except ValueError:
        raise BadRequest("Say whether to approve, retire or deny it.", next_step=f"See /refs/{number}.") from None
    try:
        with farm().db.writing() as session:
            found = states.reference(session, number)
            newest = states.newest(session, found)
            if request.form.get("seen") != str(newest.id):
                raise states.changed(newest)
            states.decide(session, found, state, by=caller().name, why=request.form.get("reason", ""))
    except Stale as error:
        return _shown(number, error)
    back = request.form.get("back", "")
    return see(back if _is_ours(back) else f"/refs/{number}")


def _is_ours(back: str) -> bool:
    """Only a path of these pages: a form must not send anybody elsewhere."""
    return back.startswith(("/refs", "/images/")) and "//" not in back and "\\" not in back


@blueprint.post("/refs/from-boot")
def approve_from_boot() -> Response:
    """Approve all that a good boot showed, with a reason."""
    caller().need(Scope.ATTEST_APPROVE)
    number = parse_id(request.form.get("boot", "").strip(), "boot")
    with farm().db.writing() as session:
        from_boot.approve_boot(session, number, by=caller().name, why=request.form.get("reason", ""))
    return see("/refs?state=approved")


@blueprint.post("/refs/rules/<int:number>/end")
def end_rule(number: int) -> Response:
    """End a standing approval, with a reason."""
    caller().need(Scope.ATTEST_APPROVE)
    with farm().db.writing() as session:
        rules.end(session, rules.rule(session, number), by=caller().name, why=request.form.get("reason", ""))
    return see("/refs")
