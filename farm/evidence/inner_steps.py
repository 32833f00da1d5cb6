"""The steps that concern the application's own evidence: where it stands, its nonce, what it measured."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from hmac import compare_digest

from farm.evidence.blocks import LONGEST, Catt1
from farm.evidence.case import Case, Finding, Quote
from farm.evidence.framing import ATTEST, BIND, MOST_CONSOLE, last_reset, unframe
from farm.evidence.inputs import ReferenceState
from farm.evidence.quote_steps import INNER
from farm.evidence.reader import Malformed

_UNKNOWN, _ANOTHER = 33, 96  # AR4SI, executables: not recognised; what must not have run
_WEIGHTS = {ReferenceState.RETIRED: 32, ReferenceState.DENIED: 96}  # with known weaknesses; known to be bad


class ClockSetBack(Exception):
    """The farm's clock stands before the moment at which the farm issued the nonce: no verdict can be given."""


def framing(case: Case) -> Finding:
    """Exactly one block: attestation.md 2. Two are a failure, never "the last one"."""
    evidence = case.evidence
    if len(evidence.console) > MOST_CONSOLE:
        return False, f"at most {MOST_CONSOLE} bytes", f"{len(evidence.console)} bytes", "the console is too long"
    esp = evidence.esp_attest
    if esp is not None and len(esp) > LONGEST[ATTEST.format]:
        return False, f"at most {LONGEST[ATTEST.format]} bytes", f"{len(esp)} bytes", "the file on the ESP is too long"
    case.since = last_reset(evidence.console)
    case.console_block = unframe(evidence.console, ATTEST, case.since)
    if case.console_block is not None or (esp is not None and not _stale(case)):
        return True, "one block", "one block", ""
    return False, "one block", "no block", _nothing(case)


def _stale(case: Case) -> bool:
    """Whether the console has a block, but from before the last reset: then the file of the ESP is of then as well."""
    return bool(case.since) and case.evidence.console.find(ATTEST.begin, 0, case.since) >= 0


def _nothing(case: Case) -> str:
    if _stale(case):
        return "the block on the console is from before the last reset"
    if case.evidence.esp_bind is not None or BIND.begin in case.evidence.console:
        return "there is an outer quote, but nothing that it could be about"
    return "neither the console nor the ESP has any"


def absent(case: Case) -> bool:
    """Whether there is nothing at all to judge: silence is neither good nor bad."""
    evidence = case.evidence
    channels = (evidence.esp_attest, evidence.esp_bind)
    markers = (ATTEST.begin, ATTEST.end, BIND.begin, BIND.end)
    return all(one is None for one in channels) and not any(one in evidence.console for one in markers)


def channels_agree(case: Case) -> Finding:
    """Console and ESP are written by the same application: if they differ, one of them is not."""
    return agreement(case.console_block, case.evidence.esp_attest)


def agreement(console: bytes | None, esp: bytes | None) -> Finding:
    """Both channels, one of them, and what it says of the other."""
    if console is None or esp is None:
        where = "on the ESP only" if console is None else "on the console only"
        return True, "equal where both are", where, ""
    if console == esp:
        return True, "equal where both are", "equal", ""
    return False, "equal where both are", _first_difference(console, esp), "console and ESP differ"


def _first_difference(console: bytes, esp: bytes) -> str:
    pairs = enumerate(zip(console, esp, strict=False))
    at = next((at for at, (one, other) in pairs if one != other), min(len(console), len(esp)))
    return f"{len(console)} bytes on the console, {len(esp)} on the ESP, different from offset {at} on"


def structure(case: Case) -> Finding:
    """CATT1: attestation.md 2."""
    block = case.console_block if case.console_block is not None else case.evidence.esp_attest
    if block is None:  # never after framing; a fault of ours must not pass
        raise Malformed("CATT1", 0, "is not there")
    case.catt1 = Catt1.parse(block)
    case.inner = Quote(INNER, case.catt1)
    return True, "CATT1", lambda: f"CATT1, {len(block)} bytes", ""


def nonce(case: Case) -> Finding:
    """Freshness: RFC 9334, 10.2. The signed bytes count; the block's copy must be the same. Constant time."""
    issued, attest = case.expected.nonce, case.inner.attest
    signed = attest.extra
    if signed is None:
        raise attest.missing()
    if issued is None:
        return False, "a nonce that the farm issued", signed, "the farm issued no nonce for this boot"
    if case.at < issued.issued_at:
        raise ClockSetBack(f"the nonce was issued at {issued.issued_at}, and the clock says {case.at}")
    if not (compare_digest(signed, issued.value) and compare_digest(case.catt1.nonce, issued.value)):
        shown = signed if signed != issued.value else case.catt1.nonce
        return False, issued.value, shown, "it is not the nonce of this boot"
    if issued.used:
        return False, "unused", "used", "the nonce was used by an appraisal before"
    if case.at >= min(issued.expires_at, issued.issued_at + case.policy.max_age):
        return False, *_too_old(case, issued.expires_at - issued.issued_at)
    return True, issued.value, signed, ""


def _too_old(case: Case, life: timedelta) -> tuple[str, str, str]:
    assert case.expected.nonce is not None
    age = case.at - case.expected.nonce.issued_at
    return f"at most {min(life, case.policy.max_age)} old", f"{age} old", "the nonce has expired"


def measurements(case: Case) -> Finding:
    """PCR[10] from zero by TPM2_PCR_Extend: Part 1, 17.2: new = H(old, digest)."""
    value = bytes(32)
    for digest in case.catt1.measurements:
        value = hashlib.sha256(value + digest).digest()
    (_, quoted), *_ = case.inner.pcrs
    return value == quoted, value, quoted, "the measurements do not give the quoted PCR[10]"


def image(case: Case) -> Finding:
    """Reference values: the artifact's own, and those of staged modules."""
    found, *_ = case.catt1.measurements
    expected, states = case.expected, case.policy.images
    if expected.image_digest is None:
        case.weight = _UNKNOWN
        return False, "the digest of this boot's artifact", found, "the farm does not know its artifact's digest"
    if found != expected.image_digest:
        # However well known it is: being honest about it does not make it the image that the farm put there.
        case.weight = _ANOTHER
        return False, expected.image_digest, found, "another image ran than the one that the farm put there"
    for digest, state, what in _states(case):
        if state not in states:
            case.weight = weight(state)
            return False, _any_of(states), digest, f"{what} is {state or 'no reference value'}"
    return True, expected.image_digest, found, ""


def not_approved(case: Case) -> tuple[str, int] | None:
    """The first of the image and its modules that a policy lets pass in another state than approved, and its weight.

    A plan names its policy, so a policy may say what a boot must reach, but not what affirming means.
    """
    for _, state, what in _states(case):
        if state is not ReferenceState.APPROVED:
            return f"{what} is {state or 'no reference value'}", weight(state)
    return None


def _states(case: Case) -> Iterator[tuple[bytes, ReferenceState | None, str]]:
    found, *modules = case.catt1.measurements
    yield found, case.expected.image, "the image"
    for digest in modules:
        state = case.expected.image if digest == found else case.expected.modules.get(digest)
        yield digest, state, "a staged module"


def weight(state: ReferenceState | None) -> int:
    """How bad a digest is that is not in an allowed state."""
    return _WEIGHTS.get(state, _UNKNOWN) if state else _UNKNOWN


def _any_of(states: frozenset[ReferenceState]) -> str:
    return "reference values that are " + " or ".join(sorted(states))


def replay(case: Case) -> Finding:
    """SHA-256 of the attest, not of the signature: (r, n-s) verifies as well as (r, s)."""
    digest = case.attest_digest = hashlib.sha256(case.catt1.attest).digest()
    return digest not in case.expected.seen, "never seen before", digest, "this quote was appraised before"
