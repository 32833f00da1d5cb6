"""Appraisals: what the verifier found in the evidence of each boot, under which policy; kept for ever."""

from farm.appraisals.owed import OwedAppraisal
from farm.appraisals.runs import Reappraisal
from farm.appraisals.table import AppraisalRow, Outcome
from farm.appraisals.write_offs import WriteOff

__all__ = ["AppraisalRow", "Outcome", "OwedAppraisal", "Reappraisal", "WriteOff"]
