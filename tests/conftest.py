"""What tests of all rooms share: real databases, a real Redis, and farms over them. A missing tool is an error."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from redis.exceptions import RedisError

from farm import access, machines, repositories, schema
from farm.access import Caller, Scope
from farm.farm import Farm
from farm.settings import Settings
from tests.farm.made_up import made_up
from tests.template_databases import migrated_url, postgresql_template, sqlite_template

# Fixtures of all rooms, which pytest finds by their names here.
__all__ = ["made_up", "migrated_url", "postgresql_template", "sqlite_template"]
NOT_INSTALLED = "{} is not installed; `make setup` installs all that tests need (Debian package {})"
ADMIN = "ada"


def pytest_configure() -> None:
    """Whoever runs the tests in the background makes them deaf to Ctrl-C, and so all programs that they start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def tool(name: str, package: str) -> str:
    """The path of a program that a test needs."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if found is None:
        pytest.fail(NOT_INSTALLED.format(name, package), pytrace=False)
    return found


def wait_until(what: str, is_so: Callable[[], object], seconds: float = 20.0, every: float = 0.05) -> None:
    """Wait for a condition with a deadline."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(every)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of this test run alone, on a socket."""
    with redis_server(tmp_path_factory.mktemp("r") / "s") as url:
        yield url


class redis_server:
    """A redis-server process on a unix socket; `kill` and `start` make it lose everything."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.url = f"redis+socket://{socket}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        self.start()
        return self.url

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        program = tool("redis-server", "redis-server")
        argv = [program, "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, cwd=self.socket.parent)
        client = Redis(unix_socket_path=str(self.socket))

        def answers() -> bool:
            try:
                return bool(client.ping())
            except RedisError:
                return False

        wait_until("redis answers", answers)
        client.close()

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of this test run alone."""
    with postgresql_server() as url:
        yield url


@contextmanager
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server on a socket, its data gone at the end; PostgreSQL refuses to run as root."""
    folder = Path("/tmp") / f"bootfarm-pg-{os.getpid()}"
    folder.mkdir(mode=0o700)
    data, as_user = folder / "data", []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = [tool("setpriv", "util-linux"), "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not newest:
        pytest.fail(NOT_INSTALLED.format("postgres", "postgresql"), pytrace=False)
    programs = newest[-1].parent
    initdb: list[str | Path] = [programs / "initdb", "-D", data, "-U", "farm", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*as_user, *initdb], check=True, stdout=subprocess.DEVNULL, cwd="/")
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*as_user, programs / "postgres", "-D", data, *options], stderr=log, cwd="/")

    def answers() -> bool:
        try:
            psycopg.connect(host=str(folder), user="farm", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    try:
        wait_until("PostgreSQL answers", answers)
        yield f"postgresql+psycopg://farm@/{{}}?host={folder}"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'farm.sqlite'}"
        return
    pattern: str = request.getfixturevalue("postgresql_url")
    name = f"farm_{time.monotonic_ns()}"
    host = pattern.rsplit("host=", 1)[1]
    with psycopg.connect(host=host, user="farm", dbname="postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        yield pattern.format(name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def open_farm(home: Path, redis_url: str, **settings: object) -> Farm:
    """A migrated farm with an admin."""
    made = Farm(Settings(home=home, redis_url=redis_url, secret_key="test-secret", **settings))  # type: ignore[arg-type]
    schema.upgrade(made)
    with made.db.writing() as session:
        access.ensure_person(session, ADMIN, [Scope.ADMIN])
    return made


@pytest.fixture
def farm(tmp_path: Path, redis_url: str, database_url: str) -> Iterator[Farm]:
    """A farm on each kind of database, allowed to use local repositories below `tmp_path`."""
    made = open_farm(tmp_path / "home", redis_url, database_url=database_url, local_repositories=[tmp_path])
    yield made
    made.db.dispose()


@pytest.fixture
def admin() -> Caller:
    """Somebody who may do everything."""
    return Caller(1, ADMIN, frozenset(Scope))


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as nobody in particular."""
    who = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
    who |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in who.items()}
    environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-C", folder, *arguments], check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.rstrip("\n")


def commit_files(folder: Path, files: dict[str, str], message: str = "A change") -> str:
    """Write files and commit them; the commit's hash. Makes the repository if there is none."""
    if not (folder / ".git").exists():
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "-q", "-b", "main")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        git(folder, "add", "--", name)
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


PLAN = """\
schema = 1
[build]
command = "cp image.efi $BOOTFARM_OUT"
artifacts = ["image.efi"]
[pass]
line = "ready"
"""


@pytest.fixture
def project(farm: Farm, tmp_path: Path) -> Path:
    """A repository that the farm knows as "project", with one commit, and two null machines."""
    folder = tmp_path / "project"
    commit_files(folder, {".bootfarm.toml": PLAN, "image.efi": "MZ"}, "First")
    with farm.db.writing() as session:
        repositories.add_repository(session, farm.url_policy, url=str(folder), name="project")
        for number in (1, 2):
            machines.add_machine(session, name=f"null-{number}", lab="local", driver="null", tags=["virtual"])
    return folder
