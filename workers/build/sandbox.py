"""The command line of one sandbox: what a build sees of this host, which is a toolchain and its own folders."""

import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from workers.build.limits import Limits
from workers.parser_sandbox import system_folders

# Uids that a sandbox gets when the worker is root: root itself is bound neither by file modes nor by RLIMIT_NPROC.
# One uid per cache, so that two builds that run at once share no process count.
FIRST_UID: Final = 40000
UIDS: Final = 10000
PLAIN_UID: Final = 1000  # as seen inside when the worker is a plain user; outside it is the worker's own

ETC: Final = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "ssl/certs", "ssl/openssl.cnf")
ETC_NETWORK: Final = ("resolv.conf", "nsswitch.conf", "hosts", "gai.conf")
SHM: Final = 256 << 20  # bytes
# Descriptor 0, because dash knows none of two digits; the task gets an empty input in its place.
ANNOUNCED: Final = ("/bin/sh", "-c", 'printf . >&0 && exec </dev/null && exec "$0" "$@"')


@dataclass(frozen=True)
class Bind:
    """A folder or file of the host, seen at `target`."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True)
class Task:
    """One command to run in a sandbox."""

    argv: tuple[str, ...]
    cwd: str
    binds: tuple[Bind, ...]
    env: dict[str, str] = field(default_factory=dict)
    network: bool = False


def uid_for(cache: str) -> int | None:
    """The uid on the host that owns what a build of this cache writes; None when it is the worker's own."""
    return FIRST_UID + zlib.crc32(cache.encode()) % UIDS if os.geteuid() == 0 else None


def write_accounts(folder: Path, uid: int | None) -> None:
    """The passwd and group of the sandbox, with one user."""
    number = PLAIN_UID if uid is None else uid
    for name, line in (("passwd", f"builder:x:{number}:{number}::/tmp:/bin/sh\n"), ("group", f"builder:x:{number}:\n")):
        (folder / name).write_text(line)
        (folder / name).chmod(0o644)


def command_line(
    task: Task, limits: Limits, uid: int | None, accounts: Path, info: int, seccomp: int | None
) -> list[str]:
    """Bubblewrap and its options; `info` and `seccomp` are descriptors that it inherits, as is standard input.

    A byte comes out of standard input, which must be the writing end of a pipe, when the sandbox stands and before the
    task begins: only then is a failure the task's.
    """
    argv = ["bwrap", "--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-pid", "--unshare-uts"]
    argv += ["--unshare-cgroup-try", "--hostname", "build", "--info-fd", str(info)]
    if uid is None:
        argv += ["--unshare-user", "--uid", str(PLAIN_UID), "--gid", str(PLAIN_UID)]
    if not task.network:
        argv.append("--unshare-net")
    argv.append("--clearenv")
    for name, value in sorted(task.env.items()):
        argv += ["--setenv", name, value]
    argv += [*_system(task.network), *_private(limits, accounts)]
    for bind in task.binds:
        argv += ["--bind" if bind.writable else "--ro-bind", str(bind.source), bind.target]
    argv += ["--remount-ro", "/", "--chdir", task.cwd]
    if seccomp is not None:
        argv += ["--seccomp", str(seccomp)]
    return [*argv, "--", *_dropped(uid), *_bounded(limits), *ANNOUNCED, *task.argv]


def _system(network: bool) -> list[str]:
    argv = system_folders()
    for name in ("/etc", "/etc/ssl", "/cache"):  # else made on the way, for root's eyes only
        argv += ["--perms", "0755", "--dir", name]
    for name in ETC + (ETC_NETWORK if network else ()):
        argv += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return argv


def _private(limits: Limits, accounts: Path) -> list[str]:
    """Every writable place is either bounded here or measured by the supervisor."""
    return [
        *("--proc", "/proc", "--dev", "/dev"),
        *("--size", str(SHM), "--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        *("--size", str(limits.tmp), "--perms", "1777", "--tmpfs", "/tmp"),
        *("--ro-bind", str(accounts / "passwd"), "/etc/passwd", "--ro-bind", str(accounts / "group"), "/etc/group"),
    ]


def _dropped(uid: int | None) -> list[str]:
    if uid is None:
        return []
    ids = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    return ["setpriv", *ids, "--bounding-set=-all", "--inh-caps=-all", "--"]


def _bounded(limits: Limits) -> list[str]:
    """Set inside, where RLIMIT_NPROC counts the sandbox's tasks and not everything its user runs on this host."""
    cpu = int(limits.cpu_seconds) + 1
    # Twice the supervisor's bound: a build that forks without end is stopped by the kernel and named by the supervisor.
    bounds = [f"--nproc={2 * limits.tasks}", f"--fsize={limits.file}", f"--cpu={cpu}", "--core=0", "--nofile=4096"]
    return ["prlimit", *bounds, "--"]
