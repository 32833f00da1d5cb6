"""What the tests of the firmware's own tools share."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FIRMWARE = Path(__file__).parents[2] / "firmware"
BUILD_SECONDS = 1200
"""Of host crates from an empty cache on two busy cores."""

Shell = Callable[[str], str]


@pytest.fixture(scope="session")
def shell() -> Shell:
    """Runs a shell command in the firmware folder, as somebody without a farm, and returns what it printed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("BOOTFARM_", "CARGO_"))}

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-eu", "-c", command],
            cwd=FIRMWARE,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    return run
