"""Whether a file is a PE image, the only thing that UEFI firmware starts (UEFI specification, section 2.1.1)."""

import struct
from pathlib import Path
from typing import Final

_DOS_HEADER: Final = 64  # bytes; its last four say where the signature is (PE format, section "MS-DOS stub")
_SIGNATURE: Final = b"PE\0\0"


def is_pe_image(path: Path) -> bool:
    """By both signatures. Whether the rest of it holds is for the firmware to say, on the console."""
    with path.open("rb") as file:
        header = file.read(_DOS_HEADER)
        if len(header) < _DOS_HEADER or not header.startswith(b"MZ"):
            return False
        file.seek(struct.unpack_from("<I", header, _DOS_HEADER - 4)[0])
        return file.read(len(_SIGNATURE)) == _SIGNATURE
