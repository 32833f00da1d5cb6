"""Reference values: the digests that the farm expects, where each came from, and who approved it."""

from farm.references.learning import learn_build
from farm.references.table import ApprovalRule, Reference, ReferenceKind, ReferenceStateRow, Reliance

__all__ = ["ApprovalRule", "Reference", "ReferenceKind", "ReferenceStateRow", "Reliance", "learn_build"]
