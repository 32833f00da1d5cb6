"""PCR[4] of a machine that boots one file and nothing else (attestation.md 3). Light: reference values need it too."""

import hashlib

from farm.evidence.event_log import NO_ACTION, EventLog
from farm.evidence.event_words import described

BEFORE_IMAGE = bytes.fromhex("7a94ffe8a7729a566d3d3c577fcb4b6b1e671f31540375f80eae6382ab785e35")
"""PCR[4] when OVMF is about to measure the one file that it boots."""
EVENTS_BEFORE = tuple(
    hashlib.sha256(measured).digest() for measured in (b"Calling EFI Application from Boot Option", bytes(4))
)
"""By what it was extended from zero until then: the action's name, and a separator."""


def pcr4_of(authenticode: bytes) -> bytes:
    """PCR[4] after a direct boot of the file with this Authenticode SHA-256."""
    return hashlib.sha256(BEFORE_IMAGE + authenticode).digest()


def detour(log: EventLog, authenticode: bytes) -> str:
    """The first event of PCR[4] that is not of a direct boot, in words, once the log replays to another value.

    The event's digest is proven then; its words are the log's own.
    """
    measured = [(n, event) for n, event in enumerate(log.events) if event.pcr == 4 and event.kind != NO_ACTION]
    wanted = (*EVENTS_BEFORE, authenticode)
    for position, (number, event) in enumerate(measured):
        if position >= len(wanted) or event.digest != wanted[position]:
            return f"event {number} of the log is not of a direct boot of this file ({described(number, event).words})"
    return "the log of PCR[4] ends before the file was started"
