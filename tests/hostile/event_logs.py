"""Event logs as firmware writes them, for a boot of one file."""

import struct
from collections.abc import Sequence

from tests.hostile.forge import sha256

SEPARATOR, ACTION = 0x4, 0x80000007
APPLICATION = 0x80000003
VARIABLE = 0x80000001
Entry = tuple[int, int, bytes, bytes]
"""PCR, type, SHA-256 digest, data."""


def header(algorithms: Sequence[tuple[int, int]] = ((0x000B, 32),), vendor: bytes = b"") -> bytes:
    listed = b"".join(struct.pack("<HH", *one) for one in algorithms)
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 105, 2, len(algorithms)) + listed
    spec += bytes([len(vendor)]) + vendor
    return struct.pack("<II20sI", 0, 3, bytes(20), len(spec)) + spec


def event(entry: Entry, algorithms: Sequence[tuple[int, int]] = ((0x000B, 32),)) -> bytes:
    pcr, kind, digest, data = entry
    digests = b"".join(
        struct.pack("<H", algorithm) + (digest if algorithm == 0x000B else bytes(size))
        for algorithm, size in algorithms
    )
    return struct.pack("<III", pcr, kind, len(algorithms)) + digests + struct.pack("<I", len(data)) + data


def log(entries: Sequence[Entry]) -> bytes:
    return header() + b"".join(map(event, entries))


def measured(pcr: int, kind: int, data: bytes) -> Entry:
    """An event whose data is what was hashed."""
    return pcr, kind, sha256(data), data


def variable(name: str, value: bytes) -> bytes:
    return bytes(range(16)) + struct.pack("<QQ", len(name), len(value)) + name.encode("utf-16-le") + value


def file_path(path: str) -> bytes:
    """UEFI_IMAGE_LOAD_EVENT of a file."""
    name = (path + "\0").encode("utf-16-le")
    nodes = struct.pack("<BBH", 4, 4, 4 + len(name)) + name + bytes.fromhex("7fff0400")
    return struct.pack("<QQQQ", 0x1000, 0x2000, 0, len(nodes)) + nodes


def direct_boot(authenticode: bytes, ak_name: bytes) -> list[Entry]:
    """What OVMF measures when it boots one file, which then measures its key."""
    return [
        (0, 3, bytes(32), b"StartupLocality\0\0"),
        measured(0, 0x8, "2022.11\0".encode("utf-16-le")),
        (0, 0x80000008, sha256(b"firmware"), struct.pack("<QQ", 0x820000, 0xE0000)),
        measured(7, VARIABLE, variable("SecureBoot", b"\0")),
        (2, 0x80000004, sha256(b"option rom"), b""),
        measured(4, ACTION, b"Calling EFI Application from Boot Option"),
        *(measured(pcr, SEPARATOR, bytes(4)) for pcr in (0, 1, 2, 3, 4, 5, 6, 7)),
        (4, APPLICATION, authenticode, file_path(r"\EFI\BOOT\BOOTX64.EFI")),
        measured(14, 0xD, ak_name),
    ]
