"""What made-up boots stand on: machines, commits with their builds, keys, and reference values with their states."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from farm import machines, policies
from farm.artifacts import Artifact, BuildArtifact
from farm.builds import Build
from farm.demo import boot_rows
from farm.demo.appraisal_rows import Grounds, key_of
from farm.demo.boot_rows import REPOSITORY, URL, WORKER, Row
from farm.demo.shape import MadeUpMachine, Part, Shape
from farm.demo.story import NEW_FIRMWARE, OLD_FIRMWARE, Image, firmware_value, made_up
from farm.enrolments import Enrolment
from farm.machines import Machine
from farm.policies import StoredPolicy
from farm.references import Reference, ReferenceStateRow
from farm.repositories import Repository
from farm.submissions import Submission, SubmissionBuild

LAB = "made-up"
BY = "bootfarm demo seed"


def write_grounds(session: Session, shape: Shape, images: Sequence[Image], sizes: Sequence[int]) -> Grounds:
    """Everything but boots and what comes of them."""
    policies.ensure_default(session)
    session.execute(update(StoredPolicy).values(used=True))
    session.add(Repository(id=1, name=REPOSITORY, url=URL, cache=REPOSITORY, created_at=shape.submitted_at(0)))
    _machines(session, shape)
    numbered = list(enumerate(images))
    artifacts = [boot_rows.artifact(shape, n, image, size) for (n, image), size in zip(numbered, sizes, strict=True)]
    session.execute(insert(Artifact), artifacts)
    session.execute(insert(Submission), [boot_rows.submission(shape, n, image) for n, image in numbered])
    session.execute(insert(Build), [boot_rows.build(shape, n, image) for n, image in numbered])
    session.execute(insert(SubmissionBuild), [{"submission_id": n + 1, "build_id": n + 1} for n, _ in numbered])
    made = [{"build_id": n + 1, "name": "runtime.efi", "digest": image.file} for n, image in numbered]
    session.execute(insert(BuildArtifact), made)
    references = _references(session, shape, images)
    return Grounds(references, session.scalars(select(StoredPolicy.body_digest)).one())


def _machines(session: Session, shape: Shape) -> None:
    lab, begun = machines.ensure_lab(session, LAB), shape.submitted_at(0)
    rows, keys = [], []
    for one in shape.cast:
        tags = ["made-up", "virtual" if one.kind == "qemu" else "metal", one.kind]
        rows.append(_machine(one, lab.id, tags) | {"created_at": begun, "changed_at": begun})
        if one.part not in (Part.UNBOUND, Part.NEVER):
            keys.append(_enrolment(one) | {"enrolled_at": begun})
    session.execute(insert(Machine), rows)
    session.execute(insert(Enrolment), keys)


def _machine(one: MadeUpMachine, lab: int, tags: list[str]) -> Row:
    return {
        "id": one.number,
        "name": one.name,
        "lab_id": lab,
        "pool": "made-up",
        "tags": sorted(tags),
        "driver": "null",
        "options": {},
        "firmware": [OLD_FIRMWARE, NEW_FIRMWARE],
        "state": "offline",
        "health": "good",
        "held": True,
        "reason": "made up: there is no such machine",
        "failures_in_a_row": 0,
        "fence": 0,
    }


def _enrolment(one: MadeUpMachine) -> Row:
    return {
        "machine_id": one.number,
        "kind": "virtual" if one.kind == "qemu" else "metal",
        "public": made_up(f"public of {one.name}"),
        "ak_name": key_of(one),
        "host": WORKER,
        "statement": "Made up: nothing vouches for this key.",
        "enrolled_by": BY,
        "ended_at": None,
        "ended_by": "",
        "why": "",
    }


def _references(session: Session, shape: Shape, images: Sequence[Image]) -> dict[Any, int]:
    rows: list[Row] = []
    states: list[Row] = []
    ids: dict[Any, int] = {}
    for number, image in enumerate(images):
        retired = number == shape.commits // 2
        key = ("image", image.image_digest)
        ids[key] = len(rows) + 1
        at = shape.submitted_at(number)
        origin = {"artifact": image.file, "build_id": number + 1}
        state = "retired" if retired else "approved"
        rows.append(_reference(len(rows) + 1, image.image_digest, state, at) | origin)
        states += [_state(len(rows), "pending", at, "built"), _state(len(rows), "approved", at, "built from main")]
        if retired:
            later = shape.end - timedelta(days=3)
            states.append(_state(len(rows), "retired", later, "made up: a weakness was found in this image"))
    for machine in shape.cast:
        for firmware, pcr in [(OLD_FIRMWARE, pcr) for pcr in (0, 2, 7)] + [(NEW_FIRMWARE, pcr) for pcr in (0, 7)]:
            value = firmware_value(machine, firmware, pcr)
            ids["firmware", value, pcr, machine.number] = len(rows) + 1
            at = shape.submitted_at(0)
            own = {"pcr": pcr, "firmware": firmware, "machine_id": machine.number, "kind": "firmware"}
            rows.append(_reference(len(rows) + 1, value, "approved", at) | own)
            states += [_state(len(rows), "pending", at, "seen"), _state(len(rows), "approved", at, "seen thrice")]
    session.execute(insert(Reference), rows)
    session.execute(insert(ReferenceStateRow), states)
    return ids


def _reference(number: int, digest: str, state: str, at: Any) -> Row:
    empty = {"pcr": None, "firmware": "", "machine_id": None, "artifact": None, "build_id": None, "boot_id": None}
    return {"id": number, "kind": "image", "digest": digest, "state": state, "created_at": at, **empty}


def _state(reference: int, state: str, at: Any, why: str) -> Row:
    return {"reference_id": reference, "state": state, "at": at, "by": BY, "why": f"made up: {why}"[:400]}
