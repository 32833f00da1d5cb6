"""A machine, composed of drivers from its description."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from farm.wire import MachineDescription
from workers.machines.errors import HypervisorError
from workers.machines.host import LabHost
from workers.machines.protocols import BootMedium, Console, Power, Tpm

Options = TypeVar("Options", bound=BaseModel)


@dataclass(frozen=True)
class Slot:
    """What one boot brings to a machine. `folder` exists, is private to the boot, and goes away after it."""

    name: str  # "boot-<id>-<fence>"
    folder: Path
    fetch: Callable[[Path], None]  # puts the application at a path
    firmware: str = ""  # one of the machine's firmwares, "" for its default
    nonce: bytes = b""  # the verifier's, for the medium; empty for none
    files: Mapping[str, bytes] = field(default_factory=dict)  # for the boot medium, beside the application


@dataclass(frozen=True)
class Machine:
    """A machine's capabilities for one boot. Nothing has happened to it yet: entering the medium is the first act."""

    power: Power
    console: Console
    medium: BootMedium
    tpm: Tpm | None = None


Driver = Callable[[MachineDescription, Slot, LabHost], Machine]


def _libvirt(description: MachineDescription, slot: Slot, host: LabHost) -> Machine:
    # Imported here because libvirt is installed on lab hosts only, and scripted machines need none.
    from workers.machines.libvirt_machine import libvirt_machine

    return libvirt_machine(description, slot, host)


def _null(description: MachineDescription, slot: Slot, host: LabHost) -> Machine:
    from workers.machines.null import null_machine

    return null_machine(description, slot, host)


DRIVERS: Final[Mapping[str, Driver]] = {"libvirt": _libvirt, "null": _null}


def machine(description: MachineDescription, slot: Slot, host: LabHost) -> Machine:
    """The machine of a description, ready for one boot.

    Raises:
        HypervisorError: no such driver, or options that it does not take.
    """
    driver = DRIVERS.get(description.driver)
    if driver is None:
        known = ", ".join(DRIVERS)
        raise HypervisorError(f"machine {description.name} wants the driver {description.driver!r}; known: {known}")
    return driver(description, slot, host)


def read_options(description: MachineDescription, model: type[Options]) -> Options:
    """A driver's own options. Raises HypervisorError that names the first wrong one."""
    try:
        return model.model_validate(description.options)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise HypervisorError(f"machine {description.name}, option {where}: {first['msg']}") from error
