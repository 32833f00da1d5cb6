"""What one build may use. Everything is bounded, because everything that a build runs was written by a stranger."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and counts. Wall time comes with the recipe, bounded by `wall_seconds`."""

    wall_seconds: float = 6 * 3600  # the longest that a plan may ask for
    fetch_seconds: float = 900
    cpu_seconds: float = 4 * 6 * 3600  # of all processes together
    memory: int = 8 << 30  # resident, of all processes together
    tasks: int = 1024  # processes and threads; rustc starts one per core and codegen unit
    file: int = 4 << 30  # one file
    disk: int = 24 << 30  # source, target folder and output together
    files: int = 2_000_000  # in the same places
    tmp: int = 2 << 30  # /tmp, which is memory
    spare_disk: int = 1 << 30  # the host keeps at least this much free
    log_head: int = 16 << 20  # of the build's output, sent as it comes
    log_tail: int = 1 << 20  # of the rest, sent at the end
    log_flood: int = 256 << 20  # a build that prints more is ended
    artifact: int = 512 << 20
    artifacts: int = 64


def amount(size: int) -> str:
    """Bytes for people."""
    for unit, scale in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size} bytes"
