"""What a selector that matches nothing probably meant."""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from farm.plans.machines import MachineFacts
from farm.plans.selector_grammar import Selector
from farm.plans.selectors import Word, words

CLOSE = 0.6  # difflib's own cutoff for "close"


def no_match(selector: Selector, machines: Sequence[MachineFacts]) -> tuple[str, str]:
    """The sentence for a selector without a machine, and the replacement to suggest."""
    start = f'"{selector.text}" matches no machine'
    if not machines:
        return f"{start}; this farm has none yet", ""
    lost = next((word for word, negated in words(selector.term) if not negated and not _any(word, machines)), None)
    if lost is None:
        return f"{start}: each part of it matches some, but no machine matches the whole", ""
    near = _near(lost, machines)[:2]
    if not near:
        return f"{start}; most used are {_listed(_most_used(machines)[:3])}", ""
    verb = "nearest are" if len(near) > 1 else "nearest is"
    return f"{start}; {verb} {_listed(near)}", selector.text.replace(str(lost), near[0][0], 1)


def _any(word: Word, machines: Iterable[MachineFacts]) -> bool:
    return any(word.matches(machine) for machine in machines)


def _known(machines: Iterable[MachineFacts]) -> Counter[tuple[str, str]]:
    """How many machines have each tag, pool and name."""
    known: Counter[tuple[str, str]] = Counter()
    for machine in machines:
        known.update(("tag", tag) for tag in machine.tags)
        known.update([("pool", machine.pool), ("name", machine.name)])
    return known


def _near(word: Word, machines: Iterable[MachineFacts]) -> list[tuple[str, int]]:
    """Words close to this one with their counts: the closest first, then the same kind, then the commoner."""
    near = [
        (-ratio, kind != word.kind, -count, str(Word(kind, value)))
        for (kind, value), count in _known(machines).items()
        if (ratio := SequenceMatcher(None, word.value, value).ratio()) >= CLOSE
    ]
    return [(text, -count) for _, _, count, text in sorted(near)]


def _most_used(machines: Iterable[MachineFacts]) -> list[tuple[str, int]]:
    groups = [(-count, str(Word(kind, value))) for (kind, value), count in _known(machines).items() if kind != "name"]
    return [(text, -count) for count, text in sorted(groups)]


def _listed(found: Sequence[tuple[str, int]]) -> str:
    *first, last = [f"{text} ({count})" for text, count in found]
    return f"{', '.join(first)} and {last}" if first else last
