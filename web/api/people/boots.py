"""Boots: list, one, cancel, run again."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel

from farm import boots, evidence, history, retention, submissions
from farm.access import Scope
from farm.ids import parse_id
from web import models
from web.api.people.lists import BootQuery, In, cursor
from web.current import caller, farm
from web.downloads import download

blueprint = APIBlueprint("boots", __name__, tag="people")


class BootList(BaseModel):
    """A page of boots; `next` is the cursor of the next one."""

    items: list[models.BootOut]
    next: str | None


@blueprint.get("/boots")
@blueprint.input(BootQuery, location="query", arg_name="query")
@blueprint.output(BootList)
def list_boots(query: BootQuery) -> BootList:
    """Boots, the newest first."""
    with farm().db.reading() as session:
        found = history.list_boots(session, query.filter(), query.page())
        return BootList(items=models.BootOut.listed(session, found.rows), next=cursor(found))


@blueprint.get("/boots/<boot>")
@blueprint.output(models.BootDetail)
def get_boot(boot: str) -> models.BootDetail:
    """One boot with its steps and cases."""
    with farm().db.reading() as session:
        return models.BootDetail.load(session, farm().consoles, boots.boot(session, parse_id(boot, "boot")))


@blueprint.get("/boots/<boot>/evidence/<source>/<name>")
def get_evidence(boot: str, source: str, name: str) -> Response:
    """A file of evidence, byte for byte as the machine gave it."""
    with farm().db.reading() as session:
        found = evidence.one(session, parse_id(boot, "boot"), source, name)
        retention.check_kept(session, found.boot_id, [found.digest])
    return download(farm().artifacts.stored(found.digest), found.digest, found.name)


@blueprint.post("/boots/<boot>/cancel")
@blueprint.output(models.BootOut)
def cancel_boot(boot: str) -> models.BootOut:
    """Cancel a boot; a running one ends at its worker's next heartbeat."""
    caller().need(Scope.SUBMIT)
    with farm().db.writing() as session:
        found = boots.boot(session, parse_id(boot, "boot"))
        boots.cancel(session, found, caller().name)
        submissions.cancel_unwanted_build(session, found.build, caller().name)
        answer = models.BootOut.of(found)
    farm().nudge()
    return answer


class RerunBootIn(In):
    """Whether only the machine of the last attempt will do."""

    same_machine: bool = False


@blueprint.post("/boots/<boot>/rerun")
@blueprint.input(RerunBootIn, arg_name="body")
@blueprint.output(models.BootOut, status_code=201)
def rerun_boot(boot: str, body: RerunBootIn) -> models.BootOut:
    """Run a boot again, as a new attempt of the same image on the same target."""
    caller().need(Scope.SUBMIT)
    with farm().db.writing() as session:
        before = boots.boot(session, parse_id(boot, "boot"))
        answer = models.BootOut.of(submissions.rerun_boot(session, before, same_machine=body.same_machine))
    farm().nudge()
    return answer
