"""The process's connection to libvirt: one per URI, shared by all threads, opened again when it breaks.

The only place that imports libvirt, which is installed on lab hosts only.
"""

import json
import os
import threading
from collections.abc import Callable
from typing import Any, Final

import structlog

# libvirt reads this once, when it is imported. What it logs by itself is noise ("tainted", no dmidecode); what goes
# wrong reaches us as exceptions. An operator who hunts a fault in libvirt sets the variable.
os.environ.setdefault("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null")

import libvirt
import libvirt_qemu  # type: ignore[import-untyped]

from workers.machines import libvirt_embed
from workers.machines.errors import HypervisorError
from workers.machines.host import LabHost
from workers.machines.protocols import End

__all__ = ["Hypervisor", "hypervisor", "is_gone", "libvirt"]

Connection = Any  # libvirt.virConnect
Watcher = Callable[[End, bool], None]  # why a domain ends, and whether it has ended altogether

# QEMU's own words (QAPI ShutdownCause). libvirt's lifecycle event can't tell a guest's reset from its power-off.
_SHUTDOWN_REASONS: Final = {
    "guest-shutdown": End.POWERED_OFF,
    "guest-reset": End.RESET,
    "subsystem-reset": End.RESET,
    "guest-panic": End.CRASHED,
}
_STOPPED_DETAILS: Final = {
    libvirt.VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN: End.POWERED_OFF,
    libvirt.VIR_DOMAIN_EVENT_STOPPED_CRASHED: End.CRASHED,
}
_lock = threading.Lock()
_hypervisors: dict[str, "Hypervisor"] = {}
_event_loop: threading.Thread | None = None

log = structlog.get_logger()


def hypervisor(host: LabHost) -> "Hypervisor":
    """The one connection of this process to the host's libvirt."""
    with _lock:
        if host.uri not in _hypervisors:
            if not host.libvirt_uri:
                libvirt_embed.configure(host.embed_root)
            _hypervisors[host.uri] = Hypervisor(host.uri)
        return _hypervisors[host.uri]


def is_gone(error: Exception) -> bool:
    """Whether an error of libvirt says that the domain exists no more."""
    return isinstance(error, libvirt.libvirtError) and error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN


class Hypervisor:
    """A connection that tells each domain's watcher why it ended."""

    def __init__(self, uri: str) -> None:
        """Nothing is opened yet."""
        self.uri = uri
        self.embedded = "/embed" in uri
        self._open_lock = threading.Lock()
        self._connection: Connection = None
        self._watchers: dict[str, Watcher] = {}

    def connection(self) -> Connection:
        """A connection that works now.

        Raises:
            HypervisorError: libvirt can't be reached.
        """
        with self._open_lock:
            try:
                if self._connection is None or not self._connection.isAlive():
                    self._connection = self._open()
            except libvirt.libvirtError as error:
                raise HypervisorError(f"libvirt at {self.uri} can't be opened: {error}") from error
            return self._connection

    def warm_up(self, host: LabHost) -> None:
        """Let libvirt probe QEMU, which takes 4 s the first time on a host, and refuse what can't work.

        Raises:
            HypervisorError: libvirt or QEMU does not work; the message says why.
        """
        kind = "kvm" if host.accelerator == "kvm" else "qemu"
        try:
            self.connection().getDomainCapabilities(host.qemu, "x86_64", "q35", kind)
        except libvirt.libvirtError as error:
            raise HypervisorError(f"libvirt can't use {host.qemu}: {error}") from error

    def watch(self, name: str, watcher: Watcher) -> None:
        """From now on, tell `watcher` about the domain `name`, from libvirt's event thread."""
        self._watchers[name] = watcher

    def unwatch(self, name: str) -> None:
        """No longer."""
        self._watchers.pop(name, None)

    def _open(self) -> Connection:
        _run_event_loop()
        connection = libvirt.open(self.uri)
        connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._on_lifecycle, None)
        libvirt_qemu.qemuMonitorEventRegister(connection, None, "SHUTDOWN", self._on_shutdown, None)
        if not self.embedded:
            connection.setKeepAlive(5, 3)  # a daemon that hangs is found after 15 s
        log.info("libvirt.opened", uri=self.uri)
        return connection

    def _on_shutdown(
        self, _: Any, domain: Any, _event: str, _s: int, _us: int, details: str | None, _data: Any
    ) -> None:
        reason = json.loads(details or "{}").get("reason")
        self._tell(domain.name(), _SHUTDOWN_REASONS.get(reason, End.LOST), ended=False)

    def _on_lifecycle(self, _: Any, domain: Any, event: int, detail: int, data: Any) -> None:
        if event == libvirt.VIR_DOMAIN_EVENT_STOPPED:
            self._tell(domain.name(), _STOPPED_DETAILS.get(detail, End.LOST), ended=True)

    def _tell(self, name: str, end: End, *, ended: bool) -> None:
        watcher = self._watchers.get(name)
        if watcher is not None:
            watcher(end, ended)


def _run_event_loop() -> None:
    """Start libvirt's event loop, once per process; it must be registered before the first connection."""
    global _event_loop
    with _lock:
        if _event_loop is not None:
            return
        libvirt.virEventRegisterDefaultImpl()
        # Without this, libvirt prints every error that it also raises.
        libvirt.registerErrorHandler(lambda *_: None, None)
        _event_loop = threading.Thread(target=_dispatch_events, name="libvirt-events", daemon=True)
        _event_loop.start()


def _dispatch_events() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()
