"""TPMS_ATTEST (TPM 2.0 Library, Part 2, 10.12.12): what a TPM signs."""

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from farm.evidence.reader import Malformed, Reader

GENERATED = 0xFF544347
"""TPM_GENERATED_VALUE: a restricted key never signs anything else that begins so (Part 2, 6.2)."""
QUOTE = 0x8018
"""TPM_ST_ATTEST_QUOTE (Part 2, 6.9)."""
KINDS = {
    0x8014: "TPM_ST_ATTEST_NV",
    0x8015: "TPM_ST_ATTEST_COMMAND_AUDIT",
    0x8016: "TPM_ST_ATTEST_SESSION_AUDIT",
    0x8017: "TPM_ST_ATTEST_CERTIFY",
    QUOTE: "TPM_ST_ATTEST_QUOTE",
    0x8019: "TPM_ST_ATTEST_TIME",
    0x801A: "TPM_ST_ATTEST_CREATION",
    0x801C: "TPM_ST_ATTEST_NV_DIGEST",
}
_MOST_BANKS = 16
_HEAD = struct.Struct(">IHH34sH")  # magic, type, qualifiedSigner, length of extraData
_TAIL = struct.Struct(">Q8xB8xIHB3sH32s")  # clock and safe, one bank of 3 bytes, pcrDigest
Selection = tuple[tuple[int, bytes], ...]
"""TPML_PCR_SELECTION as received: hash algorithm and bitmap of each bank."""


@dataclass(slots=True)
class Attest:
    """A quote, read as far as it goes: whatever stands after the first mistake is None, and `problem` is the mistake.

    A step asks for the field that it judges by `need`, so that the mistake counts where it belongs.
    """

    magic: int | None = None
    kind: int | None = None
    signer: bytes | None = None
    extra: bytes | None = None
    clock: int | None = None
    safe: bool | None = None
    selection: Selection | None = None
    pcr_digest: bytes | None = None
    problem: Malformed | None = None

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read `data` as a quote. Never raises for what is wrong with it."""
        if usual := _usual(data):
            return cls(*usual)
        found = cls()
        try:
            found._read(Reader(data, "TPMS_ATTEST"))
        except Malformed as problem:
            found.problem = problem
        return found

    def _read(self, reader: Reader) -> None:
        self.magic = reader.number(4, "magic")
        self.kind = reader.number(2, "type")
        self.signer = reader.sized("qualifiedSigner", 0, 66)
        if self.kind != QUOTE:
            reader.refuse("attested", f"is not of a quote but of type 0x{self.kind:04x}")
        self.extra = reader.sized("extraData", 0, 64)
        clock = reader.take(25, "clockInfo")
        if clock[16] > 1:
            reader.at -= 9
            reader.refuse("safe", f"is {clock[16]}, neither yes nor no")
        self.selection = _selection(reader)
        digest = reader.sized("pcrDigest", 32, 32)
        reader.end()
        self.clock, self.safe, self.pcr_digest = int.from_bytes(clock[:8], "big"), clock[16] == 1, digest

    def missing(self) -> Malformed:
        """Why a field is None."""
        return self.problem or Malformed("TPMS_ATTEST", 0, "was not read")


def _usual(
    data: bytes,
) -> tuple[int, int, bytes, bytes, int, bool, Selection, bytes] | None:
    """The fields of a sound quote of one bank of 24 PCRs, read at once to the same effect as field by field."""
    size = len(data)
    if not _HEAD.size + _TAIL.size <= size <= _HEAD.size + 64 + _TAIL.size:
        return None
    magic, kind, signer_size, signer, extra_size = _HEAD.unpack_from(data)
    clock, safe, banks, algorithm, bitmap_size, bitmap, digest_size, digest = _TAIL.unpack_from(data, size - _TAIL.size)
    lengths = (signer_size, extra_size, banks, bitmap_size, digest_size)
    if kind != QUOTE or safe > 1 or lengths != (34, size - _HEAD.size - _TAIL.size, 1, 3, 32):
        return None
    extra = data[_HEAD.size : _HEAD.size + extra_size]
    return magic, kind, signer, extra, clock, safe == 1, ((algorithm, bitmap),), digest


def _selection(reader: Reader) -> Selection:
    banks = reader.count(4, "pcrSelect", 0, _MOST_BANKS)
    found = []
    for _ in range(banks):
        algorithm = reader.number(2, "pcrSelect hash")
        found.append((algorithm, reader.take(reader.number(1, "sizeofSelect"), "pcrSelect")))
    return tuple(found)


@lru_cache(64)  # nearly always the two that are wanted
def selected(selection: Selection) -> str:
    """A selection as tpm2-tools write it, such as sha256:0,2."""
    names = {0x0004: "sha1", 0x000B: "sha256", 0x000C: "sha384", 0x000D: "sha512"}
    banks = []
    for algorithm, bitmap in selection:
        bits = int.from_bytes(bitmap, "little")
        indexes = ",".join(str(index) for index in range(8 * len(bitmap)) if bits >> index & 1)
        size = "" if len(bitmap) == 3 else f" in {len(bitmap)} bytes"
        banks.append(f"{names.get(algorithm, hex(algorithm))}:{indexes or 'none'}{size}")
    return "+".join(banks) or "nothing"
