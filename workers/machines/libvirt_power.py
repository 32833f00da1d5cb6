"""Power of a virtual machine: its domain is created to switch it on and destroyed to switch it off."""

import threading
import time

from workers.machines.errors import HypervisorError, PowerFailed
from workers.machines.libvirt_connection import Hypervisor, is_gone, libvirt
from workers.machines.pipe_console import PipeConsole
from workers.machines.protocols import End

# How long after QEMU's death libvirt may take to say why; without a word it counts as lost.
_REASON_SECONDS = 3.0


class LibvirtPower:
    """The domain `name`, described by `xml`, whose QEMU writes to `console`."""

    def __init__(self, hypervisor: Hypervisor, name: str, xml: str, console: PipeConsole) -> None:
        """Nothing is created yet."""
        self._hypervisor = hypervisor
        self._name = name
        self._xml = xml
        self._console = console
        self._changed = threading.Condition()
        self._started = False
        self._switching_off = False
        self._end: End | None = None
        self._gone_at: float | None = None  # monotonic seconds

    def on(self) -> None:
        """Create the domain."""
        connection = self._hypervisor.connection()
        self._console.make()
        self._hypervisor.watch(self._name, self._note)
        self._started = True
        try:
            # Should this worker's connection to a libvirt daemon end, the machine ends with it. The embedded driver
            # can't do that; the reaper does it there.
            flags = 0 if self._hypervisor.embedded else libvirt.VIR_DOMAIN_START_AUTODESTROY
            connection.createXML(self._xml, flags)
        except libvirt.libvirtError as error:
            raise HypervisorError(f"libvirt could not start the machine: {error}") from error
        # QEMU's death is known by the end of its console. libvirt says so only after the process is reaped by init,
        # which it asks every 0.2 s, and init may take seconds.
        self._console.begin(self._process_ended)

    def off(self) -> None:
        """Destroy the domain unless QEMU has ended already, which makes libvirt forget the domain by itself."""
        if not self._started:
            return
        with self._changed:
            self._switching_off = True
        if self._gone_at is None:
            self._destroy()
        self._hypervisor.unwatch(self._name)
        self._console.close()
        self._started = False

    def is_on(self) -> bool:
        """Whether QEMU runs."""
        return self._started and self._gone_at is None

    def wait_off(self, timeout: float) -> End | None:
        """Why QEMU ended, as it told libvirt."""
        with self._changed:
            self._changed.wait_for(lambda: self._gone_at is not None and self._end is not None, timeout)
            if self._gone_at is None:
                return None
            if self._end is None and time.monotonic() > self._gone_at + _REASON_SECONDS:
                return End.LOST
            return self._end

    def _destroy(self) -> None:
        try:
            self._hypervisor.connection().lookupByName(self._name).destroy()
        except libvirt.libvirtError as error:
            if not is_gone(error):
                raise PowerFailed(f"libvirt could not end the machine: {error}") from error

    def _note(self, end: End, ended: bool) -> None:
        """Hear from libvirt. The first reason counts: after a guest's power-off libvirt also ends QEMU itself."""
        with self._changed:
            if self._end is None:
                self._end = End.SWITCHED_OFF if self._switching_off and end is End.LOST else end
            if ended:
                self._gone()
            self._changed.notify_all()

    def _process_ended(self) -> None:
        with self._changed:
            self._gone()
            self._changed.notify_all()

    def _gone(self) -> None:
        if self._gone_at is None:
            self._gone_at = time.monotonic()
