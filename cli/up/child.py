"""Becomes a program that ends when its parent does: `python child.py PARENT PROGRAM [ARGUMENT...]`.

The kernel sends SIGTERM when the thread that started us is gone (prctl(2), PR_SET_PDEATHSIG), and exec keeps that. It
is asked for here and not between fork and exec of a process with threads, where Python code may hang. Runs without our
packages.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, argv: list[str]) -> None:
    """Replace this process by a program; never returns."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)  # it ended before the kernel knew of the wish
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        sys.exit(f"{argv[0]} can't be started: {error.strerror}")


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
