"""What two boots measured: the PCRs that differ, why as far as that follows, and the first differing event in words."""

from dataclasses import dataclass
from itertools import zip_longest

from farm.asking.between import PcrPair
from farm.comparing.events import Proven
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
    """One side: digests of its image, hex or "", and the events that its PCR values bear out."""

    image: str
    image_digest: str
    authenticode: str
    firmware: str
    proven: Proven


def pcr_differences(pairs: list[PcrPair], a: Measured, b: Measured) -> list[PcrDifference]:
    """The PCRs that differ, with what is known about why; not the one that holds a key made for each boot."""
    found = []
    for pair in pairs:
        if pair.a is None or pair.b is None or pair.a == pair.b:
            continue
        if pair.pcr == NEVER_THE_SAME and pair.source != "quote":
            continue
        key = pair.source, pair.pcr
        first = first_difference(a.proven.events.get(key), b.proven.events.get(key))
        found.append(PcrDifference(pair.source, pair.pcr, pair.a, pair.b, _why(pair, a, b, *first), *first))
    return found


def first_difference(a: tuple[Event, ...] | None, b: tuple[Event, ...] | None) -> tuple[Event | None, Event | None]:
    """The first events of one PCR that are not the same; None where a side has no more, or neither is to be told."""
    if a is None or b is None:
        return None, None
    for one, other in zip_longest(a, b):
        if one is None or other is None or one.digest != other.digest:
            return one, other
    return None, None


def _why(pair: PcrPair, a: Measured, b: Measured, event_a: Event | None, event_b: Event | None) -> str:
    if pair.source == "quote" and a.image_digest != b.image_digest:
        return "follows the image, as expected"
    sentences = [] if pair.pcr != 4 else [one for one in (_pcr4("a", pair.a, a), _pcr4("b", pair.b, b)) if one]
    if pair.pcr == 4 and not sentences and a.authenticode and b.authenticode:
        return "follows the image, as expected on both sides"
    logs = [side.proven.events.get((pair.source, pair.pcr)) for side in (a, b)]
    if event_a or event_b:
        sentences.append(_words(event_a, event_b, logs[0] or ()))
    elif pair.source != "quote" and None in logs:
        sentences.append("no event log of both boots bears these values out, which would say more")
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


def _words(event_a: Event | None, event_b: Event | None, a: tuple[Event, ...]) -> str:
    shown = event_b or event_a
    if shown is None:
        return ""
    start = f"first differing event: #{shown.number} {shown.words}"
    if event_a is None or event_b is None:
        return f"{start}, only in {'b' if event_a is None else 'a'}"
    known = {one.digest for one in a}
    return f"{start} in b{'' if event_b.digest in known else ', not in a'}; in a #{event_a.number} {event_a.words}"
