"""The steps of a made-up appraisal, each with what a real one says that it expects and finds."""

from hashlib import sha256

from farm.demo.sighting import Sighting
from farm.demo.story import made_up
from farm.evidence.results import Step, StepOutcome
from farm.evidence.step_names import ALL, BINDING
from farm.references.derived import pcr4_of

_BINDING = "binding"
_Found = tuple[str, str, str]  # expected, actual, detail


def steps(one: Sighting, key: str) -> list[Step]:
    """All of them; none of those after the one that failed was run. `key` is the Name of the machine's, hex."""
    reason = one.what.reason
    unbound = reason == _BINDING
    found = _own(one) | (_UNBOUND if unbound else _bound(one, key))
    outcome = {_BINDING: StepOutcome.NOT_RUN if unbound else StepOutcome.FAIL if reason else StepOutcome.PASS}
    parts = [*BINDING]
    reached = 0 if unbound else parts.index(reason) if reason else len(parts)
    outcome |= dict.fromkeys(parts[reached:], StepOutcome.NOT_RUN)
    if reason and not unbound:
        outcome[reason] = StepOutcome.FAIL
    return [_step(name, outcome.get(name, StepOutcome.PASS), found) for name in ALL]


def _step(name: str, outcome: StepOutcome, found: dict[str, _Found]) -> Step:
    if outcome is StepOutcome.NOT_RUN and name != _BINDING:
        return Step(name, outcome)
    return Step(name, outcome, *found[name])


def _own(one: Sighting) -> dict[str, _Found]:
    pcr10, boot = one.what.pcrs["quote", 10], one.boot
    return _EACH | {
        "structure": ("CATT1", "CATT1, 449 bytes", ""),
        "ak-point": _point(f"boot {boot}"),
        "qualified-signer": _same("000b" + made_up(f"signer of boot {boot}")),
        "nonce": _same(one.nonce),
        "selection": _same("sha256:10"),
        "pcr-digest": _same(_digest([pcr10])),
        "measurements": _same(pcr10),
        "image": _same(one.image.image_digest),
        "replay": ("never seen before", quote_of(boot), ""),
    }


def _bound(one: Sighting, key: str) -> dict[str, _Found]:
    values = [one.what.pcrs["platform", pcr] for pcr in (0, 2, 4, 7, 14)]
    straight = pcr4_of(bytes.fromhex(one.image.authenticode)).hex()
    detour = "" if values[2] == straight else r"made up: \EFI\BOOT\FALLBACK.EFI ran before this file"
    pending = "" if one.what.approved else "PCR[0] is pending"
    held = f"{one.what.reason} does not hold" if one.what.reason else "all hold"
    return _OUTER | {
        _BINDING: (f"all {len(BINDING)} parts hold", held, detour or pending),
        "binding-ak-point": _point(one.machine.name),
        "binding-ak-known": _same(f"key with Name {key}"),
        "binding-qualified-signer": _same("000b" + made_up(f"signer of {one.machine.name}")),
        "binding-nonce": _same(made_up(f"bound to boot {one.boot}")),
        "binding-pcr-digest": _same(_digest(values)),
        "binding-ak-measured": _same(values[4]),
        "binding-pcr4": (straight, values[2], detour),
        "binding-firmware": ("approved values of PCR 0, 2 and 7", values[0], pending)
        if pending
        else _same("approved values"),
    }


def quote_of(boot: int) -> str:
    """What stands for the SHA-256 of a boot's TPMS_ATTEST, hex."""
    return made_up(f"quote of boot {boot}")


def _digest(values: list[str]) -> str:
    return sha256(bytes.fromhex("".join(values))).hexdigest()


def _same(text: str) -> _Found:
    return text, text, ""


def _point(whose: str) -> _Found:
    return "a point of P-256", f"x {made_up(f'x of {whose}')}, y {made_up(f'y of {whose}')}", ""


# What the verifier says of every quote that holds.
_EACH = {
    "framing": _same("one block"),
    "channels-agree": ("equal where both are", "equal", ""),
    "ak-public": _same("ECC P-256, ECDSA with SHA-256"),
    "ak-attributes": _same("fixedTPM fixedParent sensitiveDataOrigin userWithAuth restricted sign"),
    "signature": _same("verifies"),
    "attest-type": _same("ff544347 TPM_ST_ATTEST_QUOTE"),
    "pcr-values": _same("values that were extended"),
}
_OUTER = {f"binding-{name}": told for name, told in _EACH.items()} | {
    "binding-structure": ("CBND1", "CBND1, 1643 bytes", ""),
    "binding-selection": _same("sha256:0,2,4,7,14"),
    "binding-event-log": _same("the quoted values"),
}
_UNBOUND = {_BINDING: ("an outer quote", "none", "the evidence has no outer quote")}
