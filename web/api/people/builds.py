"""Builds and what they produced."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel

from farm import artifacts, builds, history, submissions
from farm.access import Scope
from farm.errors import NotFound
from farm.ids import parse_id
from web import models
from web.api.people.lists import BuildQuery, cursor
from web.current import caller, farm
from web.downloads import download

blueprint = APIBlueprint("builds", __name__, tag="people")


class BuildList(BaseModel):
    """A page of builds."""

    items: list[models.BuildOut]
    next: str | None


@blueprint.get("/builds")
@blueprint.input(BuildQuery, location="query", arg_name="query")
@blueprint.output(BuildList)
def list_builds(query: BuildQuery) -> BuildList:
    """Builds, the newest first."""
    with farm().db.reading() as session:
        found = history.list_builds(session, query.filter(), query.page())
        return BuildList(items=[models.BuildOut.of(build) for build in found.rows], next=cursor(found))


@blueprint.get("/builds/<build>")
@blueprint.output(models.BuildOut)
def get_build(build: str) -> models.BuildOut:
    """One build with its artifacts."""
    with farm().db.reading() as session:
        found = builds.build(session, parse_id(build, "build"))
        return models.BuildOut.of(found, artifacts.of_build(session, found.id))


@blueprint.post("/builds/<build>/cancel")
@blueprint.output(models.BuildOut)
def cancel_build(build: str) -> models.BuildOut:
    """Cancel a build and, with it, the boots that wait for it."""
    caller().need(Scope.SUBMIT)
    with farm().db.writing() as session:
        found = builds.build(session, parse_id(build, "build"))
        submissions.cancel_build(session, found, caller().name)
        return models.BuildOut.of(found)


@blueprint.get("/builds/<build>/artifacts/<path:name>")
def get_artifact(build: str, name: str) -> Response:
    """Download a file that a build produced."""
    number = parse_id(build, "build")
    with farm().db.reading() as session:
        made = next((one for one in artifacts.of_build(session, number) if one.name == name), None)
    if made is None:
        raise NotFound(f'build-{number} made no artifact "{name[:100]}".', next_step=f"See /builds/build-{number}.")
    return download(farm().artifacts.stored(made.digest), made.digest, name.rpartition("/")[2])
