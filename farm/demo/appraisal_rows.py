"""Rows of made-up appraisals and of what follows from them: PCR values, the timeline, changes, reliances."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from farm import enrolments
from farm.appraisals import AppraisalRow
from farm.appraisals.facts import facts_json, steps_json
from farm.appraisals.met import Met
from farm.appraisals.standing import standing
from farm.changes.noting import NEVER_THE_SAME, differences
from farm.changes.standing import Standing
from farm.demo.boot_rows import POOL, Row
from farm.demo.shape import MadeUpMachine, Part
from farm.demo.sighting import Sighting
from farm.demo.steps import quote_of, steps
from farm.demo.story import made_up
from farm.evidence.results import Facts, Tier

LATER = timedelta(minutes=5)  # when the verifier, which had failed, did it again
FAULT = "ValueError: made up: the event log ends within an event"
VERIFIER = "made-up-verifier/1"
POLICY = 1
_STATEMENTS = {
    Tier.AFFIRMING: "Made up: a farm host booted this image under this firmware in a machine that it enrolled.",
    Tier.WARNING: "Made up: the evidence holds, but something that vouches for it is missing or not approved.",
    Tier.CONTRAINDICATED: "Made up: something else ran between the firmware and the image.",
    Tier.NONE: "Made up: the farm's verifier failed, so nothing is known of this evidence.",
}


def public_of(machine: MadeUpMachine) -> bytes:
    """What stands for the public part of a machine's platform key."""
    return bytes.fromhex(made_up(f"public of {machine.name}"))


def key_of(machine: MadeUpMachine) -> str:
    """The Name of a machine's platform key, hex; "" of one that has none."""
    return "" if machine.part in (Part.UNBOUND, Part.NEVER) else enrolments.ak_name(public_of(machine))


def tags_of(machine: MadeUpMachine) -> list[str]:
    """What it is chosen by."""
    return sorted(["made-up", "virtual" if machine.kind == "qemu" else "metal", machine.kind])


def appraisal(one: Sighting, met: Sequence[Met], policy_digest: str) -> Row:
    """The row of the appraisal, without id and hashes."""
    what, done = one.what, not one.what.failed
    facts = _facts(one) if done else Facts()
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
        "platform_ak_name": key_of(one.machine) if facts.platform_pcrs else "",
        "attest_digest": quote_of(one.boot) if done else "",
        "policy_id": POLICY,
        "policy_body_digest": policy_digest,
        "verifier": VERIFIER,
        "at": one.at,
        "outcome": "done" if done else "error",
        "tier": what.tier,
        "reason": what.reason,
        "statement": _STATEMENTS[what.tier],
        "steps": steps_json(steps(one, key_of(one.machine))) if done else [],
        "facts": facts_json(
            facts,
            met,
            enrolled=key_of(one.machine),
            fault="" if done else FAULT,
            tags=tags_of(one.machine),
            pool=POOL,
        ),
        "evidence": {},
        "ear": "",
    }


def _facts(one: Sighting) -> Facts:
    shown = [(source, pcr, bytes.fromhex(value)) for (source, pcr), value in sorted(one.what.pcrs.items())]
    return Facts(
        nonce=bytes.fromhex(one.nonce),
        measurements=(bytes.fromhex(one.image.image_digest),),
        pcrs=tuple((pcr, value) for source, pcr, value in shown if source == "quote"),
        platform_pcrs=tuple((pcr, value) for source, pcr, value in shown if source == "platform"),
        clock=1000 * one.commit,
        safe=True,
    )


def reliances(one: Sighting, appraisal_id: int, met: Sequence[Met]) -> Iterable[Row]:
    """One row per reference value that was met."""
    for value in met:
        yield {"reference_id": value.id, "appraisal_id": appraisal_id, "boot_id": one.boot}


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
            "at": one.received_at,
        }


@dataclass
class Timeline:
    """The stretches of equal values of all machines, and what changed from boot to boot."""

    runs: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    _open: dict[tuple[int, str, int], Row] = field(default_factory=dict)
    _last: dict[int, Standing] = field(default_factory=dict)

    def add(self, one: Sighting, row: Row) -> None:
        """The next boot of a machine, with the row of its appraisal."""
        if one.what.failed:
            return
        for (source, pcr), value in one.what.pcrs.items():
            if pcr != NEVER_THE_SAME:
                self._draw(one, source, pcr, value)
        after = standing(AppraisalRow(**row), one.image.authenticode, one.what.pcrs)
        before = self._last.get(one.machine.number)
        self._last[one.machine.number] = after
        if before is not None:
            self.changes += [self._change(one, before, found) for found in differences(before, after)]

    def _draw(self, one: Sighting, source: str, pcr: int, value: str) -> None:
        lane = one.machine.number, source, pcr
        run = self._open.get(lane)
        if run is not None and run["value"] == value:
            run["last_boot"], run["last_at"] = one.boot, one.received_at
            run["boots"] += 1
            return
        made = {"machine_id": one.machine.number, "source": source, "pcr": pcr, "value": value, "boots": 1}
        made |= {"first_boot": one.boot, "first_at": one.received_at}
        made |= {"last_boot": one.boot, "last_at": one.received_at}
        self._open[lane] = made
        self.runs.append(made)

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
