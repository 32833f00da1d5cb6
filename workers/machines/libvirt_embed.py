"""Settings of libvirt's embedded QEMU driver, which runs inside the worker and needs no daemon."""

import grp
import os
import pwd
import stat
from pathlib import Path

import structlog

# Firmware under test is code that nobody has vetted: when we are root, QEMU runs as the distribution's user for it.
_QEMU_USERS = ("libvirt-qemu", "qemu")  # Debian's and Fedora's
_KVM_GROUP = "kvm"

log = structlog.get_logger()


def configure(root: Path) -> None:
    """Write the driver's settings below `root`, before it is opened for the first time in this process."""
    for folder in (root, root / "etc"):
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    settings = [
        'stdio_handler = "file"',  # else it wants the daemon virtlogd
        'security_driver = "none"',
        "cgroup_controllers = []",  # else it wants systemd or delegated cgroups
        "namespaces = []",
        "remember_owner = 0",  # our files live for one boot; extended attributes would only get in the way
    ]
    if os.geteuid() == 0:
        user = _unprivileged_user() if _reachable(root) and _kvm_is_shared() else "root"
        group = "root" if user == "root" else _KVM_GROUP
        log.info("libvirt.qemu_user", user=user)
        settings += [f'user = "{user}"', f'group = "{group}"']
    (root / "etc/qemu.conf").write_text("\n".join(settings) + "\n")


def _unprivileged_user() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((user for user in _QEMU_USERS if user in known), "root")


def _reachable(root: Path) -> bool:
    """Whether another user can come to files below the run folder."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in root.resolve().parents)


def _kvm_is_shared() -> bool:
    """Whether the group for it may use /dev/kvm, or there is none.

    With a /dev/kvm that root alone may open and another user for QEMU, libvirt 9.0 was seen to probe QEMU again and
    again, 4 s each, and a machine took over a minute to start.
    """
    try:
        device = Path("/dev/kvm").stat()
        group = grp.getgrnam(_KVM_GROUP).gr_gid
    except FileNotFoundError:
        return True
    except KeyError:
        return False
    return device.st_gid == group and device.st_mode & 0o060 == 0o060
