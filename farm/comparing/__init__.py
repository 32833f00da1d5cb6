"""Two boots side by side: what differs, in words, and what was compared where nothing does (ux.md, wireframe 5)."""

from farm.comparing.commits import CommitsBetween
from farm.comparing.comparison import Comparison, Difference, Side, compare
from farm.comparing.console import ConsoleDivergence
from farm.comparing.measured import PcrDifference

__all__ = ["CommitsBetween", "Comparison", "ConsoleDivergence", "Difference", "PcrDifference", "Side", "compare"]
