"""Keys kept for a day: a request sent twice has one effect."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from farm import idempotency, submissions
from farm.access import Caller
from farm.errors import BadRequest
from farm.farm import Farm
from farm.idempotency import KEPT, KeptAnswer, Key, OtherRequest
from farm.submissions import Request, Submission
from tests.farm import farm_steps as steps


def key(request: bytes = b"{}", name: str = "k", caller: str = "1") -> Key:
    return Key.of(caller, name, request)


def keep(farm: Farm, which: Key, made: str = "7") -> None:
    with farm.db.writing() as session:
        idempotency.keep(session, which, 201, made)


def made(farm: Farm, which: Key) -> str | None:
    with farm.db.reading() as session:
        return idempotency.made_or_none(session, which)


def test_the_same_request_again_finds_what_the_first_made(farm: Farm) -> None:
    assert made(farm, key()) is None
    keep(farm, key())
    assert made(farm, key()) == made(farm, key()) == "7"


def test_the_same_key_of_somebody_else_is_another_key(farm: Farm) -> None:
    keep(farm, key())
    assert made(farm, key(b"other", caller="2")) is None


def test_another_request_under_the_same_key_is_refused(farm: Farm) -> None:
    keep(farm, key())
    with pytest.raises(OtherRequest):
        made(farm, key(b"other"))


def test_of_many_at_once_one_is_kept(farm: Farm) -> None:
    results = steps.at_once(*[lambda: keep(farm, key())] * 4)
    assert sum(isinstance(result, IntegrityError) for result in results) == 3
    assert made(farm, key()) == "7"


def test_a_key_is_forgotten_after_a_day(farm: Farm) -> None:
    keep(farm, key())
    with farm.db.writing() as session:
        session.execute(update(KeptAnswer).values(created_at=idempotency.now() - KEPT))
    assert made(farm, key(b"other")) is None
    keep(farm, key(b"other"), "8")
    assert made(farm, key(b"other")) == "8"


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb", "a\0b"])
def test_an_absurd_key_is_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        key(name=name)


class Killed(BaseException):
    """The process ends here."""


def submit(farm: Farm, admin: Caller, *, killed: bool = False) -> int:
    def also(session: Session, submission: Submission) -> None:
        idempotency.keep(session, key(), 201, str(submission.id))
        if killed:
            raise Killed

    return submissions.submit(farm, admin, Request("project"), also=also).id


def count(farm: Farm) -> int:
    with farm.db.reading() as session:
        return session.scalars(select(func.count()).select_from(Submission)).one()


def test_a_request_killed_before_its_commit_left_nothing_and_runs_anew_at_once(
    farm: Farm, admin: Caller, project: Path
) -> None:
    with pytest.raises(Killed):
        submit(farm, admin, killed=True)
    assert (count(farm), made(farm, key())) == (0, None)
    assert made(farm, key()) is None
    assert str(submit(farm, admin)) == made(farm, key())


def test_a_submission_without_its_key_can_not_be(farm: Farm, admin: Caller, project: Path) -> None:
    barrier = threading.Barrier(3)

    def one() -> int:
        barrier.wait()
        return submit(farm, admin)

    results = steps.at_once(one, one, one)
    assert sum(isinstance(result, IntegrityError) for result in results) == 2
    assert count(farm) == 1
