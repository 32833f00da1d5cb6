"""CBND1 damaged byte by byte, beside a good CATT1. Of the event log only what is measured: its words prove nothing."""

import struct
from collections.abc import Iterator

from tests.hostile.bytes_inner import public_step
from tests.hostile.good import OUTER, OUTER_INDEXES
from tests.hostile.mutant import Mutant, flips, lengths, offsets, outer_block, with_length

BLOCK = OUTER.block
AT = offsets(OUTER.fields)
LOG = AT["log"] + 4


def mutants() -> Iterator[Mutant]:
    for at, bit, block in flips(BLOCK, range(AT["log"] + 4)):
        yield outer_block(f"cbnd1-bit-{at}-{bit}", flipped_step(at, bit), block)
    for at, bit, block in flips(BLOCK, digests()):
        yield outer_block(f"cbnd1-digest-bit-{at}-{bit}", "binding-event-log", block)
    for at, bit, block in flips(BLOCK, range(LOG, LOG + 4 + 4 + 20 + 4 + 16)):
        yield outer_block(f"cbnd1-log-header-bit-{at}-{bit}", "binding-event-log", block)
    for size in range(len(BLOCK)):
        yield outer_block(f"cbnd1-cut-{size}", "binding-structure", BLOCK[:size])
    for extra in (b"\0", b"\n", BLOCK):
        yield outer_block(f"cbnd1-trailing-{len(extra)}-{extra[0]:02x}", "binding-structure", BLOCK + extra)
    for name in ("public", "attest", "signature"):
        true = int.from_bytes(BLOCK[AT[name] : AT[name] + 2], "big")
        for length in lengths(true):
            block = with_length(BLOCK, AT[name], length)
            yield outer_block(f"cbnd1-{name}-length-{length}", "binding-structure", block)
    for length in (0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 20, (1 << 20) + 1):
        block = BLOCK[: AT["log"]] + length.to_bytes(4, "big") + BLOCK[LOG:]
        yield outer_block(f"cbnd1-log-length-{length}", "binding-structure", block)


def digests() -> Iterator[int]:
    """Offsets in CBND1 of the digests that go into a quoted PCR."""
    (header,) = struct.unpack_from("<I", OUTER.log, 28)
    at = 32 + header
    while at < len(OUTER.log):
        pcr, kind = struct.unpack_from("<II", OUTER.log, at)
        digest = at + 4 + 4 + 4 + 2
        if pcr in OUTER_INDEXES and kind != 3:
            yield from range(LOG + digest, LOG + digest + 32)
        (size,) = struct.unpack_from("<I", OUTER.log, digest + 32)
        at = digest + 32 + 4 + size


def flipped_step(at: int, bit: int) -> str:
    """Which step refuses a flipped bit of CBND1 before its event log, by the field that holds it."""
    field = max((name for name in AT if AT[name] <= at), key=lambda name: AT[name])
    inside = at - AT[field]
    match field:
        case "public" if inside >= 2:
            step = public_step(inside - 2, bit)
            return "binding-" + ("ak-known" if step == "qualified-signer" else step)
        case "attest" if inside >= 2:
            return "binding-" + ("qualified-signer" if 6 <= inside - 2 < 6 + 2 + 34 else "signature")
        case "signature" if inside >= 2:
            return "binding-signature"
        case "pcrs" if inside >= 1:
            return "binding-pcr-digest" if (inside - 1) % 33 else index_step((inside - 1) // 33, bit)
    return "binding-structure"


def index_step(position: int, bit: int) -> str:
    """A flipped bit of a PCR's index: the order may break, or the index may not be among those signed."""
    indexes = list(OUTER_INDEXES)
    indexes[position] ^= 1 << bit
    ordered = indexes == sorted(set(indexes)) and indexes[-1] < 24 and indexes[position] < 24
    return "binding-pcr-digest" if ordered else "binding-structure"
