"""Boot media made and read with mtools."""

import subprocess
from pathlib import Path

from tests.conftest import tool

_MEBIBYTE = 1 << 20


def mtools(program: str, medium: Path, *arguments: str | Path, check: bool = True) -> bool:
    """Run one of mtools on a medium; whether it succeeded."""
    command = [tool(program, "mtools"), "-i", medium, *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0 or not check, done.stderr
    return done.returncode == 0


def read(medium: Path, name: str, folder: Path) -> bytes | None:
    """A file of a medium; none when it is not there."""
    copy = folder / "copy"
    return copy.read_bytes() if mtools("mcopy", medium, "-n", "-o", f"::/{name}", copy, check=False) else None


def full(efi: Path, nonce: Path, folder: Path) -> Path:
    """A medium with an application, a nonce and not one free cluster."""
    medium = folder / "full.img"
    with medium.open("wb") as file:
        file.truncate(24 * _MEBIBYTE)
    mtools("mformat", medium, "::")
    mtools("mmd", medium, "::/EFI", "::/EFI/BOOT")
    mtools("mcopy", medium, efi, "::/EFI/BOOT/BOOTX64.EFI")
    mtools("mcopy", medium, nonce, "::/citadel-nonce.bin")
    filler, size, number = folder / "filler", 8 * _MEBIBYTE, 0
    while size >= 512:
        filler.write_bytes(bytes(size))
        number += 1
        if not mtools("mcopy", medium, filler, f"::/filler{number}", check=False):
            mtools("mdel", medium, f"::/filler{number}", check=False)
            size //= 2
    return medium
