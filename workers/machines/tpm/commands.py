"""The few TPM 2.0 commands that a lab host itself gives: to make a machine's attestation key, and to read its PCRs.

Written by hand because they go through a descriptor that swtpm was handed, which no tool of tpm2-tools can use. Tests
let tpm2-tools check what they made. Source: TCG TPM 2.0 Library, Part 2 (structures) and Part 3 (commands).
"""

import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from workers.machines.errors import TpmFailed

AK_HANDLE: Final = 0x81010002
PCRS: Final = 24

_NO_SESSIONS, _SESSIONS = 0x8001, 0x8002
_STARTUP, _SHUTDOWN, _CREATE_PRIMARY, _EVICT_CONTROL = 0x144, 0x145, 0x131, 0x120
_READ_PUBLIC, _PCR_READ, _PCR_ALLOCATE = 0x173, 0x17E, 0x12B
_OWNER, _ENDORSEMENT, _PLATFORM = 0x40000001, 0x4000000B, 0x4000000C
_SHA256: Final = 0x000B
_OTHER_BANKS: Final = (0x0004, 0x000C, 0x000D)  # SHA-1, SHA-384, SHA-512
_DIGEST: Final = 32
_HEADER = struct.Struct(">HII")  # tag, size, command or response code
_LONGEST_RESPONSE: Final = 4096  # bytes; TPM_PT_MAX_RESPONSE_SIZE of libtpms
# The empty password as the only session: TPM_RS_PW, no nonce, no attributes, no password.
_PASSWORD: Final = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)
# ECC, SHA-256; fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign; no policy; no symmetric
# algorithm, ECDSA with SHA-256, NIST P-256, no KDF. Only the point is missing.
_AK: Final = struct.pack(">HHIH5H", 0x0023, _SHA256, 0x00050072, 0, 0x0010, 0x0018, _SHA256, 0x0003, 0x0010)
_MOST_RETRIES: Final = 64
_RETRY: Final = (0x922, 0x90A)  # TPM_RC_RETRY, TPM_RC_TESTING: the same command may be sent again


def make_platform_key(channel: socket.socket) -> bytes:
    """Start a new TPM, make a restricted P-256 key in its endorsement hierarchy, persist it, shut down.

    From its next start on it has PCRs of SHA-256 only. Firmware hashes all of itself once for each bank, which costs
    seconds where the processor is emulated, and nobody here reads the others.

    Answers its TPMT_PUBLIC, as the TPM reads it back. Raises TpmFailed.
    """
    _run(channel, _STARTUP, struct.pack(">H", 0))
    template = _AK + bytes(4)
    # An empty password and no data; then the template; then no outside information and no creation PCRs.
    asked = struct.pack(">HI", 4, 0) + _sized(template) + struct.pack(">HI", 0, 0)
    made = _run(channel, _CREATE_PRIMARY, asked, _ENDORSEMENT)
    (transient,) = struct.unpack_from(">I", made)
    _run(channel, _EVICT_CONTROL, struct.pack(">I", AK_HANDLE), _OWNER, transient)
    public = _public(channel)
    _allocate_sha256_only(channel)
    _run(channel, _SHUTDOWN, struct.pack(">H", 0))
    return public


def _allocate_sha256_only(channel: socket.socket) -> None:
    banks = [(_SHA256, b"\xff" * (PCRS // 8)), *((bank, bytes(PCRS // 8)) for bank in _OTHER_BANKS)]
    wanted = b"".join(struct.pack(">HB", bank, len(bitmap)) + bitmap for bank, bitmap in banks)
    answer = _run(channel, _PCR_ALLOCATE, struct.pack(">I", len(banks)) + wanted, _PLATFORM)
    if answer[4:5] != b"\x01":  # after the size of the parameters: allocationSuccess
        raise TpmFailed("the machine's TPM can't be given a SHA-256 bank alone")


def read_pcrs(channel: socket.socket) -> dict[int, bytes]:
    """All PCRs of the SHA-256 bank, by number. Raises TpmFailed."""
    values: dict[int, bytes] = {}
    for first in range(0, PCRS, 8):  # a response holds eight digests
        bitmap = bytearray(PCRS // 8)
        bitmap[first // 8] = 0xFF
        answer = _run(channel, _PCR_READ, struct.pack(">IHB", 1, _SHA256, len(bitmap)) + bitmap)
        digests = list(_digests(answer, len(bitmap)))
        if len(digests) != 8:
            raise TpmFailed("the machine's TPM has no whole SHA-256 bank of PCRs")
        values |= dict(enumerate(digests, first))
    return values


def _digests(answer: bytes, bitmap: int) -> Iterator[bytes]:
    place = 4 + 4 + 2 + 1 + bitmap  # update counter; a list of one selection
    (count,) = struct.unpack_from(">I", answer, place)
    place += 4
    for _ in range(count):
        size, digest = struct.unpack_from(f">H{_DIGEST}s", answer, place)
        if size != _DIGEST:
            raise TpmFailed("the machine's TPM answered with another digest than SHA-256")
        yield digest
        place += 2 + _DIGEST


def _public(channel: socket.socket) -> bytes:
    answer = _run(channel, _READ_PUBLIC, struct.pack(">I", AK_HANDLE))
    (size,) = struct.unpack_from(">H", answer)
    public = answer[2 : 2 + size]
    if len(public) != size or not public.startswith(_AK):
        raise TpmFailed("the machine's TPM made another key than it was asked for")
    return public


def _sized(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


def _run(channel: socket.socket, code: int, parameters: bytes, *handles: int) -> bytes:
    """What follows the header of the response; with `handles`, the first one is authorized by the empty password."""
    body = b"".join(struct.pack(">I", handle) for handle in handles) + (_PASSWORD if handles else b"") + parameters
    tag = _SESSIONS if handles else _NO_SESSIONS
    command = _HEADER.pack(tag, _HEADER.size + len(body), code) + body
    try:
        for _ in range(_MOST_RETRIES):
            channel.sendall(command)
            status, answer = _response(channel)
            if status not in _RETRY:
                break
    except (OSError, struct.error) as error:
        raise TpmFailed(f"the machine's TPM did not answer command {code:#x}: {error}") from error
    if status:
        raise TpmFailed(f"the machine's TPM refused command {code:#x} with code {status:#x}")
    return answer


def _response(channel: socket.socket) -> tuple[int, bytes]:
    _, size, status = _HEADER.unpack(b"".join(_receive(channel, _HEADER.size)))
    if not _HEADER.size <= size <= _LONGEST_RESPONSE:
        raise TpmFailed(f"the machine's TPM answered with {size} bytes")
    return status, b"".join(_receive(channel, size - _HEADER.size))


def _receive(channel: socket.socket, size: int) -> Iterable[bytes]:
    while size:
        part = channel.recv(size)
        if not part:
            raise OSError("it closed the channel")
        size -= len(part)
        yield part
