"""How many tasks live in a sandbox and what they use, from /proc; needs no cgroup and no privilege."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = os.sysconf("SC_PAGE_SIZE")
TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Census:
    """Sums over a process and all its descendants."""

    tasks: int  # threads included
    resident: int  # bytes; pages that processes share count once for each
    cpu_seconds: float  # of the living, and of their children that were waited for


@dataclass(frozen=True)
class _Process:
    parent: int
    threads: int
    resident: int
    cpu: float


def _process(pid: str) -> _Process | None:
    try:
        text = Path("/proc", pid, "stat").read_text(errors="replace")
    except OSError:
        return None  # it ended meanwhile
    field = text[text.rindex(")") + 2 :].split()  # the name before may hold anything, even ") R 1"
    cpu = sum(int(n) for n in field[11:15]) / TICKS
    return _Process(int(field[1]), int(field[17]), int(field[21]) * PAGE, cpu)


def census(root: int) -> Census:
    """Count from the first process of a pid namespace: every orphan inside becomes its child, so none escapes."""
    processes = {int(pid): found for pid in os.listdir("/proc") if pid.isdigit() and (found := _process(pid))}
    children: dict[int, list[int]] = {}
    for pid, process in processes.items():
        children.setdefault(process.parent, []).append(pid)
    inside, todo = [], [root]
    while todo:
        pid = todo.pop()
        if pid in processes:
            inside.append(processes[pid])
            todo += children.get(pid, [])
    return Census(sum(p.threads for p in inside), sum(p.resident for p in inside), sum(p.cpu for p in inside))
