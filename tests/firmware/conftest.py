"""What the tests of the firmware's own tools share."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FIRMWARE = Path(__file__).parents[2] / "firmware"
BUILD_SECONDS = 2400
"""Of everything from an empty cache on two busy cores."""
BOOT_SECONDS = 180
"""Until a machine that has not powered off counts as hung: far more than a boot takes under emulation."""

Shell = Callable[[str], str]
_ESCAPES = re.compile(r"\x1b\[[0-9;?=]*[A-Za-z]")


def _environment(**settings: object) -> dict[str, str]:
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("BOOTFARM_", "CARGO_"))}
    return ours | {key: str(value) for key, value in settings.items()}


@pytest.fixture(scope="session")
def shell() -> Shell:
    """Runs a shell command in the firmware folder, as somebody without a farm, and returns what it printed."""

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-eu", "-c", command],
            cwd=FIRMWARE,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def citadel(shell: Shell) -> Path:
    """citadel-attest.efi of this checkout."""
    return next(Path(line) for line in shell("scripts/build.sh").splitlines() if line.endswith("/citadel-attest.efi"))


def boot(efi: Path, **settings: object) -> str:
    """Boot an application with the settings of run-qemu.sh; the console, without what a terminal would not show."""
    done = subprocess.run(
        [FIRMWARE / "scripts/run-qemu.sh"],
        env=_environment(EFI=efi, **settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=BOOT_SECONDS,
    )
    assert done.returncode == 0, done.stderr.decode()
    console = _ESCAPES.sub("", done.stdout.decode(errors="replace").replace("\r", ""))
    assert "\nPANIC" not in console, console
    return console
