"""Events of a log in words. What they say comes from the log, so it may be a lie: only the digests are measured."""

import struct
from uuid import UUID

from farm.evidence.event_log import LogEvent
from farm.evidence.results import Event

_LONGEST = 160
# TCG PC Client Platform Firmware Profile 1.06, table 27.
KINDS = {
    0x00000001: "POST code",
    0x00000003: "no action",
    0x00000004: "separator",
    0x00000005: "action",
    0x00000006: "event tag",
    0x00000007: "core root of trust",
    0x00000008: "firmware version",
    0x00000009: "microcode",
    0x0000000A: "platform configuration flags",
    0x0000000B: "table of devices",
    0x0000000C: "compact hash",
    0x0000000D: "initial program loader",
    0x0000000E: "loader data",
    0x0000000F: "non-host code",
    0x00000010: "non-host configuration",
    0x00000011: "non-host information",
    0x00000012: "boot devices omitted",
    0x80000001: "EFI variable of driver configuration",
    0x80000002: "EFI boot variable",
    0x80000003: "EFI boot services application",
    0x80000004: "EFI boot services driver",
    0x80000005: "EFI runtime services driver",
    0x80000006: "partition table",
    0x80000007: "EFI action",
    0x80000008: "firmware blob",
    0x80000009: "handoff tables",
    0x8000000A: "firmware blob",
    0x8000000B: "handoff tables",
    0x8000000C: "EFI boot variable",
    0x8000000D: "partition table",
    0x80000010: "hardware root of trust",
    0x800000E0: "EFI variable of authority",
    0x800000E1: "device firmware",
    0x800000E2: "device configuration",
}
_VARIABLES = (0x80000001, 0x80000002, 0x8000000C, 0x800000E0)
_IMAGES = (0x80000003, 0x80000004, 0x80000005)


def described(number: int, event: LogEvent) -> Event:
    """The event for people; `number` counts from 0 after the header."""
    kind = KINDS.get(event.kind, f"event 0x{event.kind:08x}")
    try:
        told = _told(event)
    except (struct.error, ValueError, IndexError):
        told = f"{len(event.data)} bytes that can't be read"
    told = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in told)
    words = f"{kind}: {told}" if told else kind
    return Event(number, event.pcr, kind, event.digest, words if len(words) <= _LONGEST else words[:_LONGEST] + "…")


def _told(event: LogEvent) -> str:
    data = event.data
    if event.kind in _VARIABLES:
        return _variable(data)
    if event.kind in _IMAGES:
        return _image(data)
    if event.kind in (0x00000005, 0x80000007, 0x00000001):
        return f'"{data.decode("ascii").rstrip(chr(0))}"'
    if event.kind == 0x00000008:
        return f'"{data.decode("utf-16-le").rstrip(chr(0))}"'
    if event.kind == 0x00000004:
        return "an error" if data == b"\1\0\0\0" else "the firmware is done, booting begins"
    if event.kind == 0x80000008:
        base, length = struct.unpack("<QQ", data)
        return f"{length} bytes at 0x{base:x}"
    if event.kind in (0x0000000D, 0x00000006):
        text = data.decode("ascii", "replace").rstrip(chr(0))
        return f'"{text}"' if text.isprintable() and text.isascii() else data[:40].hex()
    return ""


def _variable(data: bytes) -> str:
    """UEFI_VARIABLE_DATA (section 10.2.6)."""
    guid = UUID(bytes_le=data[:16])
    name_length, data_length = struct.unpack_from("<QQ", data, 16)
    if 32 + 2 * name_length + data_length != len(data):
        raise ValueError("lengths that do not add up")
    name = data[32 : 32 + 2 * name_length].decode("utf-16-le")
    value = data[32 + 2 * name_length :]
    shown = value.hex() if len(value) <= 8 else f"{len(value)} bytes"
    return f'"{name}" of {guid} = {shown or "nothing"}'


def _image(data: bytes) -> str:
    """UEFI_IMAGE_LOAD_EVENT (section 10.2.3): the path from which it came."""
    _, length, _, path_length = struct.unpack_from("<QQQQ", data)
    path = data[32:]
    if path_length != len(path):
        raise ValueError("a path length that is not that of the path")
    return _device_path(path) or f"{length} bytes in memory"


def _device_path(path: bytes) -> str:
    """The file, or the file of a firmware volume, that a device path ends in (UEFI 2.10, section 10.3)."""
    names = []
    at = 0
    while at + 4 <= len(path):
        kind, sub, size = struct.unpack_from("<BBH", path, at)
        node = path[at + 4 : at + size]
        if size < 4 or at + size > len(path):
            raise ValueError("a node beyond the end of the path")
        if (kind, sub) == (4, 4):
            names.append(node.decode("utf-16-le").rstrip("\0"))
        elif (kind, sub) == (4, 6):
            names.append(f"firmware file {UUID(bytes_le=node)}")
        at += size
    return " ".join(names)
