"""Reasons, as they are kept for whoever asks a year later."""

import pytest

from farm.errors import BadRequest
from farm.reasons import reason


def test_a_reason_is_kept_without_the_spaces_around_it_whatever_its_script() -> None:
    for kept in (
        "reviewed",
        "gepr\u00fcft \u2013 gut\u00a0so",
        "\u0645\u06cc\u200c\u062f\u0627\u0646\u0645",
        "\U0001f469\u200d\U0001f527 did it",
    ):
        assert reason(f"  {kept} ", "none") == kept
    assert len(reason("x" * 500, "none")) == 400


def test_none_is_refused_with_the_sentence_of_what_needs_it() -> None:
    with pytest.raises(BadRequest, match="needs a reason"):
        reason(" \n ", "This needs a reason.")


@pytest.mark.parametrize("one", ["\0", "\x1b", "\x85", "\u202e", "\u2066", "\u2028", "\ud800", "\n", "\t"])
def test_what_can_not_be_seen_is_refused_with_its_place(one: str) -> None:
    with pytest.raises(BadRequest, match=rf"the 5\. of this one is U\+{ord(one):04X}"):
        reason(f"fine{one}x", "none")
