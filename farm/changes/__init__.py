"""Changes: what differs between two appraisals that follow each other on one machine, and why."""

from farm.changes.acknowledging import acknowledge
from farm.changes.listing import machine_of, of_reappraisal
from farm.changes.noting import differences, note
from farm.changes.standing import Standing
from farm.changes.table import Change, ChangeCause, ChangeKind

__all__ = [
    "Change",
    "ChangeCause",
    "ChangeKind",
    "Standing",
    "acknowledge",
    "differences",
    "machine_of",
    "note",
    "of_reappraisal",
]
