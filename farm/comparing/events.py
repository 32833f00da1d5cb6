"""The events of a boot's machine, of those PCRs alone whose values bear the log out.

A log is the machine's own word. What the verifier refused stands in the evidence as well, so it is replayed here too:
against the values that were recorded, which a TPM signed or the host read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from farm.evidence.blocks import Cbnd1
from farm.evidence.event_log import NO_ACTION, EventLog
from farm.evidence.event_words import described
from farm.evidence.framing import BIND, last_reset, unframe
from farm.evidence.inputs import Received
from farm.evidence.reader import Malformed
from farm.evidence.results import Event
from farm.pcrs import PcrSource

Key = tuple[str, int]
"""Source and PCR."""


@dataclass(frozen=True)
class Proven:
    """Events by source and PCR; `refused` says what is wrong with the log where none of it is used, "" otherwise."""

    events: Mapping[Key, tuple[Event, ...]]
    refused: str = ""


def proven_events(received: Received, shown: Mapping[Key, str]) -> Proven:
    """The events in the evidence that binds a boot to its machine; `shown` are the boot's PCR values, hex."""
    log = _log(received)
    if log is None:
        return Proven({}, "no event log that can be read")
    of_machine = {key: value for key, value in shown.items() if key[0] != PcrSource.QUOTE}
    replayed = {pcr: value.hex() for pcr, value in log.replay({pcr for _, pcr in of_machine}).items()}
    borne_out = [key for key, value in of_machine.items() if replayed[key[1]] == value]
    wrong = sorted(pcr for source, pcr in of_machine.keys() - set(borne_out) if source == PcrSource.PLATFORM)
    if wrong:
        # One lie is enough: what else it says may be part of the same story.
        numbers = ", ".join(map(str, wrong))
        return Proven({}, f"an event log that contradicts its quote in PCR {numbers}, so the log is not used")
    if not borne_out:
        return Proven({}, "an event log that no PCR value of its machine bears out, so the log is not used")
    told = [described(number, one) for number, one in enumerate(log.events) if one.kind != NO_ACTION]
    return Proven({key: tuple(event for event in told if event.pcr == key[1]) for key in borne_out})


def _log(received: Received) -> EventLog | None:
    try:
        raw = received.esp_bind or unframe(received.console, BIND, last_reset(received.console))
        return EventLog.parse(Cbnd1.parse(raw).event_log) if raw else None
    except Malformed:
        return None
