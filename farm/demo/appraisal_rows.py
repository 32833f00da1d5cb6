"""Rows of made-up appraisals and of what follows from them: PCR values, the timeline, changes, reliances."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from farm.changes.noting import NEVER_THE_SAME, differences
from farm.changes.standing import Standing
from farm.demo.boot_rows import Row
from farm.demo.shape import MadeUpMachine
from farm.demo.story import Image, Told, made_up
from farm.evidence.results import Tier
from farm.evidence.step_names import ALL
from farm.references.derived import pcr4_of

LATER = timedelta(minutes=5)  # when the verifier, which had failed, did it again
VERIFIER = "made-up-verifier/1"
POLICY = 1
_STATEMENTS = {
    Tier.AFFIRMING: "Made up: a farm host booted this image under this firmware in a machine that it enrolled.",
    Tier.WARNING: "Made up: the evidence holds, but something that vouches for it is missing or not approved.",
    Tier.CONTRAINDICATED: "Made up: something else ran between the firmware and the image.",
    Tier.NONE: "Made up: the farm's verifier failed, so nothing is known of this evidence.",
}


@dataclass(frozen=True)
class Grounds:
    """Ids of the reference values by what they are of (see `met`), and the digest of the policy's text."""

    references: dict[Any, int]
    policy_digest: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One appraised boot on its way into the tables."""

    machine: MadeUpMachine
    commit: int
    boot: int
    image: Image
    what: Told
    at: datetime
    run: int = 0


def key_of(machine: MadeUpMachine) -> str:
    """The Name of a machine's platform key, hex."""
    return "000b" + made_up(f"platform key of {machine.name}")


def appraisal(one: Sighting, grounds: Grounds) -> Row:
    """The row of the appraisal, without id and hashes."""
    what, done = one.what, not one.what.failed
    bound = ("platform", 4) in what.pcrs
    return {
        "run": one.run,
        "boot_id": one.boot,
        "machine_id": one.machine.number,
        "repository_id": 1,
        "build_id": one.commit + 1,
        "commit": one.image.commit,
        "image": one.image.file,
        "firmware": what.firmware,
        "image_digest": one.image.image_digest if done else "",
        "ak_name": "000b" + made_up(f"key of boot {one.boot}") if done else "",
        "platform_ak_name": key_of(one.machine) if bound else "",
        "attest_digest": made_up(f"quote of boot {one.boot}") if done else "",
        "policy_id": POLICY,
        "policy_body_digest": grounds.policy_digest,
        "verifier": VERIFIER,
        "at": one.at,
        "outcome": "done" if done else "error",
        "tier": what.tier,
        "reason": what.reason,
        "statement": _STATEMENTS[what.tier],
        "steps": _steps(what),
        "facts": {"references": _references(one, grounds)} if done else {},
        "evidence": {},
        "ear": "",
    }


def _references(one: Sighting, grounds: Grounds) -> list[list[Any]]:
    return [[grounds.references[key], key[0], *_state(key, one.what)] for key in met(one)]


def _state(key: Any, what: Told) -> tuple[str, int | None]:
    return ("approved", None) if key[0] == "image" else ("approved" if what.approved else "pending", key[2])


def _steps(what: Told) -> list[Row]:
    """All names of steps, up to the one that failed."""
    if what.failed:
        return []
    rows, outcome = [], "pass"
    for name in ALL:
        this = "fail" if name == what.reason else outcome
        outcome = "not-run" if this == "fail" else outcome
        rows.append({"name": name, "outcome": this})
    return rows


def met(one: Sighting) -> list[Any]:
    """Keys of the reference values that the evidence showed: ("image", digest), ("firmware", value, PCR, machine)."""
    found: list[Any] = [("image", one.image.image_digest)]
    for (source, pcr), value in one.what.pcrs.items():
        if source == "platform" and pcr in (0, 2, 7):
            found.append(("firmware", value, pcr, one.machine.number))
    return found


def reliances(one: Sighting, appraisal_id: int, grounds: Grounds) -> Iterable[Row]:
    """One row per reference value that was met."""
    for key in met(one):
        yield {"reference_id": grounds.references[key], "appraisal_id": appraisal_id, "boot_id": one.boot}


def pcr_values(one: Sighting, appraisal_id: int) -> Iterable[Row]:
    """One row per value."""
    for (source, pcr), value in one.what.pcrs.items():
        yield {
            "boot_id": one.boot,
            "source": source,
            "pcr": pcr,
            "appraisal_id": appraisal_id,
            "machine_id": one.machine.number,
            "value": value,
            "at": one.at,
        }


@dataclass
class Timeline:
    """The stretches of equal values of all machines, and what changed from boot to boot."""

    runs: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    _open: dict[tuple[int, str, int], Row] = field(default_factory=dict)
    _last: dict[int, Standing] = field(default_factory=dict)

    def add(self, one: Sighting, grounds: Grounds) -> None:
        """The next boot of a machine."""
        if one.what.failed:
            return
        for (source, pcr), value in one.what.pcrs.items():
            if pcr != NEVER_THE_SAME:
                self._draw(one, source, pcr, value)
        standing = self._standing(one, grounds)
        before = self._last.get(one.machine.number)
        self._last[one.machine.number] = standing
        if before is not None:
            self.changes += [self._change(one, before, found) for found in differences(before, standing)]

    def _draw(self, one: Sighting, source: str, pcr: int, value: str) -> None:
        lane = one.machine.number, source, pcr
        run = self._open.get(lane)
        if run is not None and run["value"] == value:
            run["last_boot"], run["last_at"] = one.boot, one.at
            run["boots"] += 1
            return
        made = {"machine_id": one.machine.number, "source": source, "pcr": pcr, "value": value, "boots": 1}
        made |= {"first_boot": one.boot, "first_at": one.at, "last_boot": one.boot, "last_at": one.at}
        self._open[lane] = made
        self.runs.append(made)

    def _standing(self, one: Sighting, grounds: Grounds) -> Standing:
        states = {str(grounds.references[key]): _state(key, one.what)[0] for key in met(one)}
        return Standing(
            boot_id=one.boot,
            tier=one.what.tier,
            reason=one.what.reason,
            image=one.image.file,
            firmware=one.what.firmware,
            enrolment=key_of(one.machine) if ("platform", 4) in one.what.pcrs else "",
            policy=grounds.policy_digest,
            verifier=VERIFIER,
            references=states,
            approved_pcrs=frozenset({0, 2, 7} if one.what.approved else ()),
            expected_pcr4=pcr4_of(bytes.fromhex(one.image.authenticode)).hex(),
            pcrs=one.what.pcrs,
        )

    def _change(self, one: Sighting, before: Standing, found: Row) -> Row:
        return {
            **found,
            "machine_id": one.machine.number,
            "at": one.at,
            "boot_before": before.boot_id,
            "boot_after": one.boot,
            "reappraisal_id": None,
            "acknowledged_at": None,
            "acknowledged_by": "",
            "why": "",
        }
