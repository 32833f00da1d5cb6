"""What `verify-log` costs: rows of evidence and of appraisals as real ones are long, walked from SQLite.

Prints rows per second of both chains and of the slower one; the reference is hashing the same bytes and nothing else.
"""

import hashlib
import tempfile
from pathlib import Path

from sqlalchemy import Table, text

from bench.figures import report, seconds
from farm import chain, schema
from farm.appraisals import AppraisalRow
from farm.chain.cells import cells
from farm.database import now
from farm.evidence import Evidence
from farm.farm import Farm
from farm.settings import Settings

ROWS, BATCH, RUNS = 50_000, 5_000, 5
DIGEST = "a1" * 32
# As many and as long as those of a bound boot of `citadel-attest`: 35 steps, six PCRs, four values met.
STEPS = [
    {"name": f"binding-step-{n}", "outcome": "pass", "expected": DIGEST[:40], "actual": DIGEST[:40]} for n in range(35)
]
FACTS = {
    "nonce": DIGEST[:32],
    "measurements": [DIGEST],
    "platform_pcrs": [[pcr, DIGEST] for pcr in (0, 2, 4, 7, 14)],
    "references": [[number, "firmware", "approved", 0] for number in range(4)],
}


def evidence_row(number: int) -> dict[str, object]:
    """A file of a boot."""
    return {"boot_id": number, "source": "esp", "name": "citadel-attest.bin", "digest": DIGEST, "created_at": now()}


def appraisal_row(number: int) -> dict[str, object]:
    """An affirming appraisal with its EAR."""
    names = ("image", "image_digest", "attest_digest", "policy_body_digest")
    return {
        **dict.fromkeys(names, DIGEST),
        **dict.fromkeys(("machine_id", "repository_id", "build_id", "policy_id"), 1),
        "run": 0,
        "boot_id": number,
        "commit": DIGEST[:40],
        "firmware": "ovmf",
        "ak_name": "000b" + DIGEST,
        "platform_ak_name": "000b" + DIGEST,
        "verifier": "bootfarm-verifier/1",
        "at": now(),
        "outcome": "done",
        "tier": "affirming",
        "reason": "",
        "statement": "Host booted image under approved firmware. " * 6,
        "steps": STEPS,
        "facts": FACTS,
        "evidence": {"console": DIGEST, "esp_attest": DIGEST, "esp_bind": DIGEST},
        "ear": "e" * 1290,
    }


def fill(farm: Farm, table: Table, make: object) -> None:
    """Append rows that name boots that there are not."""
    for begin in range(0, ROWS, BATCH):
        with farm.db.writing() as session:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            chain.append(session, table, [make(begin + n + 1) for n in range(BATCH)])  # type: ignore[operator]
            session.execute(text("PRAGMA defer_foreign_keys = OFF"))


def walk(farm: Farm, table: Table) -> None:
    """From the first row to the head."""
    with farm.db.reading() as session:
        walked = chain.walk(session, table)
    assert (walked.rows, walked.broken) == (ROWS, None)


def hash_only(farm: Farm, table: Table, row: dict[str, object]) -> float:
    """Rows per second of SHA-256 alone, over the bytes of one row again and again."""
    kept = cells(table, {**row, "id": 1, "previous_hash": DIGEST}, farm.db.engine.dialect)
    data = "".join(map(str, kept)).encode()

    def all_of_them() -> None:
        for _ in range(ROWS):
            hashlib.sha256(data).hexdigest()

    return ROWS / seconds(all_of_them)


def main() -> None:
    """Both chains."""
    with tempfile.TemporaryDirectory() as folder:
        farm = Farm(Settings(home=Path(folder), secret_key="bench"))
        schema.upgrade(farm)
        with farm.db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for kind, make in ((Evidence, evidence_row), (AppraisalRow, appraisal_row)):
            table: Table = kind.__table__  # type: ignore[attr-defined, assignment]
            fill(farm, table, make)
            ours = [ROWS / seconds(lambda table=table: walk(farm, table)) for _ in range(RUNS)]  # type: ignore[misc]
            reference = [hash_only(farm, table, make(1)) for _ in range(RUNS)]
            report(f"verify-log, {table.name}", "rows/s", ours, reference, goal=">= 50,000")
        farm.db.dispose()


if __name__ == "__main__":
    main()
