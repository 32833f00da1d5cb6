"""Plans are checked without a farm, by the same code that the farm uses."""

import json
from pathlib import Path

import pytest

from farm.plans import CODES
from tests.cli.cli_calls import Bootfarm
from tests.cli.speaking_farm import SpeakingFarm, machine

WRONG = {
    "CFG001": 'schema = 1\n[boot]\ntimeot = "90s"\n',
    "CFG002": "schema = 1\n[boot]\ntimeout = 90\n",
    "CFG003": 'schema = 1\n[pass]\nline = "\\EFI"\n',
    "CFG012": 'schema = 1\n[boot]\nmachines = ["tag:a &"]\n',
}
WRONG_HERE = {
    "CFG010": 'schema = 1\n[boot]\nmachines = ["tag:nuc13"]\n',
    "CFG011": 'schema = 1\n[boot]\nfirmware = ["ovmv"]\n',
    "CFG020": 'schema = 1\n[boot]\nmachines = ["*"]\nmax_boots = 1\n',
    "CFG021": 'schema = 1\n[boot]\nexclude = [{ machines = "*" }]\n',
    "CFG030": 'schema = 1\n[attest]\nrequire = "affirming"\n',
}


@pytest.mark.parametrize("code", WRONG)
def test_each_error_is_shown_with_its_place_and_a_caret(bootfarm: Bootfarm, person: Path, code: str) -> None:
    Path(".bootfarm.toml").write_text(WRONG[code])
    ended = bootfarm("check")
    assert (ended.code, ended.out) == (2, "")
    assert ".bootfarm.toml:3:" in ended.err
    assert code in ended.err
    assert "^" in ended.err
    assert f"/help/errors/{code}" in ended.err
    problems = json.loads(bootfarm("check", "--json").out)["problems"]
    assert [one["code"] for one in problems] == [code]
    assert code in CODES


@pytest.mark.parametrize("code", WRONG_HERE)
def test_online_resolves_machines_and_firmware(farm: SpeakingFarm, bootfarm: Bootfarm, person: Path, code: str) -> None:
    without_tpms = [machine(f"qemu-{n}", options={"tpm": False}).model_dump(mode="json") for n in (1, 2)]
    farm.on("GET", "/machines", {"items": without_tpms})
    Path("plan.toml").write_text(WRONG_HERE[code])
    assert bootfarm("check", "plan.toml").code == 0
    ended = bootfarm("check", "plan.toml", "--online")
    assert ended.code == 2
    assert code in ended.err


def test_a_good_plan_is_good_and_effective_names_origins(farm: SpeakingFarm, bootfarm: Bootfarm, person: Path) -> None:
    farm.on("GET", "/machines", {"items": [machine(state="offline", reason="fan").model_dump(mode="json")]})
    Path("p.toml").write_text('schema = 1\n[boot]\ntimeout = "90s"\n[on."refs/heads/x"]\nboot.timeout = "30s"\n')
    assert bootfarm("check", "p.toml").code == 0
    rows = {row[0]: row[1:] for row in bootfarm("check", "p.toml", "--effective").rows}
    assert rows["boot.timeout"][1] == "p.toml:3"
    assert rows["boot.infra_retries"][1] == "default"
    there = {row[0]: row[1:] for row in bootfarm("check", "p.toml", "--effective", "--ref", "refs/heads/x").rows}
    assert there["boot.timeout"][1] == "p.toml:5"
    online = bootfarm("check", "p.toml", "--online")
    assert online.code == 0
    assert online.rows == [["any of pool:default", "", ""]]
    assert "fan" in online.err


def test_no_plan_file_is_the_default_plan(bootfarm: Bootfarm, person: Path) -> None:
    assert bootfarm("check").code == 0
    said = json.loads(bootfarm("check", "--json").out)
    assert said["ok"] is True
    assert {one["origin"] for one in said["settings"]} == {"default"}


def test_a_plan_that_is_a_folder_is_a_sentence(bootfarm: Bootfarm, person: Path) -> None:
    Path("d").mkdir()
    assert bootfarm("check", "d").code == 2
