"""All mutants. Attestation.md, section 8, is the list; section 7 says which of them others have let through."""

from collections.abc import Iterator

from tests.hostile import bytes_inner, bytes_outer, consoles, contexts, liars
from tests.hostile.mutant import Mutant

PARTS = (consoles, contexts, liars, bytes_inner, bytes_outer)


def mutants() -> Iterator[Mutant]:
    """Every mutant once, the larger families last."""
    for part in PARTS:
        yield from part.mutants()
