"""Questions about tiers: the latest ones, all appraisals, who got worse, and the matrix of machines and commits."""

from typing import Literal

from apiflask import APIBlueprint
from pydantic import Field

from farm import asking, repositories
from farm.asking.latest import STATUSES
from farm.evidence.results import Tier
from web.api.people.asked import AskedQuery, PageQuery, answered, asked_scope, words
from web.api.people.lists import In, Moment
from web.current import farm
from web.question_models import (
    AppraisalLineOut,
    AppraisalLines,
    CellOut,
    ColumnOut,
    LatestList,
    LatestOut,
    MatrixOut,
    MatrixRowOut,
    WorseList,
    WorseOut,
)

blueprint = APIBlueprint("attest", __name__, tag="attestation")
_TIERS = tuple(Tier)
_OUTCOMES = ("done", "error")


class LatestQuery(PageQuery):
    """Of the latest tiers; `tier` is a tier, or `never attested`, `silent`, `verifier error`. `reason` and `firmware`
    are of the appraisal that a machine stands on."""

    machine: str = ""
    tag: str = ""
    at: Moment | None = None
    tier: str = ""
    reason: str = Field("", max_length=100)
    firmware: str = Field("", max_length=100)


@blueprint.get("/attest/latest")
@blueprint.input(LatestQuery, location="query", arg_name="query")
@blueprint.output(LatestList)
def latest(query: LatestQuery) -> LatestList:
    """The latest tier of each machine, or what was known of it at a moment."""
    stands = asking.Stands(words("tier", STATUSES), words("reason", asking.REASONS), words("firmware"))
    with farm().db.reading() as session:
        scope = asked_scope(session, at=query.at)
    return answered(  # type: ignore[no-any-return]
        "latest-tiers",
        query,
        LatestList,
        LatestOut,
        lambda session, page: asking.latest_tiers(session, scope, stands, page),
        LatestOut.of,
    )


class AppraisalsQuery(AskedQuery):
    """Of appraisals. `image` is a digest as of /images, `ak` the Name of a key, the application's or the machine's own
    (platform) key; six digits of a digest do, ten of a Name."""

    repository: str = ""
    tier: str = ""
    outcome: str = ""
    reason: str = Field("", max_length=100)
    commit: str = Field("", pattern="^[0-9a-f]{0,64}$")
    firmware: str = Field("", max_length=100)
    image: str = ""
    ak: str = ""


@blueprint.get("/attest/appraisals")
@blueprint.input(AppraisalsQuery, location="query", arg_name="query")
@blueprint.output(AppraisalLines)
def appraisals(query: AppraisalsQuery) -> AppraisalLines:
    """Appraisals, the newest first: of a machine between two times, of a repository, with a tier, ..."""
    with farm().db.reading() as session:
        asked = asking.Appraised(
            scope=query.scope(session),
            tiers=words("tier", _TIERS),
            outcomes=words("outcome", _OUTCOMES),
            reasons=words("reason", asking.REASONS),
            firmware=words("firmware"),
            keys=tuple(asking.named_key(session, word) for word in words("ak")),
            images=tuple(asking.named_images(session, word) for word in words("image")),
            commit=query.commit,
        )
    return answered(  # type: ignore[no-any-return]
        "appraisals",
        query,
        AppraisalLines,
        AppraisalLineOut,
        lambda session, page: asking.appraisals(session, asked.on(page)),
        AppraisalLineOut.of,
    )


@blueprint.get("/attest/worse")
@blueprint.input(AskedQuery, location="query", arg_name="query")
@blueprint.output(WorseList)
def worse(query: AskedQuery) -> WorseList:
    """Machines whose tier got worse, in the last seven days unless `since` says otherwise."""
    with farm().db.reading() as session:
        scope = query.scope(session)
    return answered(  # type: ignore[no-any-return]
        "worse",
        query,
        WorseList,
        WorseOut,
        lambda session, page: asking.machines_that_got_worse(session, scope, page),
        WorseOut.of,
    )


class MatrixQuery(In):
    """Which repository and branch, and how much of it; `since` and `until` are about when commits were submitted."""

    repository: str = Field(min_length=1)
    branch: str = "main"
    machine: str = ""
    tag: str = ""
    since: Moment | None = None
    until: Moment | None = None
    at: Moment | None = None
    commits: int = Field(asking.COMMITS, ge=1, le=100)
    machines: int = Field(asking.MACHINES, ge=1, le=200)
    format: Literal["", "json"] = ""


@blueprint.get("/attest/matrix")
@blueprint.input(MatrixQuery, location="query", arg_name="query")
@blueprint.output(MatrixOut)
def matrix(query: MatrixQuery) -> MatrixOut:
    """Machines by the last commits of a branch: the newest boot's tier and verdict in each cell."""
    with farm().db.reading() as session:
        scope = asked_scope(session, since=query.since, until=query.until, at=query.at)
        known = repositories.repository(session, query.repository)
        found = asking.matrix(session, known.id, query.branch, scope, commits=query.commits, machines=query.machines)
    rows = [_row(found, number, name) for number, name in found.machines]
    columns = [
        ColumnOut(commit=one.commit, subject=one.subject, submission=f"submission-{one.submission}")
        for one in found.commits
    ]
    return MatrixOut(repository=known.name, branch=query.branch, commits=columns, rows=rows, more=found.more)


def _row(found: asking.Matrix, number: int, name: str) -> MatrixRowOut:
    cells = (found.cells.get((number, one.commit)) for one in found.commits)
    return MatrixRowOut(machine=name, cells=[_cell(cell) for cell in cells if cell])


def _cell(cell: asking.Cell) -> CellOut:
    return CellOut(
        commit=cell.commit,
        boot=f"boot-{cell.boot}",
        verdict=cell.verdict,
        tier=cell.tier,
        outcome=cell.outcome,
        letters=cell.letters,
    )
