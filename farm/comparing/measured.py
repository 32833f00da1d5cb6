"""What two boots measured: the PCRs that differ, why as far as that follows, and the first differing event in words."""

from collections import Counter
from dataclasses import dataclass

from farm.asking.between import PcrPair
from farm.evidence.blocks import Cbnd1
from farm.evidence.event_log import NO_ACTION, EventLog
from farm.evidence.event_words import described
from farm.evidence.framing import BIND, last_reset, unframe
from farm.evidence.inputs import Received
from farm.evidence.reader import Malformed
from farm.evidence.results import Event
from farm.pcrs import NEVER_THE_SAME
from farm.references.derived import pcr4_of


@dataclass(frozen=True)
class PcrDifference:
    """One PCR with two values. `why` is a sentence; the events are the first that differ, where both logs are there."""

    source: str
    pcr: int
    a: str
    b: str
    why: str
    event_a: Event | None = None
    event_b: Event | None = None


@dataclass(frozen=True)
class Measured:
    """One side: digests of its image, hex or "", and the events of its machine's log, None without one that reads."""

    image: str
    image_digest: str
    authenticode: str
    firmware: str
    events: tuple[Event, ...] | None


def events_of(received: Received) -> tuple[Event, ...] | None:
    """The events in the evidence that binds a boot to its machine; None where there is none, or it can't be read."""
    try:
        raw = received.esp_bind or unframe(received.console, BIND, last_reset(received.console))
        if not raw:
            return None
        log = EventLog.parse(Cbnd1.parse(raw).event_log)
    except Malformed:
        return None
    every = enumerate(log.events)
    return tuple(described(number, event) for number, event in every if event.kind != NO_ACTION)


def pcr_differences(pairs: list[PcrPair], a: Measured, b: Measured) -> list[PcrDifference]:
    """The PCRs that differ, with what is known about why; not the one that holds a key made for each boot."""
    found = []
    for pair in pairs:
        if pair.a is None or pair.b is None or pair.a == pair.b:
            continue
        if pair.pcr == NEVER_THE_SAME and pair.source != "quote":
            continue
        event_a, event_b = (None, None) if pair.source == "quote" else first_difference(pair.pcr, a.events, b.events)
        found.append(
            PcrDifference(pair.source, pair.pcr, pair.a, pair.b, _why(pair, a, b, event_a, event_b), event_a, event_b)
        )
    return found


def first_difference(
    pcr: int, a: tuple[Event, ...] | None, b: tuple[Event, ...] | None
) -> tuple[Event | None, Event | None]:
    """The first events of this PCR that are not the same in both logs; None where a log has no more."""
    if a is None or b is None:
        return None, None
    left, right = ([one for one in side if one.pcr == pcr] for side in (a, b))
    longer = max(len(left), len(right))
    for place in range(longer):
        one = left[place] if place < len(left) else None
        other = right[place] if place < len(right) else None
        if one is None or other is None or one.digest != other.digest:
            return one, other
    return None, None


def _why(pair: PcrPair, a: Measured, b: Measured, event_a: Event | None, event_b: Event | None) -> str:
    if pair.source == "quote" and a.image_digest != b.image_digest:
        return "follows the image, as expected"
    sentences = [] if pair.pcr != 4 else [one for one in (_pcr4("a", pair.a, a), _pcr4("b", pair.b, b)) if one]
    if pair.pcr == 4 and not sentences and a.authenticode and b.authenticode:
        return "follows the image, as expected on both sides"
    if event_a or event_b:
        sentences.append(_words(event_a, event_b, a, b))
    elif pair.source != "quote" and (a.events is None or b.events is None):
        sentences.append("no event log of both boots is kept that would say more")
    if pair.pcr != 4 and a.firmware != b.firmware:
        sentences.insert(0, f"the firmware is another: {a.firmware} and {b.firmware}")
    return "; ".join(sentences) or "nothing known explains it"


def _pcr4(name: str, value: str | None, side: Measured) -> str:
    """What the image predicts, where the value is another."""
    if not side.authenticode:
        return ""
    predicted = pcr4_of(bytes.fromhex(side.authenticode)).hex()
    if predicted == value:
        return ""
    return (
        f"in {name} the image {side.image[:10]} predicts {predicted[:10]}, and the machine shows {(value or '')[:10]}"
    )


def _words(event_a: Event | None, event_b: Event | None, a: Measured, b: Measured) -> str:
    shown = event_b or event_a
    if shown is None:
        return ""
    start = f"first differing event: #{shown.number} {shown.words}"
    if event_a is None or event_b is None:
        return f"{start}, only in {'b' if event_a is None else 'a'}"
    elsewhere = a.events if shown is event_b else b.events
    known = Counter(one.digest for one in elsewhere or () if one.pcr == shown.pcr)
    return f"{start} in b{'' if known[event_b.digest] else ', not in a'}; in a #{event_a.number} {event_a.words}"
