"""A farm of made-up history, to show what the history answers. It is a farm of its own and says so everywhere."""

from farm.demo.mark import Demo, banner_or_none, refuse_in_demo
from farm.demo.seed import seed
from farm.demo.shape import Shape

__all__ = ["Demo", "Shape", "banner_or_none", "refuse_in_demo", "seed"]
