"""The driver "libvirt": a virtual machine made for one boot."""

import os
import shutil
from pathlib import Path
from typing import Final

from farm.wire import MachineDescription
from workers.machines.errors import HypervisorError, MediumFailed
from workers.machines.esp import EspMedium
from workers.machines.host import LabHost
from workers.machines.libvirt_connection import hypervisor
from workers.machines.libvirt_domain import DomainFiles, LibvirtOptions, Owner, domain_xml
from workers.machines.libvirt_power import LibvirtPower
from workers.machines.machine import Machine, Slot, read_options
from workers.machines.ovmf import FirmwareFiles, ovmf
from workers.machines.pipe_console import PipeConsole
from workers.machines.tpm.platform import PlatformTpm

# Whoever may describe machines must not have the worker, which may be root, hand any file of this host to a guest.
FIRMWARE_FOLDERS: Final = ("/usr/share/OVMF", "/usr/share/edk2", "/usr/share/qemu")
MORE_FOLDERS: Final = "BOOTFARM_FIRMWARE_FOLDERS"  # of the lab host's environment; separated by colons


def libvirt_machine(description: MachineDescription, slot: Slot, host: LabHost) -> Machine:
    """Compose the machine; its firmware variables and its TPM's state are fresh copies in the slot's folder."""
    options = read_options(description, LibvirtOptions)
    if options.tpm and shutil.which("swtpm_setup") is None:
        # Libvirt asks for it though it has nothing to set up here, and would speak of QEMU instead.
        raise HypervisorError("libvirt takes no TPM without swtpm_setup; on Debian: apt install swtpm-tools")
    firmware = _firmware(description.name, slot.firmware, options)
    tpm = PlatformTpm(host.tpm_states, description.name, slot.folder) if options.tpm else None
    files = DomainFiles(
        disk=slot.folder / "esp.img",
        console=slot.folder / "console",
        code=firmware.code,
        vars=slot.folder / "vars.fd",
        tpm=tpm.socket if tpm else None,
    )
    try:
        shutil.copyfile(firmware.vars, files.vars)
    except OSError as error:
        raise MediumFailed(f"fresh firmware variables could not be made: {error}") from error
    owner = Owner(host.lab, host.run_root)
    xml = domain_xml(slot.name, owner, files, options, qemu=host.qemu, accelerator=host.accelerator)
    console = PipeConsole(files.console)
    return Machine(
        power=LibvirtPower(hypervisor(host), slot.name, xml, console),
        console=console,
        medium=EspMedium(files.disk, slot.fetch, slot.files),
        tpm=tpm,
    )


def _firmware(machine: str, name: str, options: LibvirtOptions) -> FirmwareFiles:
    if name in options.firmwares:
        return _allowed(machine, options.firmwares[name])
    if name not in ("", "ovmf"):
        known = sorted({"ovmf", *options.firmwares})
        raise HypervisorError(f"machine {machine} has no firmware {name!r}; it has: {', '.join(known)}")
    return ovmf()


def _allowed(machine: str, firmware: FirmwareFiles) -> FirmwareFiles:
    """The same files by their real paths, so that what was checked is what is used."""
    named = [*FIRMWARE_FOLDERS, *filter(os.path.isabs, os.environ.get(MORE_FOLDERS, "").split(":"))]
    folders = [os.path.realpath(folder) for folder in named]
    code, variables = (Path(os.path.realpath(path)) for path in (firmware.code, firmware.vars))
    for path in (code, variables):
        if not any(path.is_relative_to(folder) for folder in folders):
            raise HypervisorError(
                f"machine {machine} has a firmware file {path} outside of the firmware folders {', '.join(named)}; "
                f"move it there, or name its folder in {MORE_FOLDERS} on the lab host"
            )
    return FirmwareFiles(code=code, vars=variables)
