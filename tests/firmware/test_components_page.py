"""docs/components.md: what the page has its reader type is built and booted, and says what the page shows."""

import os
import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent.parent
PAGE = (CHECKOUT / "docs/components.md").read_text()
BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BUILD_SECONDS = 2400  # of a build from an empty cache on two busy cores


def typed(folder: Path, commands: str) -> str:
    """What commands print that somebody without a farm types in a folder."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("BOOTFARM_", "CARGO_"))}
    done = subprocess.run(
        ["bash", "-eu", "-c", commands],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=BUILD_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.timeout(BUILD_SECONDS)
def test_the_worked_example_builds_boots_and_says_what_the_page_shows(tmp_path: Path) -> None:
    blocks = dict(BLOCK.findall(PAGE))
    (tmp_path / "firmware").symlink_to(CHECKOUT / "firmware")
    typed(tmp_path, blocks.pop("setup"))
    commands, shown = blocks.pop("run"), blocks.pop("output").splitlines()
    assert set(blocks) == {"inventory/Cargo.toml", "inventory/src/lib.rs"}
    for path, text in blocks.items():
        (tmp_path / path).write_text(text)

    said = typed(tmp_path, commands).replace("\r", "").splitlines()
    assert said[-1] == "uefi-wasmtime: complete"
    first = next(number for number, line in enumerate(said) if line.startswith("staged: \\guest.wasm"))
    for expected, line in zip(shown, said[first : first + len(shown)], strict=True):
        assert re.fullmatch(re.escape(expected).replace("…", ".+"), line), f"the page shows {expected!r}, not {line!r}"


def test_the_page_and_the_firmware_have_the_same_interfaces() -> None:
    section = PAGE.partition("## The interfaces")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `([a-z]+)` \|", section, re.MULTILINE))
    files = {path.stem for path in (CHECKOUT / "firmware/wit/uefi").glob("*.wit")}
    assert listed == files - {"package", "types"}
