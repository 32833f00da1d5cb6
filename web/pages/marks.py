"""The one map from a status to its word, its icon and its class. Colour never stands alone."""

from dataclasses import dataclass

from farm.states import Verdict
from web.models import CaseOut


@dataclass(frozen=True)
class Mark:
    """How a status is shown; `open` ones are unfinished and have no hue."""

    word: str
    icon: str
    css: str


MARKS: dict[str, Mark] = {
    "pass": Mark("pass", "pass", "is-pass"),
    "fail": Mark("fail", "fail", "is-fail"),
    "infra": Mark("infra", "infra", "is-infra"),
    "cancelled": Mark("cancelled", "cancelled", "is-cancelled"),
    "running": Mark("running", "running", "is-open turning"),
    "waiting": Mark("waiting", "waiting", "is-open"),
    "can't start": Mark("can't start", "stuck", "is-open"),
    # Steps of a boot or build speak of themselves.
    "ok": Mark("ok", "pass", "is-pass"),
    "failed": Mark("failed", "fail", "is-fail"),
    "not reached": Mark("not reached", "waiting", "is-open"),
    # A machine's health.
    "good": Mark("good", "pass", "is-pass"),
    "bad": Mark("bad", "infra", "is-infra"),
    "offline": Mark("offline", "cancelled", "is-cancelled"),
    "unknown": Mark("unknown", "waiting", "is-open"),
}


def mark_of(status: str) -> Mark:
    """The mark of a status; one that nobody has heard of is shown as it is."""
    return MARKS.get(status) or Mark(status, "waiting", "is-open")


def expectation_mark(case: CaseOut, verdict: Verdict | None) -> Mark:
    """The mark of an expectation. A boot that the farm lost or somebody ended blames no commit."""
    if verdict in (Verdict.INFRA, Verdict.CANCELLED) and (not case.met or case.kind == "forbid"):
        return mark_of("not reached")
    return mark_of("ok" if case.met != (case.kind == "forbid") else "failed")
