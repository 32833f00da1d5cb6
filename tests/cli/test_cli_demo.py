"""`bootfarm demo seed` fills an empty home, once, and refuses any other."""

import json
from pathlib import Path

import pytest

from tests.cli.cli_calls import Bootfarm


def test_an_empty_home_is_filled_once(bootfarm: Bootfarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTFARM_HOME", str(tmp_path / "demo"))
    ended = bootfarm("demo", "seed", "--machines", "7", "--commits", "20", "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out) == {"home": str(tmp_path / "demo"), "boots": 140, "made_up": True}
    again = bootfarm("demo", "seed", "--machines", "7", "--commits", "20")
    assert again.code == 2
    assert "made-up history already" in again.err


def test_too_small_a_farm_is_refused(bootfarm: Bootfarm) -> None:
    assert bootfarm("demo", "seed", "--machines", "3").code == 2
