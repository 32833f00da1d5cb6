"""Outlives `up` by seconds: whatever way that ended, nothing of it stays. `python guardian.py RUN_DIR`.

Stdin is a pipe that only `up` holds open; its end is the end of `up`, also by SIGKILL. Then what is left of the run
folder's processes is ended, and the folder removed. Runs without our packages, so that it can't fail for theirs.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

# A lab worker switches machines off when it ends; that takes seconds and is better than killing what it holds.
PATIENCE_SECONDS = 12.0


def main(run_dir: Path) -> None:
    """Wait, then sweep."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 4096):
        pass
    sys.path.insert(0, str(Path(__file__).parent))
    from leftovers import end_all  # type: ignore[import-not-found]  # beside us, without its package

    end_all(run_dir, PATIENCE_SECONDS)
    shutil.rmtree(run_dir, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
