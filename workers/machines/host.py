"""The lab host: what all boots of one worker process share."""

import os
import shutil
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from workers.holds import Holds
from workers.machines.accelerator import Accelerator, decide
from workers.machines.errors import HypervisorError

# A unix socket's path holds 107 bytes, and libvirt's embedded driver appends up to 66 to the run root for its own.
_LONGEST_RUN_ROOT = 41
QEMU = "qemu-system-x86_64"


@dataclass
class LabHost:
    """One worker process's place on a lab host.

    `run_root` is a short absolute path that belongs to this worker process alone; boots have their folders in it.
    `cache` keeps what is slow to learn about the host. `state` keeps what machines are known by, for as long as they
    are machines; workers of one lab on one host share it. `libvirt_uri` is empty for the embedded driver, which needs
    no daemon; otherwise such as "qemu:///system". Raises ValueError when `run_root` is relative or too long.
    """

    lab: str
    run_root: Path
    cache: Path
    state: Path
    libvirt_uri: str = ""
    held: Holds = field(default_factory=Holds, repr=False)  # names of this process's boots, which the reaper spares
    _probing: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        """Check the run root and make the folders."""
        if not self.run_root.is_absolute() or len(os.fsencode(self.run_root)) > _LONGEST_RUN_ROOT:
            raise ValueError(
                f"the run folder {self.run_root} must be an absolute path of at most {_LONGEST_RUN_ROOT} bytes, "
                "because unix sockets are made in it"
            )
        # Others may pass through, so that an unprivileged QEMU reaches its files, but may not list.
        self.run_root.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.cache.mkdir(parents=True, exist_ok=True)

    @cached_property
    def qemu(self) -> str:
        """Path of QEMU. Raises HypervisorError when it is not installed."""
        path = shutil.which(QEMU)
        if path is None:
            raise HypervisorError(f"{QEMU} is not installed; on Debian: apt install qemu-system-x86")
        return path

    @property
    def accelerator(self) -> Accelerator:
        """How machines run here, "kvm" or "tcg"; the first ask on a host may take 5 s."""
        with self._probing:
            return self._accelerator

    @cached_property
    def _accelerator(self) -> Accelerator:
        return decide(self.qemu, self.cache / "accelerator.json")

    @property
    def tpm_states(self) -> Path:
        """Where the states of virtual machines' TPMs are, a folder for each machine."""
        return self.state / "tpm"

    @property
    def uri(self) -> str:
        """The libvirt connection of this host."""
        return self.libvirt_uri or f"qemu:///embed?root={self.embed_root}"

    @property
    def embed_root(self) -> Path:
        """Where the embedded driver keeps its state."""
        return self.run_root / "libvirt"

    def hold(self, name: str) -> AbstractContextManager[None]:
        """While inside, the boot `name` is this process's own to end; the reaper keeps off it."""
        return self.held.hold(name)

    def warm_up(self) -> None:
        """Do once what would slow the first boot: probe the accelerator, open libvirt, let it probe QEMU (4 s).

        Raises:
            HypervisorError: this host can't run virtual machines; the message says why.
        """
        from workers.machines.libvirt_connection import hypervisor

        hypervisor(self).warm_up(self)
