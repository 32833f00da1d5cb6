"""The corpus as files, so that other verifiers can run it: `python -m tests.hostile.export FOLDER`.

Each mutant is a bundle that `bootfarm attest verify --offline` reads; `index.tsv` says which step must refuse it.
"""

import sys
from pathlib import Path

from farm.evidence.bundle import Bundle, write
from tests.hostile.corpus import mutants
from tests.hostile.mutant import Mutant

LARGEST = 4 << 20
"""Bytes of evidence beyond which a mutant is left out: a few are large only to be large."""


def export(folder: Path) -> int:
    """Write all mutants; how many they are."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["name\tstep\ttier"]
    for mutant in mutants():
        if len(mutant.evidence.console) <= LARGEST:
            (folder / f"{mutant.name}.zip").write_bytes(write(bundled(mutant)))
            rows.append(f"{mutant.name}\t{mutant.step}\t{mutant.tier}")
    (folder / "index.tsv").write_text("\n".join(rows) + "\n")
    return len(rows) - 1


def bundled(mutant: Mutant) -> Bundle:
    """A mutant and all that it is judged by."""
    return Bundle(
        evidence=mutant.evidence, expected=mutant.expected, policy=mutant.policy, at=mutant.at, source=mutant.name
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.hostile.export FOLDER")
    print(f"{export(Path(sys.argv[1]))} mutants in {sys.argv[1]}")
