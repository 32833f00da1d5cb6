"""What the shell is told (ux.md section 4). On by default, not behind a flag."""

from enum import IntEnum


class ExitCode(IntEnum):
    """One status per outcome; fail and infra are never mixed."""

    PASS = 0
    FAIL = 1
    USAGE = 2  # usage or config error
    INFRA = 3  # the farm's fault, result unknown
    NOT_ALLOWED = 4  # not logged in, or not allowed
    NOT_FOUND = 5
    CANCELLED = 6
    NOT_ATTESTED = 7  # attestation below what was required
    STILL_RUNNING = 8  # when the wait ended
    UNREACHABLE = 9
    INTERRUPTED = 130
    BROKEN_PIPE = 141  # as a shell reports a program that SIGPIPE ended


BISECT_SKIP = 125
BISECT_ABORT = 255
_OF_STATUS = {
    "pass": ExitCode.PASS,
    "fail": ExitCode.FAIL,
    "infra": ExitCode.INFRA,
    "cancelled": ExitCode.CANCELLED,
}
_SKIPPED = {ExitCode.INFRA, ExitCode.CANCELLED, ExitCode.STILL_RUNNING, ExitCode.UNREACHABLE}
_ABORTED = {ExitCode.USAGE, ExitCode.NOT_ALLOWED, ExitCode.NOT_FOUND}


def of_status(status: str) -> ExitCode:
    """Of the one word that the farm has for a job; anything unfinished is still running."""
    return _OF_STATUS.get(status, ExitCode.STILL_RUNNING)


def for_bisect(code: int) -> int:
    """As `git bisect run` understands it: a sick machine skips the commit instead of blaming it."""
    if code in _SKIPPED:
        return BISECT_SKIP
    return BISECT_ABORT if code in _ABORTED else code
