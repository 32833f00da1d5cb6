"""Which farm to talk to, and as whom. A token is never sent to another URL than the one it was made for."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from cli import home
from cli.errors import CliError

DEFAULT_URL = "http://127.0.0.1:8808"


@dataclass(frozen=True)
class Server:
    """A farm's URL and the caller's token there, "" for nobody."""

    url: str
    token: str = field(repr=False, default="")


def credentials_file() -> Path:
    """Where `bootfarm login` keeps tokens."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "bootfarm/credentials"


def server() -> Server:
    """From the environment, else a farm of this host that was chosen or is up, else the last login, else that home.

    Raises:
        CliError: a file with a token that others can read, or that can't be read.
    """
    local, known = _local(), _logins()
    url = os.environ.get("BOOTFARM_URL", "").rstrip("/")
    if not url and local and (os.environ.get("BOOTFARM_HOME") or home.is_up(home.home()) or not known):
        url = local.url
    url = url or next(iter(known), DEFAULT_URL)
    token = os.environ.get("BOOTFARM_TOKEN") or (local.token if local and local.url == url else known.get(url, ""))
    return Server(url, token)


def _local() -> Server | None:
    folder = home.home()
    token = _private(folder / home.CREDENTIAL).strip()
    if not token:
        return None
    record = home.up_record(folder)
    return Server(record.url if record else DEFAULT_URL, token)


def _logins() -> dict[str, str]:
    """Tokens by URL, the last login first."""
    text = _private(credentials_file())
    try:
        return {str(url): str(token) for url, token in json.loads(text or "{}").items()}
    except (ValueError, AttributeError) as error:
        raise CliError(
            f"{credentials_file()} can't be read: {error}.", "Remove it and run `bootfarm login`."
        ) from error


def _private(file: Path) -> str:
    try:
        if file.stat().st_mode & 0o077:
            raise CliError(f"{file} holds a token and others can read it.", f"Run `chmod 600 {file}`.")
        return file.read_text()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise CliError(f"{file} can't be read: {error.strerror}.") from error


def remember(login: Server) -> Path:
    """Keep a login, as the one that is used from now on; the file has mode 0600 from its first byte."""
    known = {login.url: login.token} | {url: token for url, token in _logins().items() if url != login.url}
    write_private(credentials_file(), json.dumps(known, indent=2) + "\n")
    return credentials_file()


def write_private(file: Path, text: str) -> None:
    """A file that only its owner reads; it is there whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    part.replace(file)
