"""The shared made-up history."""

from tests.farm.made_up import made_up

__all__ = ["made_up"]
