"""The libvirt domain of one boot: the slimmest virtual machine that boots firmware (architecture.md section 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

from pydantic import BaseModel, ConfigDict, Field

from workers.machines.accelerator import Accelerator
from workers.machines.ovmf import FirmwareFiles

METADATA = "urn:bootfarm:boot:1"  # namespace of the element that says whose domain it is

Attributes = Mapping[str, str]


class LibvirtOptions(BaseModel):
    """Options of a machine with the driver "libvirt".

    The firmware "" is the host's own OVMF unless named here; files must lie in the lab host's firmware folders.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_mib: Annotated[int, Field(ge=64, le=1 << 20)] = 256
    vcpus: Annotated[int, Field(ge=1, le=255)] = 1
    firmwares: dict[str, FirmwareFiles] = {}
    tpm: bool = True  # without one, no evidence of this machine is bound to it


@dataclass(frozen=True)
class DomainFiles:
    """The files of one boot; all but `code` belong to it alone."""

    disk: Path
    console: Path  # the pipes `.in` and `.out` are beside it
    code: Path
    vars: Path
    tpm: Path | None = None  # the socket by which QEMU controls the machine's TPM


@dataclass(frozen=True)
class Owner:
    """Whose domain it is: the reaper of this lab and run folder may end it, nobody else's."""

    lab: str
    run_root: Path


def domain_xml(
    name: str, owner: Owner, files: DomainFiles, options: LibvirtOptions, *, qemu: str, accelerator: Accelerator
) -> str:
    """The description that libvirt takes. Sources: libvirt.org/formatdomain.html."""
    ET.register_namespace("bootfarm", METADATA)
    domain = ET.Element("domain", type="kvm" if accelerator == "kvm" else "qemu")
    _add(domain, "name", text=name)
    metadata = _add(domain, "metadata")
    _add(metadata, f"{{{METADATA}}}boot", {"lab": owner.lab, "run": str(owner.run_root)})
    _add(domain, "memory", {"unit": "MiB"}, str(options.memory_mib))
    _add(domain, "vcpu", text=str(options.vcpus))
    system = _add(domain, "os")
    _add(system, "type", {"arch": "x86_64", "machine": "q35"}, "hvm")
    _add(system, "loader", {"readonly": "yes", "type": "pflash"}, str(files.code))
    _add(system, "nvram", text=str(files.vars))
    features = _add(domain, "features")
    _add(features, "acpi")
    _add(features, "apic")
    _add(features, "smm", {"state": "off"})
    if accelerator == "kvm":
        _add(domain, "cpu", {"mode": "host-passthrough"})
    for what in ("on_poweroff", "on_reboot", "on_crash"):
        _add(domain, what, text="destroy")
    _add_devices(domain, files, qemu)
    return ET.tostring(domain, encoding="unicode")


def _add_devices(domain: ET.Element, files: DomainFiles, qemu: str) -> None:
    devices = _add(domain, "devices")
    _add(devices, "emulator", text=qemu)
    disk = _add(devices, "disk", {"type": "file", "device": "disk"})
    # The disk dies with the boot: nothing on it has to survive a crash of this host.
    _add(disk, "driver", {"name": "qemu", "type": "raw", "cache": "unsafe"})
    _add(disk, "source", {"file": str(files.disk)})
    _add(disk, "target", {"dev": "vda", "bus": "virtio"})
    _add(disk, "boot", {"order": "1"})
    _add(devices, "controller", {"type": "usb", "model": "none"})
    _add(devices, "memballoon", {"model": "none"})
    rng = _add(devices, "rng", {"model": "virtio"})
    _add(rng, "backend", {"model": "random"}, "/dev/urandom")
    if files.tpm is not None:
        tpm = _add(devices, "tpm", {"model": "tpm-crb"})
        backend = _add(tpm, "backend", {"type": "external"})
        _add(backend, "source", {"type": "unix", "mode": "connect", "path": str(files.tpm)})
    serial = _add(devices, "serial", {"type": "pipe"})
    # QEMU opens it before it runs the first instruction, so there is no byte that nobody hears.
    _add(serial, "source", {"path": str(files.console)})
    _add(serial, "target", {"port": "0"})


def _add(parent: ET.Element, tag: str, attributes: Attributes | None = None, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, tag, dict(attributes or {}))
    child.text = text
    return child
