"""The statement of trust: one sentence that says what the evidence proves, and who could have forged it."""

from farm.evidence.case import Case
from farm.evidence.results import Tier

NO_EVIDENCE = "This boot left no evidence, so nothing is known about what ran."


def of_bound(case: Case) -> str:
    """Attestation.md 4, for a virtual machine."""
    host = case.expected.host or "its host"
    machine = case.expected.machine or "this machine"
    image = case.catt1.image_digest.hex()[:10]
    firmware = next(value for index, value in case.outer.pcrs if index == 0).hex()[:10]
    return (
        f"Host {host} booted image {image} under approved firmware (PCR[0] {firmware}) on {machine}, a machine that "
        f"{host} made and whose key the farm pinned; only root on {host} could forge this."
    )


def of_unbound(case: Case) -> str:
    """Attestation.md 1."""
    image = case.catt1.image_digest.hex()[:10]
    pinned = ", though this machine has a pinned one" if case.expected.platform_ak is not None else ""
    return (
        f"The evidence of image {image} is whole and fresh, but no platform key vouches for it{pinned}: whoever can "
        "write to the console could have made it."
    )


def of_failure(tier: Tier, step: str, detail: str) -> str:
    """What the first failing step means."""
    if tier is Tier.WARNING:
        return f"The evidence is authentic as far as it was checked, but {step} is not approved: {detail}."
    return f"This evidence must not be trusted: {step} failed, {detail}."


def of_lenient(detail: str, policy: str) -> str:
    """Everything holds, but the image passed only because its policy takes more than approved values."""
    return f"The evidence holds and its machine is known, but {detail}, which only the policy {policy} lets pass."


def of_demand(step: str, policy: str) -> str:
    """A step that the policy asks for did not pass."""
    return f"This evidence must not be trusted: the policy {policy} asks that {step} passes, and it did not."
