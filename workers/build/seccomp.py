"""The system call filter of a sandbox, as the BPF program that bubblewrap takes.

A build needs no namespaces, mounts, keyrings, BPF or io_uring; these are where kernels have had their holes. Memory
files are refused because they are memory that no process appears to hold, so the supervisor could not count them.
Numbers: the kernel's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
"""

import platform
import struct
from typing import Final

# add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd, setns, unshare, mount, umount2, pivot_root,
# kexec_load, open_by_handle_at, then (same everywhere) io_uring_*, open_tree to fspick, mount_setattr.
_NEW: Final = (425, 426, 427, 428, 429, 430, 431, 432, 433, 442)
_X86: Final = (248, 249, 250, 321, 298, 323, 308, 272, 165, 166, 155, 246, 304, *_NEW)
_ARM: Final = (217, 218, 219, 280, 241, 282, 268, 97, 40, 39, 41, 104, 265, *_NEW)
_CLONE3: Final = 435  # its flags lie in memory, out of a filter's sight; libraries fall back to clone
_MEMFD_SECRET: Final = 447
# (audit architecture, denied, memfd_create, clone)
_TABLES: Final = {"x86_64": (0xC000003E, _X86, 319, 56), "aarch64": (0xC00000B7, _ARM, 279, 220)}
_NAMESPACE_FLAGS: Final = 0x7E020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET
_X32: Final = 0x40000000  # a second table of the same calls
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026


def program() -> bytes:
    """The filter for this machine, or nothing on an architecture that it does not know."""
    table = _TABLES.get(platform.machine())
    if table is None:
        return b""
    architecture, denied, memfd, clone = table
    tests = [(_AT_LEAST, _X32, _EPERM)]
    tests += [(_EQUAL, number, _EPERM) for number in denied]
    tests += [(_EQUAL, number, _ENOSYS) for number in (_CLONE3, memfd, _MEMFD_SECRET)]
    code = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _ENOSYS)]
    code.append((_LOAD, 0, 0, _NUMBER))
    for operation, value, answer in tests:
        code += [(operation, 0, 1, value), (_RETURN, 0, 0, answer)]
    code += [(_EQUAL, 1, 0, clone), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    code += [(_ANY_BIT, 0, 1, _NAMESPACE_FLAGS), (_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *line) for line in code)
