"""One parser over one file of a stranger: no network, nothing writable, of this host only programs and that file.

Parsers of old formats are large, and what they read here comes from builds and from machines that nobody has vetted. So
each run gets a sandbox of its own, bounded in time, memory and output, and may answer with nothing but bytes.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

ROOT_FOLDERS: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
SECONDS: Final = 30
MEMORY: Final = 4 << 30  # bytes of address space
_COMPLAINT: Final = 4096  # bytes of what it says of its input


@dataclass(frozen=True)
class Parsed:
    """What a parser said: `status` is -1 when it took too long."""

    status: int
    output: bytes
    complaint: str


def parse(
    command: Sequence[str], *, stdin: IO[bytes] | None = None, files: Mapping[str, Path] | None = None, limit: int
) -> Parsed:
    """Run a parser that reads `stdin`, or `files` by their names inside; its output is cut at `limit` bytes.

    Raises:
        OSError: bubblewrap is not installed, or there is no room for the output.
    """
    argv = [*_sandbox(files or {}), *_bounds(limit + _COMPLAINT), *command]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "MTOOLSRC": os.devnull, "MTOOLS_SKIP_CHECK": "1"}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaint:
        try:
            given = stdin or subprocess.DEVNULL
            status = subprocess.run(
                argv, stdin=given, stdout=output, stderr=complaint, env=environment, timeout=SECONDS, cwd="/"
            ).returncode
        except subprocess.TimeoutExpired:
            status = -1
        output.seek(0)
        complaint.seek(0)
        return Parsed(status, output.read(limit), complaint.read(_COMPLAINT).decode(errors="replace").strip())


def python(program: str) -> list[str]:
    """A parser in this very Python, with the packages that this worker has."""
    return [sys.executable, "-I", "-c", program]


def system_folders() -> list[str]:
    """Bubblewrap's options for the programs and libraries of this host, read-only."""
    argv = ["--ro-bind", "/usr", "/usr"]
    for name in ROOT_FOLDERS:
        path = Path("/", name)
        if path.is_symlink():
            argv += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            argv += ["--ro-bind", str(path), str(path)]
    return argv


def _sandbox(files: Mapping[str, Path]) -> list[str]:
    argv = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    argv += [*system_folders(), "--dev", "/dev", "--proc", "/proc"]
    prefixes = (sys.base_prefix, sys.prefix)
    for prefix in dict.fromkeys((*map(os.path.realpath, prefixes), *prefixes)):
        if prefix != "/usr":
            argv += ["--ro-bind", prefix, prefix]
    for inside, path in files.items():
        argv += ["--ro-bind", str(path), inside]
    return [*argv, "--remount-ro", "/", "--"]


def _bounds(file_size: int) -> list[str]:
    return ["prlimit", f"--as={MEMORY}", f"--cpu={SECONDS}", "--core=0", f"--fsize={file_size}", "--"]
