"""The driver "libvirt": a virtual machine made for one boot."""

import shutil

from farm.wire import MachineDescription
from workers.machines.errors import HypervisorError, MediumFailed
from workers.machines.esp import EspMedium
from workers.machines.host import LabHost
from workers.machines.libvirt_connection import hypervisor
from workers.machines.libvirt_domain import DomainFiles, LibvirtOptions, Owner, domain_xml
from workers.machines.libvirt_power import LibvirtPower
from workers.machines.machine import Machine, Slot, read_options
from workers.machines.ovmf import FirmwareFiles, ovmf
from workers.machines.socket_console import SocketConsole


def libvirt_machine(description: MachineDescription, slot: Slot, host: LabHost) -> Machine:
    """Compose the machine; its firmware variables are a fresh copy in the slot's folder."""
    options = read_options(description, LibvirtOptions)
    firmware = _firmware(description.name, slot.firmware, options)
    files = DomainFiles(
        disk=slot.folder / "esp.img",
        console=slot.folder / "console.sock",
        code=firmware.code,
        vars=slot.folder / "vars.fd",
    )
    try:
        shutil.copyfile(firmware.vars, files.vars)
    except OSError as error:
        raise MediumFailed(f"fresh firmware variables could not be made: {error}") from error
    owner = Owner(host.lab, host.run_root)
    xml = domain_xml(slot.name, owner, files, options, qemu=host.qemu, accelerator=host.accelerator)
    console = SocketConsole(files.console)
    return Machine(
        power=LibvirtPower(hypervisor(host), slot.name, xml, console),
        console=console,
        medium=EspMedium(files.disk, slot.fetch),
    )


def _firmware(machine: str, name: str, options: LibvirtOptions) -> FirmwareFiles:
    if name in options.firmwares:
        return options.firmwares[name]
    if name not in ("", "ovmf"):
        known = sorted({"ovmf", *options.firmwares})
        raise HypervisorError(f"machine {machine} has no firmware {name!r}; it has: {', '.join(known)}")
    return ovmf()
