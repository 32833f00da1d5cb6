"""The questions that the attestation history answers (attestation.md section 6), one file each.

Each question is one SQL statement that an index answers; tests/farm/asking/test_plans.py holds it to that on both
databases. Lists go by cursor: the key of the last row seen. Nothing here writes.
"""

from farm.asking.appraisals import AppraisalLine, Appraised, appraisals
from farm.asking.between import PcrPair, pcrs_of_two
from farm.asking.changes import Changed, ChangeLine, changes
from farm.asking.first_changed import first_changed
from farm.asking.folding import Fold, folded
from farm.asking.images import ImageName, ImageNames, named_images
from farm.asking.latest import LatestTier, latest_tiers
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
    "Answer",
    "AppraisalLine",
    "Appraised",
    "Cell",
    "ChangeLine",
    "Changed",
    "Fold",
    "ImageName",
    "ImageNames",
    "LatestTier",
    "Matrix",
    "Measured",
    "Measurement",
    "Page",
    "PcrPair",
    "Ran",
    "Relied",
    "Scope",
    "Worse",
    "appraisals",
    "boots_that_relied",
    "changes",
    "first_changed",
    "folded",
    "latest_tiers",
    "machines_of",
    "machines_that_got_worse",
    "machines_that_ran",
    "matrix",
    "measurements",
    "named_images",
    "pcrs_of_two",
    "tier_of",
    "tiers_of_boots",
]
