"""How a boot ended, in the words of the outcome."""

from dataclasses import dataclass
from typing import Self

from farm.wire import Cause, Verdict


@dataclass(frozen=True)
class Ending:
    """A verdict with its cause (None only for pass) and one sentence."""

    verdict: Verdict
    cause: Cause | None
    detail: str

    @classmethod
    def passed(cls, detail: str = "") -> Self:
        """The boot did what the plan wants."""
        return cls(Verdict.PASS, None, detail)

    @classmethod
    def failed(cls, cause: Cause, detail: str) -> Self:
        """The commit's fault."""
        return cls(Verdict.FAIL, cause, detail)

    @classmethod
    def infra(cls, cause: Cause, detail: str) -> Self:
        """The farm's fault."""
        return cls(Verdict.INFRA, cause, detail)

    @classmethod
    def cancelled(cls) -> Self:
        """Somebody's wish."""
        return cls(Verdict.CANCELLED, Cause.BY_USER, "Cancelled while it ran.")
