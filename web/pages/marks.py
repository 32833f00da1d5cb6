"""The one map from a status to its word, its icon and its class. Colour never stands alone."""

from dataclasses import dataclass


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
    # A machine's health.
    "good": Mark("good", "pass", "is-pass"),
    "bad": Mark("bad", "infra", "is-infra"),
    "offline": Mark("offline", "cancelled", "is-cancelled"),
    "unknown": Mark("unknown", "waiting", "is-open"),
}


def mark_of(status: str) -> Mark:
    """The mark of a status; one that nobody has heard of is shown as it is."""
    return MARKS.get(status) or Mark(status, "waiting", "is-open")
