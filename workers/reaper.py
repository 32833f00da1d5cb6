"""Ends what runs on a lab host without a lease: domains, QEMU and TPM processes, boot folders, libvirt's logs of them.

Only what carries this lab's and this run folder's mark is touched, so farms may share a host. What this process itself
boots is left alone, because its lease may be younger than the list that the farm sent. All is found again from the
host, so it works after a worker was killed: libvirt's embedded driver takes up the machines that it finds below its
root, and what it lost is found by the run folder on QEMU's command line.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

import psutil
import structlog

from farm.wire import LiveLeases
from workers.machines.host import QEMU, LabHost
from workers.machines.tpm.swtpm import SANDBOX

_NAME = re.compile(r"boot-\d+-\d+")
_PROGRAMS = (QEMU, SANDBOX)
_TERM_SECONDS = 3.0

log = structlog.get_logger()


def reap_one(host: LabHost, live: LiveLeases) -> list[str]:
    """Remove what is not leased; the names of the boots that something was removed of.

    Raises:
        HypervisorError: libvirt can't be reached; processes and folders were not looked at.
    """
    leased = set(live.boots)

    def is_stray(name: str) -> bool:
        return _NAME.fullmatch(name) is not None and name not in leased and name not in host.held

    reaped = {*_domains(host, is_stray), *_processes(host, is_stray), *_folders(host, is_stray)}
    _remove_logs(host, is_stray)
    if reaped:
        log.warning("reaper.reaped", boots=sorted(reaped))
    return sorted(reaped)


def _domains(host: LabHost, is_stray: Callable[[str], bool]) -> Iterator[str]:
    from workers.machines.libvirt_connection import hypervisor, is_gone, libvirt

    for domain in hypervisor(host).connection().listAllDomains():
        try:
            if is_stray(domain.name()) and _is_ours(host, domain.XMLDesc()):
                domain.destroy()
                yield domain.name()
        except libvirt.libvirtError as error:
            if not is_gone(error):
                log.error("reaper.domain_stays", domain=domain.name(), error=str(error))


def _is_ours(host: LabHost, xml: str) -> bool:
    from workers.machines.libvirt_domain import METADATA

    mark = ET.fromstring(xml).find(f"metadata/{{{METADATA}}}boot")
    return mark is not None and mark.get("lab") == host.lab and mark.get("run") == str(host.run_root)


def _processes(host: LabHost, is_stray: Callable[[str], bool]) -> Iterator[str]:
    """QEMU that libvirt knows nothing of (any more), and sandboxes of TPMs, with a file of a stray boot."""
    ours = re.compile(rf"{re.escape(str(host.run_root))}/({_NAME.pattern})/")
    for process in psutil.process_iter(["name", "cmdline", "status"]):
        # The kernel cuts the name at 15 bytes; psutil completes it where it may read the command line.
        name = (process.info["name"] or "-")[:15]
        if not any(program.startswith(name) for program in _PROGRAMS) or process.info["status"] == psutil.STATUS_ZOMBIE:
            continue
        found = ours.search(" ".join(process.info["cmdline"] or ()))
        if found and is_stray(found[1]):
            _end(process)
            yield found[1]


def _end(process: psutil.Process) -> None:
    """Terminate, then kill; a process that init has yet to reap counts as ended."""
    for signal in (process.terminate, process.kill):
        try:
            signal()
            process.wait(_TERM_SECONDS)
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            return
        else:
            return


def _folders(host: LabHost, is_stray: Callable[[str], bool]) -> Iterator[str]:
    for folder in host.run_root.glob("boot-*"):
        if is_stray(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
            yield folder.name


def _remove_logs(host: LabHost, is_stray: Callable[[str], bool]) -> None:
    for file in (host.embed_root / "log/qemu").glob("boot-*.log"):
        if is_stray(file.stem):
            file.unlink(missing_ok=True)
