"""Where this host keeps OVMF, the firmware of virtual machines."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from workers.machines.errors import HypervisorError

# Builds without secure boot, as Debian, Fedora and Arch install them.
_KNOWN = (
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
)


class FirmwareFiles(BaseModel):
    """One firmware: read-only code and the template of its variables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Path
    vars: Path


def ovmf() -> FirmwareFiles:
    """The host's own OVMF. Raises HypervisorError when it is not installed."""
    for code, variables in _KNOWN:
        if Path(code).exists():
            return FirmwareFiles(code=Path(code), vars=Path(variables))
    raise HypervisorError("OVMF is not installed; on Debian: apt install ovmf")
