"""The parts of `binding`: the machine's own TPM quotes what booted and whose key it was (attestation.md 3 and 4)."""

import hashlib
from hmac import compare_digest

from farm.evidence.blocks import LONGEST, Cbnd1
from farm.evidence.case import Case, Finding, Quote
from farm.evidence.direct_boot import detour, pcr4_of
from farm.evidence.event_log import EventLog
from farm.evidence.framing import BIND, unframe
from farm.evidence.inner_steps import agreement
from farm.evidence.inputs import ReferenceState
from farm.evidence.quote_steps import OUTER
from farm.evidence.reader import Malformed

FIRMWARE = (0, 2, 7)
"""Firmware code, option ROMs, Secure Boot policy (PC Client Platform Firmware Profile, 3.3.4)."""
_AK_UNKNOWN = 97  # AR4SI, instance-identity: not recognised
_DETOUR, _NOT_KNOWN = 96, 33  # AR4SI, executables
_CONFIGURATION = {ReferenceState.DENIED: 96, ReferenceState.RETIRED: 32}
_CONFIGURATION_UNKNOWN = 36  # AR4SI, configuration: elements of it are unknown to the verifier


def qualifying_data(nonce: bytes, ak_name: bytes, attest: bytes) -> bytes:
    """What the outer quote is about: attestation.md 2."""
    return hashlib.sha256(b"citadel-bind-v1" + nonce + ak_name + hashlib.sha256(attest).digest()).digest()


def present(case: Case) -> bool:
    """Whether there is an outer quote to judge, or what should be one."""
    find, since = case.evidence.console.find, case.since
    return case.evidence.esp_bind is not None or find(BIND.begin, since) >= 0 or find(BIND.end, since) >= 0


def framing(case: Case) -> Finding:
    """As for the inner block."""
    esp = case.evidence.esp_bind
    if esp is not None and len(esp) > LONGEST[BIND.format]:
        return False, f"at most {LONGEST[BIND.format]} bytes", f"{len(esp)} bytes", "the file on the ESP is too long"
    case.console_bind = unframe(case.evidence.console, BIND, case.since)
    return True, "one block", "one block", ""


def channels_agree(case: Case) -> Finding:
    """As for the inner block."""
    return agreement(case.console_bind, case.evidence.esp_bind)


def structure(case: Case) -> Finding:
    """CBND1: attestation.md 2."""
    block = case.console_bind if case.console_bind is not None else case.evidence.esp_bind
    if block is None:  # never after framing; a fault of ours must not pass
        raise Malformed("CBND1", 0, "is not there")
    case.cbnd1 = Cbnd1.parse(block)
    case.outer = Quote(OUTER, case.cbnd1)
    return True, "CBND1", lambda: f"CBND1, {len(block)} bytes", ""


def ak_known(case: Case) -> Finding:
    """The key is pinned to the machine at enrolment; what the block says of itself plays no part."""
    pinned, found = case.expected.platform_ak, case.cbnd1.ak_public
    case.weight = _AK_UNKNOWN
    if pinned is None:
        return False, "a key pinned for this machine", _name(found), "the farm has pinned no key for this machine"
    return pinned == found, lambda: _name(pinned), lambda: _name(found), "it is not the key pinned for this machine"


def _name(public: bytes) -> str:
    return "key with Name 000b" + hashlib.sha256(public).hexdigest()


def nonce(case: Case) -> Finding:
    """The signed extraData ties the outer quote to this nonce, this key and this inner quote."""
    signed = case.outer.attest.extra
    if signed is None:
        raise case.outer.attest.missing()
    wanted = qualifying_data(case.catt1.nonce, case.inner.public.name, case.catt1.attest)
    return compare_digest(signed, wanted), wanted, signed, "it is about another nonce, key or quote"


def ak_measured(case: Case) -> Finding:
    """PCR[14] from zero, extended once by SHA-256 of Name(inner AK), as EFI_TCG2 hashes what it measures (TCG EFI
    Protocol Specification, 6.6.4). Nobody can take that back before the next boot."""
    case.weight = _AK_UNKNOWN
    measured = hashlib.sha256(case.inner.public.name).digest()
    wanted = hashlib.sha256(bytes(32) + measured).digest()
    found = _value(case, 14)
    return found == wanted, wanted, found, "another key was measured, or more than one"


def event_log(case: Case) -> Finding:
    """Replay of digests: PC Client Platform Firmware Profile, section 10."""
    log = EventLog.parse(case.cbnd1.event_log)
    replayed = log.replay(OUTER.indexes)
    for index, value in case.outer.pcrs:
        if replayed[index] != value:
            return False, value, replayed[index], f"the event log gives another PCR[{index}] than the quote"
    case.log = log
    return True, "the quoted values", "the quoted values", ""


def pcr4(case: Case) -> Finding:
    """The exact value of a direct boot: any detour, such as a shell or another boot option, changes it."""
    found, authenticode = _value(case, 4), case.expected.authenticode
    if authenticode is None:
        case.weight = _NOT_KNOWN
        return False, "a known artifact", found, "the farm does not know the Authenticode digest of its artifact"
    case.weight = _DETOUR
    wanted = pcr4_of(authenticode)
    return found == wanted, wanted, found, "" if found == wanted else detour(case.log, authenticode)


def firmware(case: Case) -> Finding:
    """Reference values of this machine's firmware, learnt from its boots and approved by an operator."""
    states = {index: case.expected.firmware.get(index, {}).get(_value(case, index)) for index in FIRMWARE}
    bad = [index for index in FIRMWARE if states[index] != ReferenceState.APPROVED]
    if not bad:
        return True, "approved values", "approved values", ""
    # The worst is told, since it decides.
    worst = max(bad, key=lambda index: _configuration(states[index]))
    case.weight = _configuration(states[worst])
    detail = "; ".join(f"PCR[{index}] is {states[index] or 'unknown'}" for index in bad)
    return False, "approved values of PCR 0, 2 and 7", _value(case, worst), detail


def _configuration(state: ReferenceState | None) -> int:
    return _CONFIGURATION.get(state, _CONFIGURATION_UNKNOWN) if state else _CONFIGURATION_UNKNOWN


def _value(case: Case, index: int) -> bytes:
    return next(value for told, value in case.outer.pcrs if told == index)
