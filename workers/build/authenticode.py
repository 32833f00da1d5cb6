"""The Authenticode SHA-256 of a PE image, which is what firmware measures into PCR 4.

The image comes from a stranger and the parser is large, so it runs in a sandbox of its own, without network and
without a writable file, and may answer with one digest only. Specification: Windows Authenticode Portable Executable
Signature Format, "Calculating the PE Image Hash".
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

SECONDS: Final = 30
MEMORY: Final = 4 << 30  # bytes of address space
PARSER: Final = """
import sys, lief
lief.logging.disable()
image = lief.PE.parse(list(sys.stdin.buffer.read()))
print(bytes(image.authentihash(lief.PE.ALGORITHMS.SHA_256)).hex())
"""


def authenticode(image: Path) -> str | None:
    """The digest in hex; None for what is no PE image, or one that the parser could not take."""
    with image.open("rb", buffering=0) as file:  # the parser gets this very descriptor, so nothing may be read ahead
        if file.read(2) != b"MZ":
            return None
        file.seek(0)
        try:
            done = subprocess.run(_argv(), stdin=file, capture_output=True, timeout=SECONDS, cwd="/")
        except subprocess.TimeoutExpired:
            return None
    answer = done.stdout.decode(errors="replace").strip()
    return answer if done.returncode == 0 and re.fullmatch(r"[0-9a-f]{64}", answer) else None


def _argv() -> list[str]:
    sandbox = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    # Sockets below /run would be doors to this host's daemons even on a read-only mount.
    folders = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run", "--tmpfs", "/tmp"]
    bounds = ["prlimit", f"--as={MEMORY}", f"--cpu={SECONDS}", "--core=0", "--fsize=0", "--"]
    return [*sandbox, *folders, "--", *bounds, sys.executable, "-I", "-c", PARSER]
