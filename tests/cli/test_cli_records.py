"""Commands on the farm's host: walking the log, the signing keys, retention."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from farm import chain, schema
from farm.database import now
from farm.evidence import Evidence
from farm.farm import Farm
from farm.settings import Settings
from tests.cli.cli_calls import Bootfarm


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A farm's home with a log of three rows, of boots that there are not."""
    folder = tmp_path / "farm"
    monkeypatch.setenv("BOOTFARM_HOME", str(folder))
    farm = Farm(Settings(home=folder))
    schema.upgrade(farm)
    with farm.db.writing() as session:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        row = {"source": "esp", "name": "a.bin", "digest": "0" * 64, "created_at": now()}
        chain.append(session, Evidence.__table__, [{**row, "boot_id": number} for number in (1, 2, 3)])
        session.execute(text("PRAGMA defer_foreign_keys = OFF"))
    farm.db.dispose()
    return folder


def tamper(home: Path, statement: str) -> None:
    """As who owns the file."""
    farm = Farm(Settings(home=home))
    with farm.db.writing() as session:
        session.execute(text("DROP TRIGGER evidence_no_update"))
        session.execute(text(statement))
    farm.db.dispose()


@pytest.mark.usefixtures("home")
def test_an_untouched_log_is_whole_and_its_heads_can_be_noted(bootfarm: Bootfarm) -> None:
    ended = bootfarm("attest", "verify-log", "--json")
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.code, [(one["chain"], one["rows"], one["broken"]) for one in told]) == (
        0,
        [("evidence", 3, ""), ("appraisals", 0, "")],
    )
    assert bootfarm("attest", "verify-log", "--noted", f"evidence={told[0]['head']}").code == 0
    missed = bootfarm("attest", "verify-log", "--noted", f"evidence={'a' * 64}")
    assert (missed.code, "the noted head is not in this chain" in missed.out) == (7, True)
    assert bootfarm("attest", "verify-log", "--noted", "evidence=x").code == 2


def test_a_changed_row_ends_with_7_and_is_named(bootfarm: Bootfarm, home: Path) -> None:
    tamper(home, "UPDATE evidence SET name = 'b.bin' WHERE id = 2")
    ended = bootfarm("attest", "verify-log")
    assert ended.code == 7
    assert "BROKEN: row 2 is not what was hashed when it was written" in ended.out.splitlines()[0]


@pytest.mark.usefixtures("home")
def test_keys_are_made_listed_and_rotated_and_a_missing_file_is_said(bootfarm: Bootfarm, home: Path) -> None:
    assert "there is no key yet" in bootfarm("keys", "list").err
    first = json.loads(bootfarm("keys", "rotate", "--json").out)["kid"]
    second = json.loads(bootfarm("keys", "rotate", "--json").out)["kid"]
    assert [row[:2] for row in bootfarm("keys", "list").rows] == [[second, "in use"], [first, "rotated"]]
    (home / "keys" / f"{second}.pem").unlink()
    assert "is not there" in bootfarm("keys", "list").err


@pytest.mark.usefixtures("home")
def test_retention_is_told_in_days(bootfarm: Bootfarm) -> None:
    assert bootfarm("evidence", "prune", "--older-than", "0").code == 2
    assert bootfarm("evidence", "prune", "--older-than", "30").out.startswith(
        "Removed: 0 files of evidence, and blocks"
    )
    told = json.loads(bootfarm("evidence", "prune", "--older-than", "30", "--json").out)
    assert told == {"removed": 0, "consoles": 0, "faults": []}
