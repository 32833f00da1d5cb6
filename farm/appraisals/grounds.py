"""What the farm holds evidence against, at the moment of the appraisal: policy, nonce, keys and reference values.

States and policies count as they are when the appraisal is made, not when the boot began: a value that was retired
while the machine ran is retired, and a new version of a policy is in force. But who the machine was does not change
afterwards: its key is the one that was enrolled when its evidence came. `decisions` tells whether a state, policy, rule
or key changed between the reading and the writing of an appraisal; then it is made again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from farm import decisions, enrolments, policies
from farm.appraisals.met import FIRST_USE
from farm.appraisals.subject import Subject
from farm.appraisals.table import AppraisalRow, Outcome
from farm.enrolments import Enrolment, EnrolmentKind
from farm.evidence.inputs import Expected, Nonce, ReferenceState
from farm.policies import StoredPolicy
from farm.references import learning, rules, states
from farm.references.table import ApprovalRule, Reference, ReferenceKind

_SEEN = (
    select(AppraisalRow.id)
    .where(AppraisalRow.attest_digest == bindparam("attest"), AppraisalRow.attest_digest != "")
    .where(AppraisalRow.boot_id != bindparam("boot"))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that an appraisal rests on. `decisions` is how many there were before any of it was read."""

    expected: Expected
    policy_name: str
    policy_text: str
    policy_id: int
    policy_digest: str
    enrolled: str  # Name of the machine's pinned key, "" without one
    decisions: int
    trusts_first_use: str  # why the machine's firmware is trusted as first seen, "" where it is not


class Seen:
    """The attests of all other boots' appraisals, asked one by one."""

    def __init__(self, session: Session, boot_id: int) -> None:
        self._session, self._boot_id = session, boot_id

    def __contains__(self, digest: object) -> bool:
        """Whether another boot showed this attest before."""
        assert isinstance(digest, bytes)
        return self._session.execute(_SEEN, {"attest": digest.hex(), "boot": self._boot_id}).first() is not None


class Known(Mapping[bytes, ReferenceState]):
    """The states of images and modules, asked one by one: a farm may know very many."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getitem__(self, digest: bytes) -> ReferenceState:
        """The best state of any kind of value with this digest. An image may be staged as a module, too."""
        found = [
            learning.find(self._session, kind, digest.hex()) for kind in (ReferenceKind.MODULE, ReferenceKind.IMAGE)
        ]
        known = [ReferenceState(one.state) for one in found if one is not None]
        if not known:
            raise KeyError(digest)
        return ReferenceState.DENIED if ReferenceState.DENIED in known else known[0]

    def __iter__(self) -> Iterator[bytes]:
        """All digests."""
        kinds = Reference.kind != ReferenceKind.FIRMWARE
        return (bytes.fromhex(digest) for digest in self._session.scalars(select(Reference.digest).where(kinds)))

    def __len__(self) -> int:
        """How many there are."""
        return self._session.scalars(select(func.count()).where(Reference.kind != ReferenceKind.FIRMWARE)).one()


def grounds(
    session: Session, found: Subject, digests: Mapping[str, str], chosen: StoredPolicy | None = None
) -> Grounds:
    """What holds now for a boot; `chosen` is the policy of a re-appraisal, else the plan's, else the default.

    Raises:
        NotFound: the plan names a policy that there is not.
    """
    before = decisions.made(session)
    stored = chosen or policies.newest(session, _policy_name(found))
    key = enrolments.in_force(session, found.machine_id, _received(found))
    firmware = tuple(learning.of_firmware(session, found.machine_id, found.firmware))
    image = learning.find(session, ReferenceKind.IMAGE, found.image_digest) if found.image_digest else None
    expected = Expected(
        nonce=_nonce(session, found, digests),
        image_digest=_bytes(found.image_digest),
        image=ReferenceState(image.state) if image else None,
        modules=Known(session),
        authenticode=_bytes(found.authenticode),
        platform_ak=bytes.fromhex(key.public) if key else None,
        firmware=_by_pcr(firmware),
        seen=Seen(session, found.boot_id),
        machine=found.machine,
        host=key.host if key else found.host,
        tags=found.tags,
    )
    rule = _first_use_rule(session, found, key, firmware)
    return Grounds(
        expected=expected,
        policy_name=stored.name,
        policy_text=stored.body,
        policy_id=stored.id,
        policy_digest=stored.body_digest,
        enrolled=key.ak_name if key else "",
        decisions=before,
        trusts_first_use=f"{FIRST_USE}boot-{found.boot_id}; {rule.by} trusts first use: {rule.why}" if rule else "",
    )


def _received(found: Subject) -> datetime | None:
    """When the evidence came, None while the boot runs; not before the nonce was made, if the clock was behind."""
    if found.received_at is None or found.nonce_issued_at is None:
        return found.received_at
    return max(found.received_at, found.nonce_issued_at)


def _policy_name(found: Subject) -> str:
    attest = found.expectations.attest
    return attest.policy if attest and attest.policy else policies.DEFAULT


def _nonce(session: Session, found: Subject, digests: Mapping[str, str]) -> Nonce | None:
    if not found.nonce or found.nonce_issued_at is None or found.nonce_expires_at is None:
        return None
    used = _spent_on_other_bytes(session, found.boot_id, digests)
    return Nonce(bytes.fromhex(found.nonce), found.nonce_issued_at, found.nonce_expires_at, used)


def _spent_on_other_bytes(session: Session, boot_id: int, digests: Mapping[str, str]) -> bool:
    """Whether the nonce served for other evidence. The same evidence may be appraised again and again."""
    done = select(AppraisalRow.evidence).where(AppraisalRow.boot_id == boot_id, AppraisalRow.outcome == Outcome.DONE)
    return any(before != digests for before in session.scalars(done))


def _by_pcr(firmware: tuple[Reference, ...]) -> dict[int, dict[bytes, ReferenceState]]:
    known: dict[int, dict[bytes, ReferenceState]] = {}
    for one in firmware:
        if one.pcr is not None:
            known.setdefault(one.pcr, {})[bytes.fromhex(one.digest)] = ReferenceState(one.state)
    return known


def _first_use_rule(
    session: Session, found: Subject, key: Enrolment | None, firmware: tuple[Reference, ...]
) -> ApprovalRule | None:
    """The rule that trusts this firmware as first seen. Values that the farm saw and that nobody decided about don't
    count as seen: they are of boots that proved nothing else, such as those of a patched tree."""
    if key is None or key.kind != EnrolmentKind.VIRTUAL or any(one.state != ReferenceState.PENDING for one in firmware):
        return None
    last = states.latest(session, [one.id for one in firmware]).values() if firmware else ()
    if any(row.by != states.FARM for row in last):
        return None
    return rules.of_lab(session, found.lab_id)


def _bytes(digest: str | None) -> bytes | None:
    return bytes.fromhex(digest) if digest else None
