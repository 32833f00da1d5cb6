"""What the farm's processes write about an exception that nobody expected."""

import os
import subprocess
import sys

import pytest

FAULT = """
import sys
import structlog
from cli.server.logs import configure_logs

def check(token):
    pieces = [token]
    raise RuntimeError("the disk is on fire")

configure_logs()
try:
    check(sys.argv[1])
except RuntimeError as error:
    structlog.get_logger().error("request failed", path="/boots", exc_info=error)
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_says_where_and_shows_no_secret_that_a_variable_holds(form: str) -> None:
    """A process of its own: how a process logs is set once."""
    env = {**os.environ, "BOOTFARM_LOG_FORMAT": form}
    done = subprocess.run(
        [sys.executable, "-c", FAULT, "bf_s3cret"], env=env, capture_output=True, text=True, check=True
    )
    said = done.stdout + done.stderr
    assert "request failed" in said
    assert "the disk is on fire" in said
    assert "check" in said
    assert "s3cret" not in said
