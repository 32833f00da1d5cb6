"""A chain of hashes over the rows of a table: who changes, removes or reorders a row leaves a trace."""

from farm.chain.append import append
from farm.chain.heads import NOTHING_BEFORE, ChainHead
from farm.chain.walk import Break, Walked, walk

__all__ = ["NOTHING_BEFORE", "Break", "ChainHead", "Walked", "append", "walk"]
