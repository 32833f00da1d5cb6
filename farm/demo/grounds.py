"""What made-up boots stand on: machines with their keys, and commits with their builds."""

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from farm import machines, policies
from farm.artifacts import Artifact, BuildArtifact
from farm.builds import Build
from farm.demo import boot_rows
from farm.demo.appraisal_rows import key_of, public_of, tags_of
from farm.demo.boot_rows import POOL, REPOSITORY, URL, WORKER, Row
from farm.demo.met import BY
from farm.demo.shape import MadeUpMachine, Shape
from farm.demo.story import NEW_FIRMWARE, OLD_FIRMWARE, Image
from farm.enrolments import Enrolment
from farm.machines import Machine
from farm.policies import StoredPolicy
from farm.repositories import Repository
from farm.submissions import Submission, SubmissionBuild

LAB = "made-up"


def write_grounds(session: Session, shape: Shape, images: Sequence[Image], sizes: Sequence[int]) -> str:
    """Everything but boots and what comes of them; the digest of the policy's text."""
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
    return session.scalars(select(StoredPolicy.body_digest)).one()


def _machines(session: Session, shape: Shape) -> None:
    lab, begun = machines.ensure_lab(session, LAB), shape.submitted_at(0)
    rows, keys = [], []
    for one in shape.cast:
        rows.append(_machine(one, lab.id) | {"created_at": begun, "changed_at": begun})
        if key_of(one):
            keys.append(_enrolment(one) | {"enrolled_at": begun})
    session.execute(insert(Machine), rows)
    session.execute(insert(Enrolment), keys)


def _machine(one: MadeUpMachine, lab: int) -> Row:
    return {
        "id": one.number,
        "name": one.name,
        "lab_id": lab,
        "pool": POOL,
        "tags": tags_of(one),
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
        "public": public_of(one).hex(),
        "ak_name": key_of(one),
        "host": WORKER,
        "statement": "Made up: nothing vouches for this key.",
        "enrolled_by": BY,
        "ended_at": None,
        "ended_by": "",
        "why": "",
    }
