"""A farm of real processes: Redis, web, dispatcher and workers, each of which a test may kill, stop and start again."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import urllib3

from farm import access, machines, repositories
from farm.access import Person, Scope
from farm.farm import Farm
from tests.conftest import ADMIN, open_farm, redis_server, wait_until

BOOTFARM = str(Path(sys.executable).with_name("bootfarm"))


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


_MACHINE = "guest=boot-"  # in the command line of QEMU that boots; libvirt also starts it to ask what it can do


class RunningFarm:
    """Use as a context manager. Everything is below one short folder, which is gone at the end."""

    def __init__(self, **settings: object) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bf-", dir="/tmp"))
        self.folder.chmod(0o711)  # QEMU may run as somebody else and must reach its files
        self.redis = redis_server(self.folder / "redis")
        self.url = f"http://127.0.0.1:{free_port()}"
        self.settings = settings
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.http = urllib3.PoolManager(retries=False)
        self.farm: Farm
        self.token = ""

    def __enter__(self) -> "RunningFarm":
        try:
            self.redis.start()
            self.farm = open_farm(
                self.folder / "home", self.redis.url, local_repositories=[self.folder], **self.settings
            )
            self._make_tokens()
            self.start("web", "web", "--port", self.url.rsplit(":", 1)[1])
            self.start("dispatcher", "dispatcher")
            wait_until("the web server answers", self._is_up, 60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.processes)):
            self.stop(name)
        self._end_machines()
        self.redis.kill()
        self.http.clear()
        if hasattr(self, "farm"):
            self._remove_warm_folders()
            self.farm.db.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_machines(self) -> None:
        """Of workers that a test killed and let nobody clean up after."""
        for process in self._running(_MACHINE):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def _remove_warm_folders(self) -> None:
        """Of the repositories of this test alone; the firmware's own stay warm."""
        cache = self.farm.settings.cache
        with self.farm.db.reading() as session:
            for known in repositories.repositories(session):
                mirror = self.farm.mirror(known.url).path.name
                doomed = [cache / "mirrors" / mirror, cache / "builds" / known.cache]
                for folder in doomed if known.cache != "self" else doomed[:1]:
                    shutil.rmtree(folder, ignore_errors=True)

    def _make_tokens(self) -> None:
        with self.farm.db.writing() as session:
            person = session.query(Person).filter_by(name=ADMIN).one()
            self.token = access.create_token(session, person, "test", [Scope.ADMIN])[1]
            worker = access.create_token(session, person, "worker", [Scope.WORKER])[1]
        (self.folder / "worker-token").write_text(worker)

    def environment(self) -> dict[str, str]:
        """What the farm's processes are told."""
        given = {key: value for key, value in os.environ.items() if not key.startswith("BOOTFARM_")}
        extra = {f"BOOTFARM_{key.upper()}": str(value) for key, value in self.settings.items()}
        return {
            **given,
            **extra,
            "BOOTFARM_HOME": str(self.folder / "home"),
            "BOOTFARM_URL": self.url,
            "BOOTFARM_TOKEN": self.token,
            "BOOTFARM_REDIS_URL": self.redis.url,
            "BOOTFARM_SECRET_KEY": "test-secret",
            "BOOTFARM_LOCAL_REPOSITORIES": json.dumps([str(self.folder)]),
            "BOOTFARM_WORKER_TOKEN_FILE": str(self.folder / "worker-token"),
        }

    def start(self, name: str, *arguments: str, wrapper: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start `bootfarm ...`, perhaps inside of another command, under a name of this test."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*wrapper, BOOTFARM, *arguments], env=self.environment(), stdout=log, stderr=log, cwd=self.folder
            )
        return self.processes[name]

    def start_worker(self, kind: str, name: str = "", concurrency: int = 2) -> subprocess.Popen[bytes]:
        """Start a worker and wait until the farm knows it."""
        name = name or f"{kind}er"
        run_dir = self.folder / f"run-{name}"
        started = self.start(
            name, "worker", "--kind", kind, "--lab", "local", "--name", name,
            "--run-dir", str(run_dir), "--state-dir", str(self.folder / "machines"), "--concurrency", str(concurrency),
        )  # fmt: skip
        wait_until(f"worker {name} says hello", lambda: self._is_alive(name), 60)
        return started

    def _is_alive(self, name: str) -> bool:
        if self.processes[name].poll() is not None:
            raise AssertionError(f"{name} ended: {self.log(name)[-2000:]}")
        return any(one["name"] == name and one["alive"] for one in self.get("/workers")["items"])

    def log(self, name: str) -> str:
        """What a process printed."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        """End a process and what it started, and wait for it."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self, name: str) -> None:
        """kill -9, of the web server's own processes too."""
        children = psutil.Process(self.processes[name].pid).children() if name == "web" else []
        self.stop(name, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()

    def _is_up(self) -> bool:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            return self.http.request("GET", f"{self.url}/api/v1/health").status == 200
        return False

    def call(self, method: str, path: str, body: object = None, status: int | None = None) -> Any:
        """One API call as the admin."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        answer = self.http.request(method, f"{self.url}/api/v1{path}", body=data, headers=headers)
        assert answer.status == status if status else answer.status < 400, f"{answer.status}: {answer.data[:2000]!r}"
        return answer.json() if answer.data else None

    def get(self, path: str) -> Any:
        """GET, as JSON."""
        return self.call("GET", path)

    def console(self, boot: str, stream: str = "serial", kind: str = "boots") -> bytes:
        """All bytes of a stream."""
        return bytes(self.http.request("GET", f"{self.url}/api/v1/{kind}/{boot}/log/{stream}").data)

    def download(self, url: str) -> bytes:
        """A file that the farm offers."""
        answer = self.http.request("GET", f"{self.url}{url}")
        assert answer.status == 200, answer.data[:2000]
        return bytes(answer.data)

    def add_machine(self, name: str, driver: str, **options: object) -> None:
        """Put a machine in service."""
        with self.farm.db.writing() as session:
            machines.add_machine(session, name=name, lab="local", driver=driver, options=options)  # type: ignore[arg-type]

    def add_repository(self, folder: Path, name: str, cache: str = "") -> None:
        """Make a repository below this farm's folder known."""
        with self.farm.db.writing() as session:
            repositories.add_repository(session, self.farm.url_policy, url=str(folder), name=name, cache=cache)

    def submit(self, repository: str, **body: object) -> Any:
        """Submit and give the submission."""
        return self.call("POST", "/submissions", {"repository": repository, **body}, 201)

    def verdict(self, submission: dict[str, Any], seconds: float = 120) -> Any:
        """Wait for a submission's end; its detail."""
        path = f"/submissions/{submission['id']}"
        try:
            wait_until(f"{submission['id']} is finished", lambda: self.get(path)["finished"], seconds, 0.1)
        except BaseException:
            for name in self.processes:
                print(f"----- {name}\n{self.log(name)[-3000:]}")
            raise
        return self.get(path)

    def boot(self, submission: dict[str, Any], seconds: float = 120) -> Any:
        """Wait for a submission's end; the detail of its first boot's last attempt."""
        return self.get(f"/boots/{self.verdict(submission, seconds)['boots'][0]['id']}")

    def machines_on(self) -> list[str]:
        """Command lines of this farm's virtual machines. libvirt also starts QEMU to ask what it can do."""
        return [_words(process) for process in self._running(_MACHINE)]

    def leftovers(self) -> list[str]:
        """Command lines of machines and of builds' sandboxes: all that could be left of this farm's jobs."""
        return self.machines_on() + [_words(process) for process in self._running("bwrap")]

    def _running(self, mark: str) -> list[psutil.Process]:
        """Processes of this farm's folder whose command line has a mark."""
        alive = (
            one for one in psutil.process_iter(["cmdline", "status"]) if one.info["status"] != psutil.STATUS_ZOMBIE
        )
        return [
            one for one in alive if mark in (words := " ".join(one.info["cmdline"] or ())) and str(self.folder) in words
        ]


def _words(process: psutil.Process) -> str:
    return " ".join(process.info["cmdline"])[:200]


@contextlib.contextmanager
def running_farm(**settings: object) -> Iterator[RunningFarm]:
    """A farm with a builder and a lab worker."""
    with RunningFarm(**settings) as farm:
        farm.start_worker("build", concurrency=1)
        farm.start_worker("boot")
        yield farm
