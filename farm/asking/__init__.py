"""The questions that the attestation history answers (attestation.md section 6), one file each.

Each question is one SQL statement that an index answers; tests/farm/asking/test_plans.py holds it to that on both
databases. Lists go by cursor: the key of the last row seen. Nothing here writes.
"""

from farm.asking.appraisals import REASONS, AppraisalLine, Appraised, appraisals
from farm.asking.between import PcrPair, pcrs_of_two
from farm.asking.changes import Changed, ChangeLine, changes
from farm.asking.first_changed import first_changed
from farm.asking.images import ImageName, ImageNames, named_images
from farm.asking.inventory import KnownImage, Ranges, known_images
from farm.asking.keys import named_key
from farm.asking.latest import LatestTier, Stands, latest_tiers
from farm.asking.matrix import COMMITS, MACHINES, Cell, Matrix, matrix
from farm.asking.measurements import Measured, Measurement, measurements
from farm.asking.of_boots import tier_of, tiers_of_boots
from farm.asking.pages import Answer, Page
from farm.asking.ran import Ran, machines_that_ran
from farm.asking.reliance import Relied, boots_that_relied
from farm.asking.scope import Scope, machines_of
from farm.asking.worse import Worse, machines_that_got_worse

__all__ = [
    "COMMITS",
    "MACHINES",
    "REASONS",
    "Answer",
    "AppraisalLine",
    "Appraised",
    "Cell",
    "ChangeLine",
    "Changed",
    "ImageName",
    "ImageNames",
    "KnownImage",
    "LatestTier",
    "Matrix",
    "Measured",
    "Measurement",
    "Page",
    "PcrPair",
    "Ran",
    "Ranges",
    "Relied",
    "Scope",
    "Stands",
    "Worse",
    "appraisals",
    "boots_that_relied",
    "changes",
    "first_changed",
    "known_images",
    "latest_tiers",
    "machines_of",
    "machines_that_got_worse",
    "machines_that_ran",
    "matrix",
    "measurements",
    "named_images",
    "named_key",
    "pcrs_of_two",
    "tier_of",
    "tiers_of_boots",
]
