"""Typed ids."""

import pytest

from farm.errors import BadRequest
from farm.ids import parse_id


@pytest.mark.parametrize(("text", "number"), [("boot-12", 12), ("12", 12), ("boot-999999999999999999", 10**18 - 1)])
def test_an_id_may_be_written_with_its_kind_or_without(text: str, number: int) -> None:
    assert parse_id(text, "boot") == number


@pytest.mark.parametrize(
    "text",
    ["", "0", "boot-0", "-1", "build-12", "boot-", "boot-1x", " 1", "1\n", "boot-١", "9" * 19, "boot-012", "BOOT-1"],  # noqa: RUF001
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_id(text, "boot")
    assert "boot-12" in refused.value.next_step


def test_a_long_wrong_id_is_not_repeated_whole() -> None:
    with pytest.raises(BadRequest) as refused:
        parse_id("x" * 10_000, "boot")
    assert len(refused.value.message) < 100
