"""What happens in a made-up history: for each boot its verdict, its tier and why, its firmware and its PCR values."""

import hashlib
from dataclasses import dataclass

from farm.demo.shape import MadeUpMachine, Part, Shape
from farm.evidence.results import Tier
from farm.references.derived import pcr4_of, pcr10_of
from farm.states import Verdict

OLD_FIRMWARE, NEW_FIRMWARE = "made-up 1.12", "made-up 1.14"
_LATELY = 16  # commits: the detour and the flapping began so many ago
_LOOKED_AT = 6  # commits after an update, somebody approved the new firmware
_SILENCE = 110  # commits, at most half of all


@dataclass(frozen=True, slots=True)
class Image:
    """What the build of one commit made."""

    commit: str
    subject: str
    file: str  # SHA-256 of the file, hex
    authenticode: str
    image_digest: str


@dataclass(frozen=True, slots=True)
class Told:
    """One boot. `evidence` is false for one that gave none; `failed` says that the verifier itself did."""

    verdict: Verdict
    evidence: bool
    failed: bool
    firmware: str
    tier: Tier
    reason: str
    pcrs: dict[tuple[str, int], str]  # by source and index
    approved: bool  # the firmware's values are approved


def made_up(text: str) -> str:
    """A digest of nothing but these words, hex."""
    return hashlib.sha256(f"made up: {text}".encode()).hexdigest()


def image_of(number: int, file: str) -> Image:
    """The image of the commit of this number."""
    what = _SUBJECTS[number % len(_SUBJECTS)]
    return Image(
        made_up(f"commit {number}")[:40],
        f"{what} ({number})",
        file,
        made_up(f"pe {number}"),
        made_up(f"image {number}"),
    )


_SUBJECTS = (
    "made up: fix serial framing",
    "made up: load guest from ESP",
    "made up: shorter boot menu",
    "made up: allocate below 4 GiB",
    "made up: quote after modules",
    "made up: fewer log lines",
    "made up: retry HTTP boot",
)


def told(shape: Shape, machine: MadeUpMachine, commit: int, image: Image, *, verifier_works: bool = False) -> Told:
    """What a machine did with a commit; `verifier_works` where it failed at first."""
    verdict = _verdict(machine, commit)
    gave = verdict is not Verdict.INFRA and not _is_silent(shape, machine, commit)
    firmware, approved = _firmware(shape, machine, commit)
    failed = machine.part is Part.ERROR and commit in _failures(shape) and not verifier_works
    if not gave or failed:
        return Told(verdict, gave, failed, firmware, Tier.NONE, "verifier-error" if failed else "", {}, approved)
    pcrs = _pcrs(shape, machine, commit, image, firmware)
    tier, reason = Tier.AFFIRMING, ""
    if machine.part is Part.UNBOUND:
        tier, reason = Tier.WARNING, "binding"
    elif is_detour(shape, machine, commit):
        tier, reason = Tier.CONTRAINDICATED, "binding-pcr4"
    elif not approved:
        tier, reason = Tier.WARNING, "binding-firmware"
    return Told(verdict, gave, failed, firmware, tier, reason, pcrs, approved)


def _failures(shape: Shape) -> tuple[int, int]:
    return shape.commits - 1, shape.commits // 2


def _verdict(machine: MadeUpMachine, commit: int) -> Verdict:
    if (commit * 7 + machine.number * 3) % 97 == 5:
        return Verdict.INFRA
    return Verdict.FAIL if commit % 41 == 13 else Verdict.PASS


def _is_silent(shape: Shape, machine: MadeUpMachine, commit: int) -> bool:
    if machine.part is Part.NEVER:
        return True
    return machine.part is Part.SILENT and commit >= shape.commits - min(_SILENCE, shape.commits // 2)


def is_detour(shape: Shape, machine: MadeUpMachine, commit: int) -> bool:
    """Whether another program ran before the image."""
    return machine.part is Part.DETOUR and commit >= shape.commits - _LATELY


def _firmware(shape: Shape, machine: MadeUpMachine, commit: int) -> tuple[str, bool]:
    """Name, and whether somebody has approved its values."""
    update = _update(shape, machine)
    if update is None or commit < update:
        return OLD_FIRMWARE, True
    return NEW_FIRMWARE, commit >= update + _LOOKED_AT


def _update(shape: Shape, machine: MadeUpMachine) -> int | None:
    """The first commit under the new firmware."""
    if machine.part is Part.UPDATED:
        return shape.commits - _LATELY // 2
    if machine.part is Part.PLAIN and machine.number % 5 == 0:
        return shape.commits * (machine.number % 7 + 1) // 9
    return None


def approved_in_the_end(shape: Shape, machine: MadeUpMachine, firmware: str) -> bool:
    """Whether somebody approves the values of a firmware before the history ends."""
    return _firmware(shape, machine, shape.commits - 1)[1] or firmware == OLD_FIRMWARE


def _pcrs(shape: Shape, machine: MadeUpMachine, commit: int, image: Image, firmware: str) -> dict[tuple[str, int], str]:
    found = {("quote", 10): pcr10_of([bytes.fromhex(image.image_digest)]).hex()}
    if machine.part is Part.UNBOUND:
        return found
    flips = machine.part is Part.FLAPPING and commit >= shape.commits - _LATELY and commit % 2
    for pcr in (0, 2, 7):
        found["platform", pcr] = firmware_value(machine, firmware, pcr)
    found["platform", 1] = made_up(f"{machine.kind} configuration {'B' if flips else 'A'}")
    straight = pcr4_of(bytes.fromhex(image.authenticode)).hex()
    found["platform", 4] = made_up("fallback.efi ran first") if is_detour(shape, machine, commit) else straight
    found["platform", 14] = made_up(f"key of boot {shape.boot(commit, machine)}")
    return found


def firmware_value(machine: MadeUpMachine, firmware: str, pcr: int) -> str:
    """PCR 0, 2 or 7 of a kind of machine under a firmware; an update leaves PCR 2 as it is."""
    return made_up(f"{machine.kind} PCR{pcr} {OLD_FIRMWARE if pcr == 2 else firmware}")
