"""Changes: what differs between two appraisals that follow each other on one machine, and why."""

from farm.changes.table import Change, ChangeCause, ChangeKind

__all__ = ["Change", "ChangeCause", "ChangeKind"]
