"""CATT1 read by other means than the firmware's own: for tests, and strict, so that it also judges what is written."""

import base64
import hashlib
import itertools
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FRAME = re.compile(r"^---BEGIN CITADEL-ATTEST---\n((?:[A-Za-z0-9+/]{1,76}={0,2}\n)+)---END CITADEL-ATTEST---$", re.M)
_ECC_P256_UNCOMPRESSED = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""DER of a SubjectPublicKeyInfo up to the point (RFC 5480)."""


@dataclass(frozen=True)
class Evidence:
    """What CATT1 carries, by the names of docs and design."""

    nonce: bytes
    image: bytes
    measurements: list[bytes]
    pcrs: dict[int, bytes]
    ak_public: bytes
    attest: bytes
    signature: bytes

    def folded(self) -> bytes:
        """What PCR[10] must be after these measurements."""
        value = bytes(32)
        for measurement in self.measurements:
            value = hashlib.sha256(value + measurement).digest()
        return value

    def public_pem(self) -> str:
        """The attestation key as OpenSSL reads it."""
        *_, x, y = _sized_fields(self.ak_public[20:])
        der = _ECC_P256_UNCOMPRESSED + x.rjust(32, b"\0") + y.rjust(32, b"\0")
        return f"-----BEGIN PUBLIC KEY-----\n{base64.encodebytes(der).decode()}-----END PUBLIC KEY-----\n"


def unframe(console: str) -> bytes:
    """The bytes of the one frame on a console."""
    frames = _FRAME.findall(console.replace("\r\n", "\n"))
    assert len(frames) == 1, f"{len(frames)} frames"
    lines = frames[0].splitlines()
    assert all(len(line) <= 76 for line in lines)
    return base64.b64decode("".join(lines), validate=True)


def decode(data: bytes) -> Evidence:
    """Take CATT1 apart. Raises AssertionError or struct.error on anything else."""
    assert data[:5] == b"CATT1", "the magic"
    nonce, rest = _sized(data[5:])
    image, count, rest = rest[:32], rest[32], rest[33:]
    measurements, rest = [rest[at : at + 32] for at in range(0, 32 * count, 32)], rest[32 * count :]
    count, rest = rest[0], rest[1:]
    values, rest = [(rest[at], rest[at + 1 : at + 33]) for at in range(0, 33 * count, 33)], rest[33 * count :]
    ak_public, rest = _sized(rest)
    attest, rest = _sized(rest)
    signature, rest = _sized(rest)
    assert rest == b"", "trailing bytes"
    pcrs = dict(values)
    assert [index for index, _ in values] == sorted(pcrs), "PCRs ascend"
    assert measurements[0] == image, "the first measurement is the image"
    return Evidence(nonce, image, measurements, pcrs, ak_public, attest, signature)


def _sized(data: bytes) -> tuple[bytes, bytes]:
    (size,) = struct.unpack_from(">H", data)
    assert len(data) >= 2 + size, "a size beyond the end"
    return data[2 : 2 + size], data[2 + size :]


def _sized_fields(data: bytes) -> Iterator[bytes]:
    while data:
        field, data = _sized(data)
        yield field


def checkquote(evidence: Evidence, folder: Path, nonce: bytes) -> list[str]:
    """The arguments of tpm2_checkquote that check this evidence against a nonce; its files are put in the folder.

    Its formats are our fields: TPMS_ATTEST and TPMT_SIGNATURE as the TPM marshals them, and PCR values one after the
    other, in the order of the selection.
    """
    files = {
        "public.pem": evidence.public_pem().encode(),
        "message": evidence.attest,
        "signature": evidence.signature,
        "pcrs": b"".join(evidence.pcrs.values()),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    pairs = [
        ("--public", folder / "public.pem"),
        ("--message", folder / "message"),
        ("--signature", folder / "signature"),
        ("--pcr", folder / "pcrs"),
        ("--format", "values"),
        ("--pcr-list", "sha256:" + ",".join(map(str, evidence.pcrs))),
        ("--hash-algorithm", "sha256"),
        ("--qualification", nonce.hex()),
    ]
    return ["tpm2_checkquote", *map(str, itertools.chain.from_iterable(pairs))]
