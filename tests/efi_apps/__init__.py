"""Tiny EFI applications, each one way in which firmware behaves; assembled by nasm, no toolchain needed."""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from farm.settings import default_cache

_SOURCES = Path(__file__).parent
# A folder of the user's own: in /tmp anybody could have made one of this name before, and what is in it is booted.
_BUILT = default_cache() / "efi-apps"


@cache
def build_app(name: str) -> Path:
    """The PE image of `<name>.asm`. Raises RuntimeError when nasm is missing or refuses the source."""
    nasm = shutil.which("nasm")
    if nasm is None:
        raise RuntimeError("nasm is not installed; on Debian: apt install nasm")
    _BUILT.mkdir(parents=True, mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_BUILT) as folder:
        image = Path(folder) / f"{name}.efi"
        command = [nasm, "-f", "bin", "-w+error", "-I", f"{_SOURCES}/", "-o", str(image), f"{_SOURCES / name}.asm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"nasm refused {name}.asm: {done.stderr}")
        return image.replace(_BUILT / image.name)
