"""Evidence that is well made but wrong here: another boot's, another image's, another machine's, too late, again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from farm.evidence.appraisal import Nonce, Policy, Received, ReferenceState, Tier
from tests.hostile import event_logs, good
from tests.hostile.forge import ENDORSEMENT, Key, extended, high_s, sha256
from tests.hostile.good import AUTHENTICODE, EXPECTED, IMAGE, INNER, INNER_KEY, MODULE, NONCE, OUTER, Outer
from tests.hostile.mutant import Mutant, changed, inner, outer

OTHER = sha256(b"something else")
EMPTY, ONES = bytes(32), b"\xff" * 32


def mutants() -> Iterator[Mutant]:
    yield from nonces()
    yield from values()
    yield from measured()
    yield from images()
    yield from seen()
    yield from machines()
    yield from detours()
    yield from firmware()


def good_but(name: str, step: str, tier: Tier = Tier.CONTRAINDICATED, **fields: object) -> Mutant:
    """The good evidence before a farm that expects something else."""
    return Mutant(name=name, step=step, tier=tier, evidence=good.received(), expected=changed(**fields))


def nonces() -> Iterator[Mutant]:
    for name, nonce in (
        ("padded", NONCE + b"\0"),
        ("hex", NONCE.hex().encode()),
        ("another", bytes(range(16))),
        ("zeros", bytes(16)),
        ("of-64", NONCE * 4),
        ("first-bit", bytes([NONCE[0] ^ 1]) + NONCE[1:]),
        ("last-bit", NONCE[:-1] + bytes([NONCE[-1] ^ 1])),
    ):
        yield inner(f"nonce-{name}", "nonce", replace(INNER, nonce=nonce))
    for name, nonce in (("empty", b""), ("prefix", NONCE[:15]), ("of-65", NONCE * 4 + b"\0")):
        yield inner(f"nonce-{name}", "structure", replace(INNER, nonce=nonce))
    told = replace(INNER, nonce=bytes(range(16)), attest_fields={"extra": NONCE})
    yield inner("nonce-told-is-not-the-signed", "nonce", told)
    issued = EXPECTED.nonce
    assert issued is not None
    yield good_but("nonce-never-issued", "nonce", nonce=None)
    yield good_but("nonce-used", "nonce", nonce=replace(issued, used=True))
    yield good_but("nonce-of-another-boot", "nonce", nonce=replace(issued, value=bytes(16)))
    yield good_but("nonce-longer-here", "nonce", nonce=replace(issued, value=NONCE + b"\0"))
    yield good_but("nonce-shorter-here", "nonce", nonce=replace(issued, value=NONCE[:-1]))
    yield good_but("nonce-expired-just-now", "nonce", nonce=replace(issued, expires_at=good.AT))
    yield good_but("nonce-empty-here", "nonce", nonce=Nonce(b"", good.ISSUED, good.AT + timedelta(hours=1)))
    late = good.AT + timedelta(minutes=30)
    yield Mutant(name="nonce-expired", step="nonce", evidence=good.received(), at=late)
    strict = Policy.parse('name = "strict"\nmax_age = "20s"\n')
    yield Mutant(name="nonce-too-old-for-the-policy", step="nonce", evidence=good.received(), policy=strict)


def values() -> Iterator[Mutant]:
    for name, value in (("zeros", EMPTY), ("ones", ONES)):
        yield inner(f"pcr10-{name}", "pcr-values", replace(INNER, pcrs=((10, value),)))
        for index in good.OUTER_INDEXES:
            pcrs = tuple((i, value if i == index else v) for i, v in OUTER.values)
            yield outer(f"platform-pcr{index}-{name}", "binding-pcr-values", Outer(pcrs=pcrs))
    right = INNER.values
    for name, pcrs, step in (
        ("labelled-16", ((16, right[0][1]),), "pcr-digest"),
        ("and-11", (*right, (11, OTHER)), "pcr-digest"),
        ("9-and-10", ((9, OTHER), *right), "pcr-digest"),
        ("twice", right * 2, "structure"),
        ("descending", (*right, (9, OTHER)), "structure"),
        ("none", (), "structure"),
        ("index-24", ((24, right[0][1]),), "structure"),
        ("index-255", ((255, right[0][1]),), "structure"),
    ):
        yield inner(f"pcr10-{name}", step, replace(INNER, pcrs=pcrs))
    told = OUTER.values
    for name, pcrs, step in (
        ("reversed", told[::-1], "binding-structure"),
        ("one-missing", told[1:], "binding-pcr-digest"),
        ("one-more", (*told, (15, OTHER)), "binding-pcr-digest"),
        ("twice", (told[0], *told), "binding-structure"),
        ("none", (), "binding-structure"),
        ("swapped", ((0, told[1][1]), (2, told[0][1]), *told[2:]), "binding-event-log"),
    ):
        yield outer(f"platform-pcrs-{name}", step, Outer(pcrs=pcrs))


def measured() -> Iterator[Mutant]:
    value = ((10, extended(IMAGE, MODULE)),)
    for name, measurements in (
        ("one-missing", (IMAGE,)),
        ("one-more", (IMAGE, MODULE, OTHER)),
        ("other-module", (IMAGE, OTHER)),
        ("twice", (IMAGE, MODULE, MODULE)),
        ("image-twice", (IMAGE, IMAGE)),
        ("sixteen", (IMAGE, *[MODULE] * 15)),
    ):
        yield inner(f"measurements-{name}", "measurements", replace(INNER, measurements=measurements, pcrs=value))
    yield inner("measurements-none", "structure", replace(INNER, measurements=(), image_digest=IMAGE, pcrs=value))
    yield inner("measurements-seventeen", "structure", replace(INNER, measurements=(IMAGE, *[MODULE] * 16)))
    for name, other in (("swapped", MODULE), ("other-image", OTHER)):
        yield inner(f"measurements-{name}", "structure", replace(INNER, image_digest=other))
    one_digest = replace(INNER, pcrs=((10, sha256(IMAGE, MODULE)),))
    yield inner("measurements-hashed-at-once", "measurements", one_digest)


def images() -> Iterator[Mutant]:
    other = replace(INNER, measurements=(OTHER, MODULE))
    wrong = inner("image-another", "image", other)
    yield wrong
    yield replace(wrong, name="image-another-approved", expected=changed(modules={OTHER: good.APPROVED}))
    denied = changed(modules={OTHER: good.DENIED})
    yield replace(wrong, name="image-another-denied", expected=denied)
    yield good_but("image-unknown", "image", Tier.WARNING, image=None)
    yield good_but("image-unknown-here", "image", Tier.WARNING, image_digest=None)
    for state, tier in _bad_states():
        yield good_but(f"image-{state}", "image", tier, image=state)
        yield good_but(f"module-{state}", "image", tier, modules={MODULE: state})
    yield good_but("module-unknown", "image", Tier.WARNING, modules={})


def _bad_states() -> Iterator[tuple[ReferenceState, Tier]]:
    yield ReferenceState.PENDING, Tier.WARNING
    yield ReferenceState.RETIRED, Tier.WARNING
    yield ReferenceState.DENIED, Tier.CONTRAINDICATED


def seen() -> Iterator[Mutant]:
    before = {sha256(INNER.attest)}
    yield good_but("replay", "replay", seen=before)
    other = replace(INNER, signed=high_s(INNER.attest, INNER_KEY))
    mended = replace(inner("replay-with-the-other-s", "replay", other), expected=changed(seen=before))
    yield mended


def machines() -> Iterator[Mutant]:
    other = Key(secret=5, hierarchy=ENDORSEMENT)
    yield good_but("machine-another", "binding-ak-known", platform_ak=other.public)
    yield good_but("machine-without-a-key", "binding-ak-known", platform_ak=None)
    yield outer("machine-key-of-its-own", "binding-ak-known", Outer(key=other))
    for name, about in (
        ("nonce", replace(INNER, nonce=bytes(range(16)))),
        ("key", replace(INNER, key=Key(secret=6))),
        ("quote", replace(INNER, attest_fields={"clock": 1})),
    ):
        entries = event_logs.direct_boot(AUTHENTICODE, INNER.key.name)
        yield outer(f"binding-of-another-{name}", "binding-nonce", Outer(inner=about, entries=tuple(entries)))
    for name, names in (
        ("another", [Key(secret=6).name]),
        ("two", [INNER_KEY.name, Key(secret=6).name]),
        ("two-in-the-other-order", [Key(secret=6).name, INNER_KEY.name]),
        ("twice", [INNER_KEY.name] * 2),
    ):
        start = event_logs.direct_boot(AUTHENTICODE, b"")[:-1]
        entries = [*start, *(event_logs.measured(14, 0xD, one) for one in names)]
        yield outer(f"inner-key-{name}", "binding-ak-measured", Outer(entries=tuple(entries)))


def detours() -> Iterator[Mutant]:
    direct = event_logs.direct_boot(AUTHENTICODE, INNER_KEY.name)
    image = next(number for number, entry in enumerate(direct) if entry[1] == event_logs.APPLICATION)
    shell = (4, event_logs.APPLICATION, sha256(b"shell"), event_logs.file_path(r"\EFI\SHELL.EFI"))
    returning = event_logs.measured(4, event_logs.ACTION, b"Returning from EFI Application from Boot Option")
    calling = event_logs.measured(4, event_logs.ACTION, b"Calling EFI Application from Boot Option")
    for name, entries in (
        ("shell-before", [*direct[:image], shell, *direct[image:]]),
        ("shell-after", [*direct[: image + 1], shell, *direct[image + 1 :]]),
        ("shell-instead", [*direct[:image], shell, *direct[image + 1 :]]),
        ("second-attempt", [*direct[:image], shell, returning, calling, *direct[image:]]),
        ("no-image", [*direct[:image], *direct[image + 1 :]]),
        ("image-twice", [*direct[: image + 1], direct[image], *direct[image + 1 :]]),
    ):
        yield outer(f"pcr4-{name}", "binding-pcr4", Outer(entries=tuple(entries)))
    hidden = [*direct[:image], (4, 3, sha256(b"shell"), b""), *direct[image:]]
    honest = Outer(entries=(*direct[:image], shell, *direct[image:]))
    disguised = Outer(pcrs=honest.values, log_bytes=event_logs.log(hidden))
    yield outer("pcr4-shell-logged-as-no-action", "binding-event-log", disguised)
    yield good_but("pcr4-of-another-file", "binding-pcr4", authenticode=OTHER)
    yield good_but("pcr4-unknown-here", "binding-pcr4", Tier.WARNING, authenticode=None)


def firmware() -> Iterator[Mutant]:
    for index, known in EXPECTED.firmware.items():
        unknown = EXPECTED.firmware | {index: {OTHER: good.APPROVED}}
        yield good_but(f"firmware-pcr{index}-unknown", "binding-firmware", Tier.WARNING, firmware=unknown)
        for state, tier in _bad_states():
            judged = EXPECTED.firmware | {index: dict.fromkeys(known, state)}
            yield good_but(f"firmware-pcr{index}-{state}", "binding-firmware", tier, firmware=judged)
    yield good_but("firmware-unknown", "binding-firmware", Tier.WARNING, firmware={})
    demanding = Policy.parse('name = "firm"\nsteps = ["binding"]\n')
    strict = good_but("firmware-unknown-but-demanded", "binding-firmware", firmware={})
    yield replace(strict, policy=demanding, step="binding")
    alone = Received(b"", INNER.block, None)
    yield Mutant(name="unbound", step="binding", tier=Tier.WARNING, evidence=alone)
    yield Mutant(name="unbound-but-demanded", step="binding", evidence=alone, policy=demanding)
