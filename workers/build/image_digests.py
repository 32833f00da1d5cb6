"""The two digests by which an EFI image is known beside its file's own.

- Authenticode SHA-256: what firmware measures into PCR 4. Specification: Windows Authenticode Portable Executable
  Signature Format, "Calculating the PE Image Hash".
- Image digest: SHA-256 over the image as it runs, which the application measures into PCR 10. Each section that is not
  writable, in the order of the headers, over its VirtualSize: the file's bytes, cut or filled with zeros; base
  relocations do not matter, since the application takes them back (firmware.md section 7).

The image comes from a stranger, so it is parsed in a sandbox.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workers.parser_sandbox import parse, python

# What a section may claim to be in memory; more would only fill the digest with zeros.
LARGEST_SECTION: Final = 1 << 30
PARSER: Final = f"""
import hashlib, sys, lief
lief.logging.disable()
image = lief.PE.parse(list(sys.stdin.buffer.read()))
running = hashlib.sha256()
for section in image.sections:
    if not section.characteristics & 0x80000000:  # IMAGE_SCN_MEM_WRITE
        assert section.virtual_size <= {LARGEST_SECTION}
        running.update(bytes(section.content)[:section.virtual_size].ljust(section.virtual_size, b"\\0"))
print(bytes(image.authentihash(lief.PE.ALGORITHMS.SHA_256)).hex(), running.hexdigest())
"""
_ANSWER: Final = re.compile(r"([0-9a-f]{64}) ([0-9a-f]{64})")


@dataclass(frozen=True)
class ImageDigests:
    """In hex; None for what is no PE image, or one that the parser could not take."""

    authenticode: str | None = None
    running: str | None = None


def image_digests(image: Path) -> ImageDigests:
    """Both digests of a file."""
    with image.open("rb", buffering=0) as file:  # the parser gets this very descriptor, so nothing may be read ahead
        if file.read(2) != b"MZ":
            return ImageDigests()
        file.seek(0)
        done = parse(python(PARSER), stdin=file, limit=1000)
    answer = _ANSWER.fullmatch(done.output.decode(errors="replace").strip())
    return ImageDigests(answer[1], answer[2]) if done.status == 0 and answer else ImageDigests()
