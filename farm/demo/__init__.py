"""A farm of made-up history, to show what the history answers. It is a farm of its own and says so everywhere."""

from farm.demo.mark import BANNER, Demo, banner_or_none, refuse_in_demo

__all__ = ["BANNER", "Demo", "banner_or_none", "refuse_in_demo"]
