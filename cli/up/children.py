"""Which processes an embedded farm has, and what each is told."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cli
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.up.ground import LAB
from cli.up.supervisor import ChildSpec

REDIS = "redis"
BUILDER, BOOTER = "up-build", "up-boot"  # names of the workers
_REDIS_MEMORY = "64mb"  # ids only: a million messages would need less
_MACHINES_AT_ONCE = 2
_WEB_THREADS = 64


@dataclass(frozen=True)
class Place:
    """Where an embedded farm lives."""

    home: Path
    run_dir: Path
    host: str
    port: int
    url: str
    local_repositories: tuple[Path, ...]

    @property
    def redis_socket(self) -> Path:
        """Redis listens here and nowhere else."""
        return self.run_dir / "redis.sock"

    @property
    def redis_url(self) -> str:
        """As Celery names it."""
        return f"redis+socket://{self.redis_socket}"

    @property
    def worker_token(self) -> Path:
        """The file with the workers' token."""
        return self.home / "worker-token"

    def log(self, name: str) -> Path:
        """A child's log."""
        return self.home / "logs" / f"{name}.log"


def redis(place: Place) -> ChildSpec:
    """A queue of this farm alone; nothing is kept, since SQL has the truth.

    Raises:
        CliError: it is not installed.
    """
    program = shutil.which("redis-server", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if program is None:
        raise CliError(
            "redis-server is not installed.",
            "On Debian: `apt install redis-server`; `make setup` does.",
            ExitCode.USAGE,
        )
    options = {
        "port": "0",
        "unixsocket": str(place.redis_socket),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "maxmemory": _REDIS_MEMORY,
        "maxmemory-policy": "noeviction",
        "dir": str(place.run_dir),
        "daemonize": "no",
        # A title is written over the environment, by which the guardian knows its own.
        "set-proc-title": "no",
    }
    argv = [program, *(word for name, value in options.items() for word in (f"--{name}", value))]
    return ChildSpec(REDIS, tuple(argv), _environment(place), place.log(REDIS), rank=0)


def servers(place: Place, libvirt_uri: str) -> Iterator[ChildSpec]:
    """What needs Redis: the dispatcher, the web server, and then the workers."""
    web = ("web", "--host", place.host, "--port", str(place.port), "--threads", str(_WEB_THREADS))
    yield _ours(place, "dispatcher", ("dispatcher",), rank=1)
    yield _ours(place, "web", web, rank=1)
    yield _ours(place, "worker-build", _worker(place, "build", BUILDER, 1), rank=2)
    boot = _worker(place, "boot", BOOTER, _MACHINES_AT_ONCE)
    yield _ours(place, "worker-boot", (*boot, *(("--libvirt-uri", libvirt_uri) if libvirt_uri else ())), rank=2)


def _worker(place: Place, kind: str, name: str, concurrency: int) -> tuple[str, ...]:
    # Sockets need a short path; checkouts and what builds make need a disk, which a runtime folder often is not.
    run_dir = place.run_dir / kind if kind == "boot" else place.home / "builds"
    told = ("--kind", kind, "--lab", LAB, "--name", name, "--run-dir", str(run_dir))
    state = ("--state-dir", str(place.home / "machines"))
    return ("worker", *told, *state, "--concurrency", str(concurrency))


def _ours(place: Place, name: str, arguments: tuple[str, ...], rank: int) -> ChildSpec:
    # -P: the current folder may be a checkout with packages of the same names, which are then somebody else's code.
    argv = (sys.executable, "-P", "-m", "cli.main", *arguments)
    return ChildSpec(name, argv, _environment(place), place.log(name), rank)


def _environment(place: Place) -> dict[str, str]:
    """Ours, the farm's settings, and the run folder by which the guardian knows its own."""
    packages = str(Path(cli.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (packages, os.environ.get("PYTHONPATH"))))
    told = {
        "BOOTFARM_HOME": str(place.home),
        "BOOTFARM_URL": place.url,
        "BOOTFARM_REDIS_URL": place.redis_url,
        "BOOTFARM_LOCAL_REPOSITORIES": json.dumps([str(folder) for folder in place.local_repositories]),
        "BOOTFARM_WORKER_TOKEN_FILE": str(place.worker_token),
        "BOOTFARM_RUN_DIR": str(place.run_dir),
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
    }
    kept = {name: value for name, value in os.environ.items() if name not in ("BOOTFARM_TOKEN", "PYTHONSAFEPATH")}
    return kept | told
