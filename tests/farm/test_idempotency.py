"""Answers kept for a day: a request sent twice has one effect."""

import pytest
from sqlalchemy import update

from farm import idempotency
from farm.errors import BadRequest, Conflict
from farm.farm import Farm
from farm.idempotency import KeptAnswer, OtherRequest
from tests.farm import farm_steps as steps


def reserve(farm: Farm, request: bytes = b"{}", key: str = "k", caller: str = "1") -> tuple[int, str] | None:
    return idempotency.reserve(farm, caller, key, request)


def test_the_same_request_again_gets_the_first_answer(farm: Farm) -> None:
    assert reserve(farm) is None
    idempotency.keep(farm, "1", "k", 201, '{"id": 1}')
    assert reserve(farm) == reserve(farm) == (201, '{"id": 1}')


def test_the_same_key_of_somebody_else_is_another_key(farm: Farm) -> None:
    assert reserve(farm) is None
    assert reserve(farm, b"other", caller="2") is None


def test_another_request_under_the_same_key_is_refused(farm: Farm) -> None:
    reserve(farm)
    with pytest.raises(OtherRequest):
        reserve(farm, b"other")


def test_while_the_first_runs_a_repeat_is_told_to_wait(farm: Farm) -> None:
    reserve(farm)
    with pytest.raises(Conflict, match="still runs"):
        reserve(farm)


def test_of_many_at_once_one_runs(farm: Farm) -> None:
    results = steps.at_once(*[lambda: reserve(farm)] * 4)
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 3


def test_a_request_that_failed_frees_its_key(farm: Farm) -> None:
    reserve(farm)
    idempotency.forget(farm, "1", "k")
    assert reserve(farm, b"mended") is None


def test_a_request_that_died_half_way_blocks_its_key_for_minutes_not_for_a_day(farm: Farm) -> None:
    reserve(farm)
    with farm.db.writing() as session:
        session.execute(update(KeptAnswer).values(created_at=idempotency.now() - steps.MINUTE * 11))
    assert reserve(farm) is None


def test_an_answer_is_forgotten_after_a_day(farm: Farm) -> None:
    reserve(farm)
    idempotency.keep(farm, "1", "k", 201, "{}")
    with farm.db.writing() as session:
        session.execute(update(KeptAnswer).values(created_at=idempotency.now() - idempotency.KEPT))
    assert reserve(farm, b"other") is None


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb", "a\0b"])
def test_an_absurd_key_is_refused(farm: Farm, key: str) -> None:
    with pytest.raises(BadRequest):
        reserve(farm, key=key)
