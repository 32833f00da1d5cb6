"""Rows of what is around a made-up appraisal: submissions, builds, artifacts, boots."""

from datetime import datetime, timedelta
from typing import Any

from farm import wire
from farm.demo.shape import MadeUpMachine, Shape
from farm.demo.story import Image, Told, made_up
from farm.expectations import MAX_CONSOLE_BYTES, Expectations
from farm.states import Cause, Verdict

REPOSITORY = "made-up-runtime"
URL = "https://made-up.invalid/runtime.git"  # RFC 6761: resolves nowhere, so nothing real is ever fetched
BRANCH = "main"
WORKER = "made-up-host"
POOL = "made-up"
Row = dict[str, Any]

_CAUSES = {Verdict.FAIL: Cause.MARKER_MISSING, Verdict.INFRA: Cause.POWER_FAILED, Verdict.PASS: None}
_DETAILS = {
    Verdict.PASS: "",
    Verdict.FAIL: 'Made up: the machine stopped before it printed "RUNTIME READY".',
    Verdict.INFRA: "Made up: the machine did not switch on.",
}
_EXPECTATIONS = Expectations(
    markers=[wire.Marker(name="line 1", kind=wire.MarkerKind.EXPECT, text="RUNTIME READY")],
    limits=wire.BootLimits(total_seconds=60, silence_seconds=30, console_bytes=MAX_CONSOLE_BYTES),
).model_dump(mode="json")
# Seconds from the submission, and of each step.
_BUILD_SECONDS, _BOOT_AFTER = 40, 45
_STEPS = (("prepare medium", 0.4), ("power on", 1.9), ("firmware", 12.5), ("application", 3.1), ("power off", 0.3))


def submission(shape: Shape, commit: int, image: Image) -> Row:
    """One per commit."""
    return {
        "id": commit + 1,
        "repository_id": 1,
        "person_id": None,
        "ref": BRANCH,
        "commit": image.commit,
        "tree": made_up(f"tree {commit}")[:40],
        "patch": None,
        "subject": image.subject,
        "author": "Nobody <nobody@made-up.invalid>",
        "plan": "",
        "note": "made up by `bootfarm demo seed`",
        "warnings": "",
        "created_at": shape.submitted_at(commit),
    }


def build(shape: Shape, commit: int, image: Image) -> Row:
    """One per commit, passed."""
    at = shape.submitted_at(commit)
    ended = at + timedelta(seconds=_BUILD_SECONDS)
    return {
        "id": commit + 1,
        "repository_id": 1,
        "content_key": made_up(f"build {commit}"),
        "shared": True,
        "commit": image.commit,
        "tree": made_up(f"tree {commit}")[:40],
        "patch": None,
        "recipe": {},
        "toolchain": "made up",
        "state": "finished",
        "verdict": Verdict.PASS,
        "cause": None,
        "detail": "",
        "error_line": None,
        "steps": [],
        "attempt": 1,
        "retry_of": None,
        "fence": 1,
        "worker": WORKER,
        "claim": "",
        "created_at": at,
        "sent_at": at,
        "sends": 1,
        "started_at": at,
        "lease_expires_at": None,
        "finished_at": ended,
        "cancel_requested_at": None,
    }


def artifact(shape: Shape, commit: int, image: Image, size: int) -> Row:
    """The image's file."""
    return {
        "digest": image.file,
        "size": size,
        "authenticode": image.authenticode,
        "image_digest": image.image_digest,
        "stored_at": shape.submitted_at(commit) + timedelta(seconds=_BUILD_SECONDS),
    }


def boot(shape: Shape, machine: MadeUpMachine, commit: int, image: Image, what: Told) -> Row:
    """One per commit and machine."""
    begun = shape.submitted_at(commit) + timedelta(seconds=_BOOT_AFTER + machine.number % 7)
    steps = _steps(begun, machine, what)
    return {
        "id": shape.boot(commit, machine),
        "submission_id": commit + 1,
        "repository_id": 1,
        "build_id": commit + 1,
        "image_name": "",
        "image": image.file,
        "files": {},
        "selector": machine.name,
        "wanted": machine.number,
        "firmware": what.firmware,
        "machine_id": machine.number,
        "expectations": _EXPECTATIONS,
        "infra_retries": 0,
        "retried": 0,
        "state": "finished",
        "waiting_reason": "",
        "cant_start": False,
        "verdict": what.verdict,
        "cause": _CAUSES[what.verdict],
        "detail": _DETAILS[what.verdict],
        "steps": steps,
        "timings": [],
        "console_bytes": 0,
        "priority": 0,
        "attempt": 1,
        "retry_of": None,
        "first_attempt": None,
        "fence": commit + 1,
        "worker": WORKER,
        "claim": "",
        "nonce": made_up(f"nonce {commit} {machine.number}")[:32] if what.evidence else "",
        "nonce_expires_at": None,
        "created_at": begun,
        "not_before": None,
        "leased_at": begun,
        "sent_at": begun,
        "sends": 1,
        "started_at": begun,
        "finished_at": datetime.fromisoformat(steps[-1]["finished_at"]),
        "cancel_requested_at": None,
    }


def _steps(begun: datetime, machine: MadeUpMachine, what: Told) -> list[Row]:
    """The steps of a boot; one that never had power ends there."""
    names = _STEPS[:2] if what.verdict is Verdict.INFRA else _STEPS
    rows: list[Row] = []
    for name, seconds in names:
        ended = begun + timedelta(seconds=seconds * (1 + machine.number % 4 / 10))
        failed = what.verdict is Verdict.INFRA and name == "power on"
        times = {"started_at": begun.isoformat(), "finished_at": ended.isoformat()}
        rows.append({"name": name, "state": "failed" if failed else "ok", **times, "detail": ""})
        begun = ended
    return rows
