"""What made-up machines said: consoles of the last boots, so that two of them can be compared."""

from farm.demo.shape import MadeUpMachine, Shape
from farm.demo.story import Image, Told, is_detour
from farm.states import Verdict

_KEPT = 18  # commits, from the last one back


def console(shape: Shape, machine: MadeUpMachine, commit: int, image: Image, what: Told) -> bytes:
    """The serial bytes of one boot; none of an older one, or without power."""
    if commit < shape.commits - _KEPT or what.verdict is Verdict.INFRA:
        return b""
    before = ["BdsDxe: loading Boot0001 from PciRoot(0x0)/Pci(0x3,0x0)", "starting Boot0001"]
    if is_detour(shape, machine, commit):
        before = [before[0], "Boot0001 failed, trying Boot0003", r"loading \EFI\BOOT\FALLBACK.EFI"]
    lines = [
        "made up by `bootfarm demo seed`: no machine said this",
        *before,
        f"runtime 0.4.2 {image.commit[:10]} at 0x{0x7E000000 + machine.number * 0x1000:x}",
        f"vTPM up, 24 PCRs, {31 + commit % 9}.{machine.number % 10} ms",
        "RUNTIME READY" if what.verdict is Verdict.PASS else "stopped",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()
