"""Tokens for one lease."""

import pytest

from farm.errors import NotLoggedIn
from farm.job_tokens import Lease, read, sign

LEASE = Lease("boot", 12, 3)


def test_a_token_says_which_lease_it_was_made_for() -> None:
    assert read("key", sign("key", LEASE)) == LEASE
    assert LEASE.name == "boot-12-3"


@pytest.mark.parametrize("wrong", ["", "bfj_", "bfj_x.y", sign("other key", LEASE), sign("key", LEASE)[:-1], "é"])
def test_any_other_token_is_nobodys(wrong: str) -> None:
    with pytest.raises(NotLoggedIn):
        read("key", wrong)


def test_tokens_of_two_attempts_differ() -> None:
    assert sign("key", LEASE) != sign("key", Lease("boot", 12, 4)) != sign("key", Lease("build", 12, 4))
