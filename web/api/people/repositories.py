"""Git repositories that the farm knows, and their branches and tags."""

from datetime import datetime

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from farm import repositories
from farm.access import Scope
from farm.repositories import from_mirror
from mirrors import MirrorError
from web.api.people.lists import In
from web.current import caller, farm

blueprint = APIBlueprint("repositories", __name__, tag="people")


class RepositoryIn(In):
    """A repository to add."""

    url: str = Field(min_length=1, max_length=2000)
    name: str = Field("", max_length=63)


class RepositoryOut(BaseModel):
    """A repository that the farm knows."""

    name: str
    url: str
    created_at: datetime


class RepositoryList(BaseModel):
    """All repositories."""

    items: list[RepositoryOut]


@blueprint.get("/repositories")
@blueprint.output(RepositoryList)
def list_repositories() -> RepositoryList:
    """All repositories, by name."""
    with farm().db.reading() as session:
        return RepositoryList(items=[_repository_out(one) for one in repositories.repositories(session)])


@blueprint.post("/repositories")
@blueprint.input(RepositoryIn, arg_name="body")
@blueprint.output(RepositoryOut, status_code=201)
def add_repository(body: RepositoryIn) -> RepositoryOut:
    """Make a git repository known to the farm; it must be one that can be fetched now."""
    caller().need(Scope.SUBMIT)
    return _repository_out(repositories.learn_repository(farm(), body.url, body.name))


@blueprint.delete("/repositories/<name>")
@blueprint.output(RepositoryOut)
def remove_repository(name: str) -> RepositoryOut:
    """Forget a repository that nothing was ever submitted of."""
    caller().need(Scope.OPERATE)
    with farm().db.writing() as session:
        return _repository_out(repositories.remove_repository(session, name))


def _repository_out(found: repositories.Repository) -> RepositoryOut:
    return RepositoryOut(name=found.name, url=found.url, created_at=found.created_at)


class RefOut(BaseModel):
    """A branch or tag."""

    name: str
    commit: str


class RefList(BaseModel):
    """Branches and tags."""

    items: list[RefOut]


@blueprint.get("/repositories/<name>/refs")
@blueprint.output(RefList)
def list_refs(name: str) -> RefList:
    """Branches and tags of a repository, as the farm's mirror last saw them."""
    with farm().db.reading() as session:
        found = repositories.repository(session, name)
    try:
        refs = farm().mirror(found.url).refs(limit=500)
    except MirrorError as error:
        raise from_mirror(error) from error
    return RefList(items=[RefOut(name=ref.name, commit=ref.sha) for ref in refs])
