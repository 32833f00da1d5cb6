"""A boot medium for one boot: a raw disk image that is one FAT file system with the image as its default application.

The image has no partition table: firmware boots a removable medium's \\EFI\\BOOT\\BOOTX64.EFI from a bare FAT volume
as well (UEFI spec 2.10, sections 3.5.1.1 and 13.3). mtools makes it without root, mounts or loop devices.
"""

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from workers.machines.errors import MediumFailed
from workers.parser_sandbox import parse

DEFAULT_APPLICATION = "EFI/BOOT/BOOTX64.EFI"

_MIB = 1 << 20
_SPARE = 2 * _MIB  # for the FAT itself, folders, and what the application writes
_FAT32_FROM = 256 * _MIB  # below, mtools picks FAT12 or FAT16, whose tables are smaller
_TOOL_SECONDS = 120
# Neither the host's mtools settings nor its own sanity checks of old media may change the result.
_ENVIRONMENT = {"PATH": os.defpath, "MTOOLSRC": os.devnull, "MTOOLS_SKIP_CHECK": "1", "LC_ALL": "C"}


class EspMedium:
    """Makes `disk` from an application that `fetch` puts at the path it is given, and extra `files` by ESP path."""

    def __init__(self, disk: Path, fetch: Callable[[Path], None], files: Mapping[str, bytes] | None = None) -> None:
        """Nothing is fetched or written yet."""
        self._disk = disk
        self._fetch = fetch
        self._files = dict(files or {})

    def __enter__(self) -> None:
        """Fetch the application and write the disk.

        Raises:
            MediumFailed: mtools is missing, the disk is full, a file can't be read.
        """
        application = self._disk.with_suffix(".efi")
        try:
            self._fetch(application)
            self._write(application)
        except OSError as error:
            raise MediumFailed(f"the boot medium could not be made: {error}") from error
        finally:
            application.unlink(missing_ok=True)

    def read(self, name: str, limit: int) -> bytes | None:
        """A file that the machine left here; the file system is the machine's to damage, so it is parsed in a sandbox.

        Raises:
            MediumFailed: it can't be read, or is larger than `limit` bytes.
        """
        try:
            self._disk.chmod(0o644)  # QEMU may have made it its own, and inside of the sandbox nobody is root
            done = parse(["mcopy", "-i", "/disk", f"::{name}", "-"], files={"/disk": self._disk}, limit=limit + 1)
        except OSError as error:
            raise MediumFailed(f"the boot medium could not be read: {error}") from error
        if len(done.output) > limit:
            raise MediumFailed(f"the machine left a {name} of more than {limit} bytes on the boot medium")
        if done.status == 0:
            return done.output
        if "not found" in done.complaint:
            return None
        raise MediumFailed(f"the machine left no readable {name} on the boot medium: {done.complaint[:300]}")

    def __exit__(self, *_: object) -> None:
        """Remove the disk."""
        self._disk.unlink(missing_ok=True)

    def _write(self, application: Path) -> None:
        size = application.stat().st_size + sum(len(data) for data in self._files.values()) + _SPARE
        size = -(-size // _MIB) * _MIB
        with self._disk.open("wb") as disk:
            # Taken now, so that a full disk is an error here and not a torn write of the machine's later.
            os.posix_fallocate(disk.fileno(), 0, size)
        fat32 = ["-F"] if size >= _FAT32_FROM else []
        self._mtool("mformat", *fat32, "-v", "BOOTFARM", "::")
        names = (DEFAULT_APPLICATION, *self._files)
        # FAT tells no case apart, and a folder is made once.
        folders = {str(parent).upper(): str(parent) for name in names for parent in Path(name).parents}
        self._mtool("mmd", *(f"::{folder}" for folder in sorted(folders.values(), key=len) if folder != "."))
        self._mtool("mcopy", str(application), f"::{DEFAULT_APPLICATION}")
        for name, data in self._files.items():
            self._mtool("mcopy", "-", f"::{name}", given=data)

    def _mtool(self, tool: str, *arguments: str, given: bytes = b"") -> None:
        command = [tool, "-i", str(self._disk), *arguments]
        try:
            subprocess.run(
                command,
                env=_ENVIRONMENT,
                input=given,
                capture_output=True,
                timeout=_TOOL_SECONDS,
                check=True,
            )
        except FileNotFoundError as error:
            raise MediumFailed(f"{tool} is not installed; on Debian: apt install mtools") from error
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip()
            raise MediumFailed(f"{tool} failed with status {error.returncode}: {said}") from error
        except subprocess.TimeoutExpired as error:
            raise MediumFailed(f"{tool} did not end within {_TOOL_SECONDS} s") from error
