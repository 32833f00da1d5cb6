"""Durations: written with a unit, exact to the millisecond."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.plans import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("2m", 120), ("1h", 3600), ("500ms", 0.5), ("1.5h", 5400), ("0.25s", 0.25)]
)
def test_a_number_and_a_unit_make_a_duration(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "90", "s", "-1s", "1 s", "1d", "1m30s", "1e3s", "٣s", "0.5ms", "99999999999s"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unit|1ms"):
        parse_duration(text)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)))
def test_what_is_written_reads_back(duration: timedelta) -> None:
    whole = timedelta(milliseconds=duration // timedelta(milliseconds=1))
    assert parse_duration(format_duration(whole)) == whole


def test_the_largest_whole_unit_is_chosen() -> None:
    assert [format_duration(timedelta(seconds=s)) for s in (90, 120, 7200, 0.5)] == ["90s", "2m", "2h", "500ms"]
