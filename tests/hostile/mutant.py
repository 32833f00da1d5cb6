"""A mutant: evidence with one thing wrong, and the step that must refuse it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from farm.evidence.appraisal import Expected, Policy, Received, Tier
from tests.hostile import good
from tests.hostile.forge import Inner
from tests.hostile.good import Outer


@dataclass(frozen=True, kw_only=True)
class Mutant:
    name: str
    step: str
    evidence: Received
    tier: Tier = Tier.CONTRAINDICATED
    expected: Expected = good.EXPECTED
    policy: Policy = good.POLICY
    at: datetime = good.AT


def inner_block(name: str, step: str, block: bytes) -> Mutant:
    """Another inner block beside the good outer one, so that what is not refused would be affirming."""
    return Mutant(name=name, step=step, evidence=Received(b"", block, good.OUTER.block))


def inner(name: str, step: str, made: Inner) -> Mutant:
    """Another inner block, with an outer one that is about it."""
    return Mutant(name=name, step=step, evidence=Received(b"", made.block, Outer(inner=made).block))


def outer_block(name: str, step: str, block: bytes, tier: Tier = Tier.CONTRAINDICATED) -> Mutant:
    return Mutant(name=name, step=step, tier=tier, evidence=Received(b"", good.INNER.block, block))


def outer(name: str, step: str, made: Outer, tier: Tier = Tier.CONTRAINDICATED) -> Mutant:
    return outer_block(name, step, made.block, tier)


def flips(data: bytes, only: Iterable[int] | None = None) -> Iterator[tuple[int, int, bytes]]:
    """Offset, bit, and the data with that bit flipped."""
    for at in range(len(data)) if only is None else only:
        for bit in range(8):
            flipped = bytearray(data)
            flipped[at] ^= 1 << bit
            yield at, bit, bytes(flipped)


def lengths(true: int) -> Iterator[int]:
    """What a length may be set to that is `true`."""
    yield from sorted({0, true - 1, true + 1, 0x7FFF, 0xFFFF} - {true})


def with_length(data: bytes, at: int, length: int) -> bytes:
    """A u16 at `at` overwritten, and nothing else."""
    return data[:at] + length.to_bytes(2, "big") + data[at + 2 :]


def offsets(fields: dict[str, bytes]) -> dict[str, int]:
    """Where each encoded field begins."""
    found, at = {}, 0
    for name, field in fields.items():
        found[name] = at
        at += len(field)
    return found


def changed(**fields: object) -> Expected:
    """The good expectations with some changed."""
    return replace(good.EXPECTED, **fields)  # type: ignore[arg-type]
