"""What is appraised: one boot, with all that the farm knows of it and the bytes that it left."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, aliased

from farm import evidence, wire
from farm.appraisals.table import AppraisalRow
from farm.artifacts import Artifact
from farm.boots import Boot
from farm.builds import Build
from farm.consoles import Gap
from farm.errors import NotFound
from farm.evidence.inputs import Received
from farm.expectations import Expectations
from farm.farm import Farm
from farm.machines import Machine


@dataclass(frozen=True, slots=True)
class Subject:
    """One boot, as its row and those around it say. Nothing here comes from the guest.

    `firmware`, `tags` and `pool` are those of its first appraisal, if there was one: a machine may have others by now.
    """

    boot_id: int
    machine_id: int
    machine: str
    tags: frozenset[str]
    pool: str
    lab_id: int
    host: str  # the worker
    repository_id: int
    build_id: int
    commit: str
    image: str
    authenticode: str | None
    image_digest: str | None
    firmware: str
    nonce: str
    nonce_issued_at: datetime | None
    nonce_expires_at: datetime | None
    received_at: datetime | None  # None while the boot has not ended
    console_bytes: int  # that its worker sent, 0 while the boot has not ended
    expectations: Expectations


_FIRST = aliased(AppraisalRow)
_SUBJECT = (
    select(
        Boot.id.label("boot_id"),
        Boot.machine_id,
        Machine.name.label("machine"),
        Machine.tags,
        Machine.pool,
        Machine.lab_id,
        Boot.worker.label("host"),
        Boot.repository_id,
        Boot.build_id,
        Build.commit,
        Boot.image,
        Artifact.authenticode,
        Artifact.image_digest,
        Boot.firmware,
        Boot.nonce,
        Boot.started_at.label("nonce_issued_at"),
        Boot.nonce_expires_at,
        Boot.finished_at.label("received_at"),
        Boot.expectations,
        Boot.console_bytes,
        Machine.firmware.label("offered"),
        _FIRST.firmware.label("firmware_then"),
        _FIRST.facts.label("facts_then"),
    )
    .join(Machine, Machine.id == Boot.machine_id)
    .join(Build, Build.id == Boot.build_id)
    .join(Artifact, Artifact.digest == Boot.image)
    .outerjoin(_FIRST, (_FIRST.boot_id == Boot.id) & (_FIRST.run == 0))
    .where(Boot.id == bindparam("boot"))
)


def subject(session: Session, boot_id: int) -> Subject:
    """A boot that ran, or runs.

    Raises:
        NotFound: no such boot, or it never had a machine.
    """
    row = session.execute(_SUBJECT, {"boot": boot_id}).one_or_none()
    if row is None:
        raise NotFound(f"boot-{boot_id} never ran.")
    known = row._asdict()
    offered, firmware, facts = known.pop("offered"), known.pop("firmware_then"), known.pop("facts_then") or {}
    known["firmware"] = firmware or known["firmware"] or next(iter(offered), "")
    known["tags"], known["pool"] = frozenset(facts.get("tags", known["tags"])), facts.get("pool", known["pool"])
    known["expectations"] = Expectations.model_validate(known["expectations"])
    return Subject(**known)


@dataclass(frozen=True, slots=True)
class Collected:
    """The bytes that a boot left, and the SHA-256 of each, by where it was."""

    received: Received
    digests: dict[str, str]


# Names that the worker gives to the files of attestation.md section 2.
_FILES = {"citadel-attest.bin": "esp_attest", "citadel-bind.bin": "esp_bind"}


def collect(farm: Farm, boot_id: int, files: Sequence[wire.EvidenceFile]) -> Collected:
    """Read what a boot left: its serial console as it was said, and the files of its medium.

    Raises:
        StorageFault: the farm can't read what it stored. Never a verdict about the evidence.
    """
    found = {
        _FILES[one.name]: farm.artifacts.stored(one.digest).read_bytes()
        for one in files
        if one.source == wire.EvidenceSource.ESP and one.name in _FILES
    }
    said = _console(farm, boot_id)
    received = Received(console=said, esp_attest=found.get("esp_attest"), esp_bind=found.get("esp_bind"))
    parts = {"console": said or None, **found}
    return Collected(received, {name: hashlib.sha256(data).hexdigest() for name, data in parts.items() if data})


def _console(farm: Farm, boot_id: int) -> bytes:
    stream = farm.consoles.stream(f"boot-{boot_id}", "serial")
    # Where a flood was cut, a line ends: no block may be put together across it.
    return b"".join(b"\n" if isinstance(piece, Gap) else piece.data for piece in stream.iter_from(0))


def files_of(session: Session, boot_id: int) -> list[wire.EvidenceFile]:
    """What a boot left, from the rows."""
    rows = evidence.of_boot(session, boot_id)
    return [
        wire.EvidenceFile(name=one.name, source=one.source, digest=one.digest, size=one.artifact.size) for one in rows
    ]
