"""What parsers read at once, they read to the same effect as field by field: no input is two things."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from farm.evidence import blocks, event_log, tpm_attest, tpm_public, tpm_signature
from farm.evidence.blocks import Catt1
from farm.evidence.event_log import EventLog
from farm.evidence.reader import Malformed
from farm.evidence.tpm_attest import Attest
from farm.evidence.tpm_public import EccPublic
from tests.hostile import good
from tests.hostile.mutant import flips, lengths, with_length

OVERWRITES = some.lists(some.tuples(some.floats(0, 0.999), some.binary(min_size=1, max_size=3)), max_size=4)
Parse = Callable[[bytes], object]


def read_attest(data: bytes) -> object:
    found = Attest.read(data)
    known = {name: getattr(found, name) for name in Attest.__slots__ if name != "problem"}
    # Until a problem, the fields are the same; after it, a step looks at the problem.
    return str(found.problem) if found.problem else known


CASES: dict[str, tuple[Parse, bytes, object, str, object]] = {
    "catt1": (Catt1.parse, good.INNER.block, blocks, "_usual", lambda data: None),
    "public": (EccPublic.parse, good.INNER_KEY.public, tpm_public, "_USUAL", -1),
    "signature": (tpm_signature.parse, good.INNER.signature, tpm_signature, "_USUAL", -1),
    "attest": (read_attest, good.INNER.attest, tpm_attest, "_usual", lambda data: None),
    "event log": (EventLog.parse, good.OUTER.log, event_log._Usual, "event", lambda self, reader: None),
}


def outcome(parse: Parse, data: bytes) -> object:
    try:
        return parse(data)
    except Malformed as wrong:
        return str(wrong)


def systematic(data: bytes) -> Iterator[bytes]:
    """Every bit flipped, every size, every place read as a length and set to another."""
    yield from (flipped for _, _, flipped in flips(data))
    yield from (data[:size] for size in range(len(data)))
    for at in range(len(data) - 1):
        yield from (with_length(data, at, length) for length in lengths(32))
    yield data + b"\0"


@pytest.mark.parametrize("name", CASES)
def test_both_ways_agree(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    parse, sound, owner, attribute, disabled = CASES[name]

    def slow(data: bytes) -> object:
        with monkeypatch.context() as patch:
            patch.setattr(owner, attribute, disabled)
            return outcome(parse, data)

    for data in systematic(sound):
        assert outcome(parse, data) == slow(data)

    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(OVERWRITES)
    @example([])
    def run(overwrites: list[tuple[float, bytes]]) -> None:
        data = sound
        for share, written in overwrites:
            at = int(share * len(data))
            data = (data[:at] + written + data[at + len(written) :])[: len(sound)]
        assert outcome(parse, data) == slow(data)

    run()
