"""CATT1 damaged byte by byte: every bit, every truncation, every length. What follows is not signed again."""

from collections.abc import Iterator

from tests.hostile.good import INNER
from tests.hostile.mutant import Mutant, flips, inner_block, lengths, offsets, with_length

BLOCK = INNER.block
AT = offsets(INNER.fields)
NO_DA_BYTE, NO_DA_BIT = 6, 2  # of objectAttributes, in TPMT_PUBLIC


def mutants() -> Iterator[Mutant]:
    for at, bit, block in flips(BLOCK):
        yield inner_block(f"catt1-bit-{at}-{bit}", flipped_step(at, bit), block)
    for size in range(len(BLOCK)):
        yield inner_block(f"catt1-cut-{size}", "structure", BLOCK[:size])
    for extra in (b"\0", b"\n", b"\0" * 64, BLOCK, b"CATT1"):
        yield inner_block(f"catt1-trailing-{len(extra)}-{extra[0]:02x}", "structure", BLOCK + extra)
    for name in ("nonce", "public", "attest", "signature"):
        true = int.from_bytes(BLOCK[AT[name] : AT[name] + 2], "big")
        for length in lengths(true):
            yield inner_block(f"catt1-{name}-length-{length}", "structure", with_length(BLOCK, AT[name], length))
    for name in ("measurements", "pcrs"):
        for count in (0, 1, 2, 3, 16, 17, 24, 25, 255):
            block = BLOCK[: AT[name]] + bytes([count]) + BLOCK[AT[name] + 1 :]
            if block != BLOCK:
                yield inner_block(f"catt1-{name}-count-{count}", "structure", block)
    for other in (b"CATT2", b"catt1", b"CBND1", b"\0" * 5):
        yield inner_block(f"catt1-magic-{other.hex()}", "structure", other + BLOCK[5:])


def flipped_step(at: int, bit: int) -> str:
    """Which step refuses a flipped bit of CATT1, by the field that holds it."""
    field = max((name for name in AT if AT[name] <= at), key=lambda name: AT[name])
    inside = at - AT[field]
    match field:
        case "nonce" if inside >= 2:
            return "nonce"
        case "measurements" if inside >= 1 + 32:
            return "measurements"
        case "pcrs" if inside >= 2:
            return "pcr-digest"
        case "pcrs" if inside == 1 and 10 ^ 1 << bit < 24:
            return "pcr-digest"
        case "public" if inside >= 2:
            return public_step(inside - 2, bit)
        case "attest" if inside >= 2:
            return "qualified-signer" if 6 <= inside - 2 < 6 + 2 + 34 else "signature"
        case "signature" if inside >= 2:
            return "signature"
    return "structure"


def public_step(at: int, bit: int) -> str:
    """Which step refuses a flipped bit of TPMT_PUBLIC."""
    if (at, bit) == (NO_DA_BYTE, NO_DA_BIT):
        return "qualified-signer"  # allowed, but the quote names a key without it
    if 4 <= at < 8:
        return "ak-attributes"
    if 22 <= at < 54 or at >= 56:
        return "ak-point"
    return "ak-public"
