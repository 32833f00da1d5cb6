"""How a figure is printed, and what machine it was measured on."""

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence


def seconds(action: Callable[[], object]) -> float:
    """How long one call takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def report(name: str, unit: str, ours: Sequence[float], reference: Sequence[float] = (), *, goal: str = "") -> None:
    """One line: medians, spread, ratio, goal."""
    line = f"{name:44} {_spread(ours)} {unit:8}"
    if reference:
        ratio = statistics.median(ours) / statistics.median(reference)
        line += f"  reference {_spread(reference)}  ratio {ratio:6.2f}"
    print(line + (f"  goal {goal}" if goal else ""), flush=True)


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):12,.3f} ({min(values):,.3f} to {max(values):,.3f})"


def machine() -> str:
    """One line about where this runs: figures of other machines are other figures."""
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {qemu}, load before {load}"
