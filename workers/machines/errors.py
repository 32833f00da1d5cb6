"""What goes wrong on the farm's side of a machine, each error with the cause that it becomes in the outcome.

None of these is ever a verdict about the commit: all their causes are `infra`.
"""

from typing import ClassVar

from farm.wire import Cause


class MachineError(Exception):
    """A machine or its gear failed; the message is one sentence for the lab operator."""

    cause: ClassVar[Cause] = Cause.HYPERVISOR_ERROR


class HypervisorError(MachineError):
    """The hypervisor refused the machine, lost it, or can't be reached; or its description is wrong."""


class TpmFailed(MachineError):
    """The machine's own TPM could not be made, started or read, or the farm knows the machine by another."""


class PowerFailed(MachineError):
    """The machine could not be switched on or off."""

    cause = Cause.POWER_FAILED


class MediumFailed(MachineError):
    """The boot medium could not be made."""

    cause = Cause.MEDIUM_FAILED


class ConsoleLost(MachineError):
    """The connection to the console broke while the machine was on."""

    cause = Cause.CONSOLE_LOST
