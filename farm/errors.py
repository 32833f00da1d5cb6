"""Errors by blame: the request, the state it met, or the farm itself.

Each family has one HTTP status, mapped in `web/problems.py` and nowhere else. The message is one sentence that
names the cause; `next_step` says what to do about it.
"""

from collections.abc import Mapping, Sequence


class FarmError(Exception):
    """The base of all errors that a caller may see. `code` is stable and has a help page."""

    code = "farm-error"

    def __init__(
        self,
        message: str,
        *,
        next_step: str = "",
        code: str = "",
        details: Sequence[Mapping[str, object]] = (),
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.code = code or type(self).code
        self.details = [dict(detail) for detail in details]
        self.extra = dict(extra or {})


class BadRequest(FarmError):
    """What was asked can never work as it stands: a wrong value, an unknown key, a plan that does not parse."""

    code = "bad-request"


class NotFound(FarmError):
    """No such thing; the message names the nearest match where there is one."""

    code = "not-found"


class NotAllowed(FarmError):
    """The caller is known but lacks a scope; the message names the scope."""

    code = "not-allowed"


class NotLoggedIn(FarmError):
    """The caller showed no token or session, or one that has ended."""

    code = "not-logged-in"


class Conflict(FarmError):
    """The request is sound but the thing is in a state that forbids it; the message names both states."""

    code = "conflict"


class Stale(FarmError):
    """The caller decides about a thing that has changed since they saw it; the message says what it is now."""

    code = "stale"


class Unseen(FarmError):
    """The caller decides without saying what they saw of the thing."""

    code = "if-match-missing"


class TooLarge(FarmError):
    """More bytes than the farm takes for such a thing."""

    code = "too-large"


class StorageFault(FarmError):
    """The farm's own disk or database failed. Never a verdict about a commit."""

    code = "storage-error"


class Unavailable(FarmError):
    """The farm can't do it now (too many streams, database locked); trying again is right."""

    code = "unavailable"
