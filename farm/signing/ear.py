"""Attestation results as an EAR: draft-ietf-rats-ear-04, a JWT signed ES256 (attestation.md section 5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from farm.signing.keys import KeyProblem, Signer

PROFILE = "tag:ietf.org,2026:rats/ear#04"
log = structlog.get_logger()


def claims(
    *,
    boot_id: int,
    machine: str,
    at: datetime,
    tier: str,
    vector: Mapping[str, int],
    verifier: str,
    policy: str,
    nonce: bytes | None,
    statement: str,
) -> dict[str, Any]:
    """The claims set: one submodule, the machine. `policy` is the id of the policy's text."""
    found: dict[str, Any] = {
        "eat_profile": PROFILE,
        "iat": int(at.timestamp()),
        "ear_verifier_id": {"build": verifier, "developer": "bootfarm"},
        "submods": {
            machine: {
                "ear_status": tier,
                "ear_trustworthiness_vector": dict(vector),
                "ear_appraisal_policy_ids": [policy],
                "bootfarm_statement": statement,
            }
        },
        "bootfarm_boot": f"boot-{boot_id}",
    }
    return found | ({"eat_nonce": nonce.hex()} if nonce else {})


def ear(signer: Signer, **known: Any) -> str:
    """The signed result, or "" while the farm's keys are not whole: an unsigned result says so by being empty."""
    try:
        return signer.sign(claims(**known))
    except KeyProblem as problem:
        log.warning("ear.unsigned", boot=known["boot_id"], problem=problem.message)
        return ""


def statuses(read: Mapping[str, Any]) -> dict[str, str]:
    """Each submodule's tier in a claims set that was verified; the dotted names of older drafts are read, too."""
    return {
        name: str(one.get("ear_status", one.get("ear.status", "none"))) for name, one in read.get("submods", {}).items()
    }
