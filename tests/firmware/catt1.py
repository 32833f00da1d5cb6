"""CATT1 read by other means than the firmware's own: for tests, and strict, so that it also judges what is written."""

import base64
import hashlib
import itertools
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_FRAME = r"^---BEGIN CITADEL-{kind}---\n((?:[A-Za-z0-9+/]{{1,76}}={{0,2}}\n)+)---END CITADEL-{kind}---$"
_ECC_P256_UNCOMPRESSED = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""DER of a SubjectPublicKeyInfo up to the point (RFC 5480)."""


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a TPM signed, and with which key."""

    pcrs: dict[int, bytes]
    ak_public: bytes
    attest: bytes
    signature: bytes

    def ak_name(self) -> bytes:
        """The key's Name."""
        return b"\x00\x0b" + hashlib.sha256(self.ak_public).digest()

    def public_pem(self) -> str:
        """The attestation key as OpenSSL reads it."""
        *_, x, y = _sized_fields(self.ak_public[20:])
        der = _ECC_P256_UNCOMPRESSED + x.rjust(32, b"\0") + y.rjust(32, b"\0")
        return f"-----BEGIN PUBLIC KEY-----\n{base64.encodebytes(der).decode()}-----END PUBLIC KEY-----\n"


@dataclass(frozen=True, kw_only=True)
class Evidence(Quote):
    """What CATT1 carries, by the names of docs and design."""

    nonce: bytes
    image: bytes
    measurements: list[bytes]

    def folded(self) -> bytes:
        """What PCR[10] must be after these measurements."""
        return folded(self.measurements)


def folded(digests: Iterable[bytes]) -> bytes:
    """A PCR of the SHA-256 bank after it was extended with these, from zero."""
    value = bytes(32)
    for digest in digests:
        value = hashlib.sha256(value + digest).digest()
    return value


def unframe(console: str, kind: str = "ATTEST") -> bytes:
    """The bytes of the one frame of its kind on a console."""
    frames = re.findall(_FRAME.format(kind=kind), console.replace("\r\n", "\n"), re.M)
    assert len(frames) == 1, f"{len(frames)} frames"
    lines = frames[0].splitlines()
    assert all(len(line) <= 76 for line in lines)
    return base64.b64decode("".join(lines), validate=True)


def decode(data: bytes) -> Evidence:
    """Take CATT1 apart. Raises AssertionError or struct.error on anything else."""
    assert data[:5] == b"CATT1", "the magic"
    nonce, rest = sized(data[5:])
    image, count, rest = rest[:32], rest[32], rest[33:]
    measurements, rest = [rest[at : at + 32] for at in range(0, 32 * count, 32)], rest[32 * count :]
    pcrs, rest = pcr_values(rest)
    ak_public, rest = sized(rest)
    attest, rest = sized(rest)
    signature, rest = sized(rest)
    assert rest == b"", "trailing bytes"
    assert measurements[0] == image, "the first measurement is the image"
    return Evidence(
        nonce=nonce,
        image=image,
        measurements=measurements,
        pcrs=pcrs,
        ak_public=ak_public,
        attest=attest,
        signature=signature,
    )


def pcr_values(data: bytes) -> tuple[dict[int, bytes], bytes]:
    """PCR values after their count, and what follows."""
    count, rest = data[0], data[1:]
    values = [(rest[at], rest[at + 1 : at + 33]) for at in range(0, 33 * count, 33)]
    pcrs = dict(values)
    assert [index for index, _ in values] == sorted(pcrs), "PCRs ascend"
    return pcrs, rest[33 * count :]


def sized(data: bytes) -> tuple[bytes, bytes]:
    """Bytes after their 16-bit size, and what follows."""
    (size,) = struct.unpack_from(">H", data)
    assert len(data) >= 2 + size, "a size beyond the end"
    return data[2 : 2 + size], data[2 + size :]


def _sized_fields(data: bytes) -> Iterator[bytes]:
    while data:
        field, data = sized(data)
        yield field


def checkquote(evidence: Quote, folder: Path, nonce: bytes) -> list[str]:
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
