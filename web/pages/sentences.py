"""What happened, in one sentence, for boots, builds and submissions."""

from web.models import BootDetail, BootOut, BuildOut, SubmissionOut
from web.pages.words import count, duration


def boot_sentence(boot: BootDetail, good_seconds: float | None = None) -> str:
    """What this boot did, or why it waits."""
    if boot.verdict == "pass":
        return f"Booted in {duration(boot.seconds)}{_against(boot.seconds, good_seconds)}."
    if boot.verdict is not None:
        return _ended(boot)
    if boot.cancel_requested:
        return "Asked to stop; the worker powers the machine off at its next heartbeat."
    if boot.state == "running":
        step = boot.steps[-1].name if boot.steps else ""
        return f"Running on {boot.machine}{f', at the step {step}' if step else ''}."
    if boot.state == "leased":
        return f"{boot.machine} is set aside for it; its worker has the message."
    return boot.waiting_reason or "Waits for the dispatcher to look at it."


def build_sentence(build: BuildOut, ahead: int = 0) -> str:
    """What this build did, or what it waits for."""
    if build.verdict == "pass":
        made = count(len(build.artifacts), "file") if build.artifacts else "nothing to boot"
        return f"Built {made} in {duration(build.seconds)}."
    if build.verdict is not None:
        return _ended(build)
    if build.cancel_requested:
        return "Asked to stop; the builder ends it at its next heartbeat."
    if build.state == "running":
        step = build.steps[-1].name if build.steps else ""
        return f"Running on {build.worker}{f', at the step {step}' if step else ''}."
    return f"Waits for a builder, {ahead} ahead of it." if ahead else "Waits for a builder; it is the next."


def submission_sentence(found: SubmissionOut) -> str:
    """What the boots come to."""
    counts, total = found.counts, sum(found.counts.values())
    if not total:
        return "It has no boots."
    if found.status == "pass":
        return "The only boot passed." if total == 1 else f"All {total} boots passed."
    words = [f"{number} {_VERBS.get(word, word)}" for word, number in counts.items()]
    whole = count(total, "boot")
    tail = "" if found.finished else "; this page follows them"
    return f"Of {whole}, {_join(words)}{tail}." if total > 1 else f"Its only boot {_ONE.get(found.status, '')}{tail}."


_VERBS = {
    "pass": "passed",
    "fail": "failed",
    "infra": "ended by a fault of the farm",
    "cancelled": "cancelled",
    "running": "running",
    "waiting": "waiting",
    "can't start": "can't start",
}
_ONE = {
    "fail": "failed",
    "infra": "ended by a fault of the farm, not of the commit",
    "cancelled": "was cancelled",
    "running": "is running",
    "waiting": "is waiting",
    "can't start": "can't start",
}


def _ended(job: BootOut | BuildOut) -> str:
    whose = "; not the commit's fault" if job.verdict == "infra" else ""
    detail = job.detail.split("\n", 1)[0].rstrip(".")
    return f"{detail or job.cause_help.rstrip('.')}{whose}."


def _against(seconds: float | None, good: float | None) -> str:
    if seconds is None or good is None:
        return ""
    difference = seconds - good
    if abs(difference) < 0.1:
        return ", just as fast as the last good boot"
    return f", {duration(abs(difference))} {'slower' if difference > 0 else 'faster'} than the last good boot"


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
