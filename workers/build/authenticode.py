"""The Authenticode SHA-256 of a PE image, which is what firmware measures into PCR 4.

The image comes from a stranger and the parser is large, so it runs in a sandbox of its own, without network, without a
writable file, and with no other file of the host than its own program and the image. It may answer with one digest
only. Specification: Windows Authenticode Portable Executable Signature Format, "Calculating the PE Image Hash".
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from workers.build.sandbox import system_folders

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
            done = subprocess.run(_argv(PARSER), stdin=file, capture_output=True, timeout=SECONDS, cwd="/")
        except subprocess.TimeoutExpired:
            return None
    answer = done.stdout.decode(errors="replace").strip()
    return answer if done.returncode == 0 and re.fullmatch(r"[0-9a-f]{64}", answer) else None


def _argv(program: str) -> list[str]:
    sandbox = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    folders = [*system_folders(), "--dev", "/dev", "--proc", "/proc"]
    prefixes = (sys.base_prefix, sys.prefix)
    for prefix in dict.fromkeys((*map(os.path.realpath, prefixes), *prefixes)):
        if prefix != "/usr":
            folders += ["--ro-bind", prefix, prefix]
    bounds = ["prlimit", f"--as={MEMORY}", f"--cpu={SECONDS}", "--core=0", "--fsize=0", "--"]
    return [*sandbox, *folders, "--remount-ro", "/", "--", *bounds, sys.executable, "-I", "-c", program]
