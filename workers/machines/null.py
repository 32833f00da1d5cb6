"""A scripted machine: no QEMU, no medium, no firmware; it says what its options tell it to and ends as they say.

It is there to measure the control plane and to try farm and pages without virtualisation. Its verdicts say nothing
about any image, which it does not even fetch.

Options: `script`, a list of what it says: a string is a line; {"text": "..."} is text without a line end; {"base64":
"..."} is raw bytes; {"wait": seconds} is a pause. `end`: "powered off" (the default), "reset", "crashed", "lost", or
"never". An empty script ends at once. `files`: what it leaves on its medium, in base64 by name.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from farm.wire import MachineDescription
from workers.machines.errors import MediumFailed
from workers.machines.host import LabHost
from workers.machines.machine import Machine, Slot, read_options
from workers.machines.protocols import End


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Strict):
    """Text without a line end."""

    text: str


class Raw(_Strict):
    """Any bytes."""

    base64: Base64Bytes


class Wait(_Strict):
    """A pause in seconds."""

    wait: Annotated[float, Field(ge=0, le=3600)]


class NullOptions(_Strict):
    """See the module."""

    script: list[str | Text | Raw | Wait] = []
    files: dict[str, Base64Bytes] = {}
    end: Literal["powered off", "reset", "crashed", "lost", "never"] = "powered off"


class NullMachine:
    """Power and console of a scripted machine."""

    def __init__(self, options: NullOptions) -> None:
        """It is off at first."""
        self._options = options
        self._off = threading.Event()
        self._end: End | None = None
        self._on = False
        self._pauses_until = 0.0
        self._script: Iterator[str | Text | Raw | Wait] = iter(())

    def on(self) -> None:
        """Begin the script."""
        self._on = True
        self._script = iter(self._options.script)

    def off(self) -> None:
        """End the script."""
        if self._on:
            self._finish(End.SWITCHED_OFF)

    def is_on(self) -> bool:
        """Whether the script is being said."""
        return self._on

    def wait_off(self, timeout: float) -> End | None:
        """The end that the options name, once the script was read to its end."""
        self._off.wait(timeout)
        return self._end

    def read(self, timeout: float) -> bytes | None:
        """Say what comes next, up to the next pause."""
        deadline = time.monotonic() + timeout
        said = b""
        while self._on:
            until = min(self._pauses_until, deadline)
            if not said and until > time.monotonic():
                self._off.wait(until - time.monotonic())
            if self._pauses_until > time.monotonic():
                return said
            said += self._say_next()
        return said or None

    def _say_next(self) -> bytes:
        match next(self._script, None):
            case str() as line:
                return f"{line}\r\n".encode()
            case Text(text=text):
                return text.encode()
            case Raw(base64=raw):
                return raw
            case Wait(wait=seconds):
                self._pauses_until = time.monotonic() + seconds
            case None if self._options.end == "never":
                self._pauses_until = float("inf")
            case None:
                self._finish(End(self._options.end))
        return b""

    def _finish(self, end: End) -> None:
        self._on = False
        self._end = end
        self._off.set()


class NullMedium(nullcontext[None]):
    """Holds what the machine's options say that it leaves."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Made of nothing, so nothing is undone."""
        super().__init__()
        self._files = files

    def read(self, name: str, limit: int) -> bytes | None:
        """One of the options' files."""
        found = self._files.get(name)
        if found is not None and len(found) > limit:
            raise MediumFailed(f"the machine left a {name} of more than {limit} bytes on the boot medium")
        return found


def null_machine(description: MachineDescription, slot: Slot, host: LabHost) -> Machine:
    """The driver "null"."""
    options = read_options(description, NullOptions)
    scripted = NullMachine(options)
    return Machine(power=scripted, console=scripted, medium=NullMedium(options.files))
