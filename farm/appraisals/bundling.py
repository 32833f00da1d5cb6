"""One boot's evidence with all that it is judged by, as a file that `bootfarm attest verify --offline` judges again.

The reference values are those of today: whoever judges it again should see that one was retired since. The key is the
one that the machine had when the evidence came, and the verifier that is named is the one of the newest appraisal.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from farm import policies, retention
from farm.appraisals import listing
from farm.appraisals.gate import asked_of
from farm.appraisals.grounds import grounds
from farm.appraisals.kept import collect_kept
from farm.appraisals.subject import files_of, subject
from farm.demo import banner_or_none
from farm.errors import NotFound
from farm.evidence import bundle
from farm.evidence.appraisal import VERIFIER
from farm.evidence.bundle import Bundle
from farm.evidence.inputs import ReferenceState
from farm.evidence.policy import Policy
from farm.evidence.results import Tier
from farm.farm import Farm


def bundle_of(session: Session, farm: Farm, boot_id: int) -> bytes:
    """The ZIP file, under the policy of the boot's newest appraisal.

    Raises:
        NotFound: the boot left no evidence, or is made up. Pruned: it did, and a rule removed it.
        StorageFault: the farm can't read what it stored.
    """
    found, files = subject(session, boot_id), files_of(session, boot_id)
    if banner_or_none(session):
        raise NotFound(f"boot-{boot_id} is made up, so there is no evidence of it that could be judged.")
    if not files or found.received_at is None:
        raise NotFound(f"boot-{boot_id} left no evidence.", next_step="Its page says what it ended with.")
    retention.check_kept(session, boot_id, [file.digest for file in files])
    collected = collect_kept(session, farm, found, files)
    rows = listing.of_boot(session, boot_id)
    held = grounds(session, found, collected.digests, policies.policy(session, rows[0].policy_id) if rows else None)
    measured = rows[0].facts.get("measurements", []) if rows else []
    attest, nonce = found.expectations.attest, held.expected.nonce
    return bundle.write(
        Bundle(
            evidence=collected.received,
            expected=replace(held.expected, modules=_only(held.expected.modules, measured)),
            policy=Policy.parse(held.policy_text),
            at=max(found.received_at, nonce.issued_at) if nonce else found.received_at,
            source=f"boot-{boot_id} of {farm.settings.url}",
            require=asked_of(attest, found) if attest else Tier.NONE,
            verifier=rows[0].verifier if rows else VERIFIER,
        )
    )


def _only(known: Mapping[bytes, ReferenceState], measured: Iterable[str]) -> dict[bytes, ReferenceState]:
    """What the farm knows of the modules that were measured; it may know very many others."""
    digests = [bytes.fromhex(one) for one in measured]
    return {one: known[one] for one in digests if one in known}
