"""The farm's own signature under its appraisals: its keys, and the EAR that they sign."""

from farm.signing.ear import ear, statuses
from farm.signing.keys import KeyProblem, Signer

__all__ = ["KeyProblem", "Signer", "ear", "statuses"]
