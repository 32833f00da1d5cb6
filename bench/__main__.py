"""`make bench`: all benchmarks, or those named: `python -m bench overview control_plane`."""

import importlib
import sys

from bench.figures import machine

PARTS = (
    "chain",
    "console_store",
    "markers",
    "appraisal",
    "overview",
    "attest_page",
    "history",
    "live_tail",
    "control_plane",
    "boot_overhead",
    "firmware",
)


def main() -> None:
    """Run the parts in order; the slowest last."""
    chosen = sys.argv[1:] or PARTS
    if unknown := set(chosen) - set(PARTS):
        raise SystemExit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(PARTS)}.")
    print(machine())
    for part in chosen:
        print(f"\n{part}")
        importlib.import_module(f"bench.{part}").main()


if __name__ == "__main__":
    main()
