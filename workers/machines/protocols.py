"""What the boot procedure may ask of a machine. A driver implements one of these and knows nothing of the others."""

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol


class End(StrEnum):
    """Why a machine is off."""

    POWERED_OFF = "powered off"  # the software on it asked for it, with whatever status
    RESET = "reset"  # the software on it asked for a reset, or the processor did (triple fault)
    CRASHED = "crashed"  # the machine itself reported that its software is dead
    SWITCHED_OFF = "switched off"  # our own `off`
    LOST = "lost"  # somebody or something else ended it: not the software's doing


class Power(Protocol):
    """Switches a machine."""

    def on(self) -> None:
        """Start the machine.

        Raises:
            HypervisorError, PowerFailed: it did not start.
        """

    def off(self) -> None:
        """Return when the machine is off; harmless when it is off or was never on.

        Raises:
            PowerFailed: it may still be on.
        """

    def is_on(self) -> bool:
        """Whether the machine runs now."""

    def wait_off(self, timeout: float) -> End | None:
        """Why the machine is off, waiting at most `timeout` seconds (0 asks only); None while it is on."""


class Console(Protocol):
    """The bytes that a machine says, from its first one on."""

    def read(self, timeout: float) -> bytes | None:
        """The next bytes; empty when none came within `timeout` seconds; None after the last.

        Raises:
            ConsoleLost: the connection broke; the machine may go on unheard.
        """


class Tpm(AbstractContextManager[object], Protocol):
    """The machine's own TPM: entering makes it ready for this boot, leaving ends it.

    Raises:
        TpmFailed: on entering; nothing is left behind then.
    """

    public: bytes  # of the key that it attests with, a TPMT_PUBLIC; there once entered

    def pcrs(self) -> dict[int, bytes]:
        """The SHA-256 bank as the host reads it, once the machine is off; empty when it never was on.

        Raises:
            TpmFailed: it can't be read.
        """


class BootMedium(AbstractContextManager[object], Protocol):
    """What the machine boots from: entering prepares it, leaving removes it.

    Raises:
        MediumFailed: on entering; nothing is left behind then.
    """

    def read(self, name: str, limit: int) -> bytes | None:
        """A file of the root folder that the machine left there, None if there is none; once the machine is off.

        Raises:
            MediumFailed: it can't be read, or is larger than `limit` bytes.
        """
