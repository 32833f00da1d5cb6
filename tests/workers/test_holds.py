"""A name is held while its job is inside, whatever ends it."""

import pytest

from workers.holds import Holds


def _fails_inside(held: Holds) -> None:
    with held.hold("boot-1-1"):
        assert "boot-1-1" in held
        assert "boot-1-2" not in held
        raise RuntimeError


def test_a_name_is_held_while_inside_and_not_after_a_fault() -> None:
    held = Holds()
    with pytest.raises(RuntimeError):
        _fails_inside(held)
    assert "boot-1-1" not in held
