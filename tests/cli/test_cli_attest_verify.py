"""`bootfarm attest verify --offline`: no farm, the farm's own code, and a status that a script can trust."""

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farm.evidence.appraisal import Policy, Received, Tier
from farm.evidence.bundle import Bundle, write
from tests.cli.cli_calls import Bootfarm
from tests.hostile import good

GOOD = Bundle(evidence=good.received(), expected=good.EXPECTED, policy=good.POLICY, at=good.AT, source="boot-5120")
UNBOUND = replace(GOOD, evidence=Received(b"", good.INNER.block))
FORGED = replace(GOOD, evidence=Received(b"", good.INNER.block[:-1] + b"\0"))
SILENT = replace(GOOD, evidence=Received(b"hello\r\n"))


def saved(bundle: Bundle, name: str = "boot.zip") -> str:
    Path(name).write_bytes(write(bundle))
    return name


@pytest.mark.parametrize(
    ("bundle", "options", "code", "tier"),
    [
        (GOOD, (), 0, "affirming"),
        (GOOD, ("--require", "affirming"), 0, "affirming"),
        (UNBOUND, (), 0, "warning"),
        (UNBOUND, ("--require", "affirming"), 7, "warning"),
        (replace(UNBOUND, require=Tier.AFFIRMING), (), 7, "warning"),
        (replace(UNBOUND, policy=Policy.parse('name = "p"\nrequire = "affirming"\n')), (), 7, "warning"),
        (FORGED, (), 7, "contraindicated"),
        (SILENT, (), 7, "none"),
    ],
)
def test_the_status_says_whether_enough_was_reached(
    bootfarm: Bootfarm, person: Path, bundle: Bundle, options: tuple[str, ...], code: int, tier: str
) -> None:
    ended = bootfarm("attest", "verify", "--offline", saved(bundle), *options)
    assert ended.code == code
    assert ended.out.splitlines()[-1].startswith(f"{tier}: ")
    assert ("Refused: " in ended.err) is (code == 7)


def test_each_step_has_a_row_with_what_was_found(bootfarm: Bootfarm, person: Path) -> None:
    rows = {row[0]: row[1:] for row in bootfarm("attest", "verify", "--offline", saved(FORGED)).rows[:-1]}
    assert len(rows) == 35
    assert rows["ak-point"][0] == "pass"
    assert rows["signature"] == ["fail", "the key did not sign these bytes: does not verify, expected verifies"]
    assert rows["nonce"] == ["not-run", ""]


def test_json_has_everything(bootfarm: Bootfarm, person: Path) -> None:
    found = json.loads(bootfarm("attest", "verify", "--offline", saved(GOOD), "--json").out)
    assert (found["source"], found["tier"], found["accepted"]) == ("boot-5120", "affirming", True)
    assert found["vector"]["executables"] == 3
    assert len(found["steps"]) == 35
    assert bootfarm("attest", "verify", "--offline", saved(GOOD), "--json=tier").out.strip() == '{"tier": "affirming"}'


def test_what_is_no_bundle_ends_in_a_sentence(bootfarm: Bootfarm, person: Path) -> None:
    Path("text.zip").write_text("no bundle")
    ended = bootfarm("attest", "verify", "--offline", "text.zip")
    assert (ended.code, ended.out) == (2, "")
    assert "The bundle can't be read" in ended.err
    assert bootfarm("attest", "verify", "--offline", "absent.zip").code == 5
    assert bootfarm("attest", "verify", "--offline", ".").code == 2
    assert bootfarm("attest", "verify").code == 2


def test_a_fault_of_the_verifier_is_no_verdict(bootfarm: Bootfarm, person: Path) -> None:
    before = replace(GOOD, at=good.ISSUED.replace(year=2020))
    ended = bootfarm("attest", "verify", "--offline", saved(before))
    assert (ended.code, ended.out) == (3, "")
    assert "nothing is known" in ended.err


def test_a_bundle_with_a_forged_date_is_refused_as_one(bootfarm: Bootfarm, person: Path) -> None:
    end = datetime(9999, 12, 31, tzinfo=UTC)
    with zipfile.ZipFile(saved(GOOD)) as archive:
        content = {one: archive.read(one) for one in archive.namelist()}
    told = json.loads(content["expected.json"])
    told["nonce"] |= {"issued_at": end.isoformat(), "expires_at": end.isoformat()}
    with zipfile.ZipFile("forged.zip", "w") as archive:
        for name, data in {**content, "expected.json": json.dumps(told).encode()}.items():
            archive.writestr(name, data)
    ended = bootfarm("attest", "verify", "--offline", "forged.zip")
    assert (ended.code, ended.out) == (2, "")
    assert "The bundle can't be read: ExpectedFile nonce.issued_at: input should be less than" in ended.err
