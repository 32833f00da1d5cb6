"""What attestation costs on firmware: both tiers under OVMF beside an empty application, our engine beside libtpms.

The boots take turns, since the machine's speed drifts. Times of operations are the application's own; power-on to
evidence is by this clock, from the start of QEMU to the line.
"""

import os
import re
import statistics
import subprocess
import time
from collections import defaultdict
from pathlib import Path

from bench.figures import report
from tests.efi_apps import build_app

RUNS = 5
FIRMWARE = Path(__file__).parent.parent / "firmware"
END, EMPTY = "---END CITADEL-ATTEST---", "BOOTFARM READY"
OPERATIONS = {"tpm-create-primary": "CreatePrimary", "tpm-quote": "Quote"}
GOALS = {"native": "<= 60", "pulley": "<= 300"}
_TIMING = re.compile(r"timing (\S+) (\d+) us")


def main() -> None:
    """Build, look at the sizes, boot in turn, and run the engine beside libtpms."""
    built = _shell("scripts/build.sh").split()
    citadel = next(Path(line) for line in built if line.endswith("/citadel-attest.efi"))
    report("citadel-attest.efi", "MB", [citadel.stat().st_size / 1e6], goal="<= 4")
    artifacts = Path(_shell(". scripts/toolchain.sh; echo $CARGO_TARGET_DIR/artifacts").strip())
    for target in ("pulley64", "native"):
        size = (artifacts / f"tpm.{target}.cwasm").stat().st_size
        report(f"TPM artifact, {target}", "MB", [size / 1e6], goal="<= 2")
    _boots(citadel)
    print(_shell(". scripts/toolchain.sh; choose_toolchain; $CARGO run -q --release -p tpm2-server --example bench"))


def _boots(citadel: Path) -> None:
    timings: dict[tuple[str, str], list[float]] = defaultdict(list)
    until: dict[str, list[float]] = defaultdict(list)
    empty = build_app("hello")
    for _ in range(RUNS):
        until["empty"].append(_boot(empty, EMPTY)[0])
        for tier in ("native", "pulley"):
            took, said = _boot(citadel, END, TIER=tier)
            until[tier].append(took)
            for name, microseconds in _TIMING.findall(said):
                timings[tier, name].append(int(microseconds) / 1000)
    for tier, goal in GOALS.items():
        report(f"Startup to evidence, {tier}", "ms", timings[tier, "attest"], goal=goal)
        report(f"power-on to evidence, {tier}, over an empty one", "s", until[tier], until["empty"])
    for name, word in OPERATIONS.items():
        report(
            f"{word}, pulley over native", "ms", timings["pulley", name], timings["native", name], goal="<= 25 times"
        )
    rest = {name for tier, name in timings if tier == "pulley"}
    for name in sorted(rest, key=lambda name: -statistics.median(timings["pulley", name])):
        report(f"  {name}, pulley over native", "ms", timings["pulley", name], timings["native", name])


def _boot(efi: Path, line: str, **settings: str) -> tuple[float, str]:
    """Seconds from the start of QEMU until a line, and the whole console."""
    began = time.perf_counter()
    environment = {**os.environ, "EFI": str(efi), **settings}
    argv = [FIRMWARE / "scripts/run-qemu.sh"]
    with subprocess.Popen(
        argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as qemu:
        assert qemu.stdout is not None
        said, took = "", 0.0
        for heard in qemu.stdout:
            said += heard
            if line in heard and not took:
                took = time.perf_counter() - began
    assert took, said[-2000:]
    return took, said


def _shell(command: str) -> str:
    return subprocess.run(
        ["bash", "-euc", command], cwd=FIRMWARE, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    main()
