"""A run folder under guard, from its making to its removal."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.up.leftovers import end_all, processes_of
from cli.up.run_dir import make_run_dir

_GUARDIAN = Path(__file__).parent / "guardian.py"
_ENDS_SECONDS = 30.0


@contextlib.contextmanager
def guarded(run_dir: Path, lock: int) -> Iterator[None]:
    """Make the folder and start its guardian, which also holds the home's lock until all is clean.

    What an `up` left whose guardian was killed with it is ended first.
    """
    if run_dir.exists():
        make_run_dir(run_dir)
        end_all(run_dir, 0)
        shutil.rmtree(run_dir)
    make_run_dir(run_dir)
    guardian = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_GUARDIAN), str(run_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=(lock,),
        cwd="/",
    )
    try:
        yield
    finally:
        if guardian.stdin:
            guardian.stdin.close()
        _wait(guardian, run_dir)


def _wait(guardian: "subprocess.Popen[bytes]", run_dir: Path) -> None:
    try:
        guardian.wait(_ENDS_SECONDS)
    except subprocess.TimeoutExpired as error:
        left = ", ".join(map(str, processes_of(run_dir)))
        raise CliError(f"These processes do not end, even when killed: {left}.", code=ExitCode.INFRA) from error
