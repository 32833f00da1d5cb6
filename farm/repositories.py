"""Git repositories that the farm knows."""

import difflib
import hashlib
import re
from datetime import datetime

from sqlalchemy import String, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

import mirrors
from farm.database import Base, Id, Utc, now
from farm.demo.mark import refuse_in_demo
from farm.errors import BadRequest, Conflict, FarmError, NotFound, Unavailable
from farm.farm import Farm
from mirrors import MirrorCode, MirrorError, UrlPolicy

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_NOT_THE_CALLERS_FAULT = {MirrorCode.UNREACHABLE, MirrorCode.TIMEOUT, MirrorCode.GIT_FAILED}


class Repository(Base):
    """A git repository. `cache` names its warm build folder, which two share only if an operator says so."""

    __tablename__ = "repositories"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    url: Mapped[str] = mapped_column(String(2000), unique=True)
    cache: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(Utc)


def add_repository(session: Session, policy: UrlPolicy, *, url: str, name: str = "", cache: str = "") -> Repository:
    """Make a repository known. The name defaults to the last part of the URL.

    Raises:
        BadRequest: a URL that the farm will not touch, or a bad name.
        Conflict: the URL or name is known already, or this farm's history is made up.
    """
    refuse_in_demo(session)
    url = checked_url(policy, url)
    name = name or _last_part(url)
    if not _NAME.fullmatch(name):
        raise BadRequest(f'"{name[:70]}" is no name for a repository.', next_step="Give one with letters and digits.")
    for column, text in ((Repository.url, url), (Repository.name, name)):
        if session.scalars(select(Repository).where(column == text)).one_or_none() is not None:
            raise Conflict(f'The farm knows a repository "{text}" already.')
    # By URL and not by number: the warm folders of a host may serve several farms, each with its own repository 1.
    own = f"{name[:60]}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
    made = Repository(name=name, url=url, cache=cache or own, created_at=now())
    session.add(made)
    session.flush()
    return made


def learn_repository(farm: Farm, url: str, name: str = "") -> Repository:
    """The repository of this URL, made known if it is new and can be reached now. Git runs outside of transactions.

    Raises:
        BadRequest: a URL that the farm will not touch. Unavailable: it can't be fetched. Conflict: the name is taken.
    """
    url = checked_url(farm.url_policy, url)
    with farm.db.reading() as session:
        known = session.scalars(select(Repository).where(Repository.url == url)).one_or_none()
    if known is not None:
        return known
    try:
        farm.mirror(url).refresh(farm.settings.git_timeout)
    except MirrorError as error:
        raise from_mirror(error) from error
    with farm.db.writing() as session:
        return add_repository(session, farm.url_policy, url=url, name=name or _free_name(session, url))


def _free_name(session: Session, url: str) -> str:
    """The last part of the URL, numbered where another repository has it: forks are called alike."""
    taken = set(session.scalars(select(Repository.name)))
    base = _last_part(url)
    numbered = (f"{base[:58]}-{number}" for number in range(2, 10_000))
    return next(name for name in (base, *numbered) if name not in taken)


def _last_part(url: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", url.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git"))[:63]


def remove_repository(session: Session, name: str) -> Repository:
    """Forget a repository that nothing was ever submitted of; history is never removed.

    Raises:
        NotFound: no such repository. Conflict: it has a history.
    """
    found = repository(session, name)
    try:
        with session.begin_nested():
            session.delete(found)
    except IntegrityError as error:
        raise Conflict(f"{found.name} has submissions, and history is never removed.") from error
    return found


def checked_url(policy: UrlPolicy, url: str) -> str:
    """The URL as the farm keeps it.

    Raises:
        BadRequest: the policy refuses it.
    """
    try:
        return mirrors.checked_url(url, policy).url
    except MirrorError as error:
        raise from_mirror(error) from error


def from_mirror(error: MirrorError) -> FarmError:
    """What git met, as an error of the farm: the repository's fault is the request's, a dead network is not."""
    family = Unavailable if error.code in _NOT_THE_CALLERS_FAULT else BadRequest
    return family(error.sentence, next_step=error.next_step, code=f"git-{error.code}")


def repository(session: Session, name_or_url: str) -> Repository:
    """The repository of this name or URL.

    Raises:
        NotFound: none; the message names the nearest.
    """
    statement = select(Repository).where((Repository.name == name_or_url) | (Repository.url == name_or_url))
    found = session.scalars(statement.order_by(Repository.name != name_or_url).limit(1)).one_or_none()
    if found is None:
        names = session.scalars(select(Repository.name)).all()
        near = difflib.get_close_matches(name_or_url, names, n=1)
        raise NotFound(
            f'The farm knows no repository "{name_or_url[:200]}".',
            next_step=f'Did you mean "{near[0]}"?' if near else "Add it first: paste its URL on the submit page.",
            code="unknown-repository",
        )
    return found


def repositories(session: Session) -> list[Repository]:
    """All repositories, by name."""
    return list(session.scalars(select(Repository).order_by(func.lower(Repository.name))))
