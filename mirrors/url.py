"""Which repository URLs may be contacted at all: the policy that stands before every git call."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from mirrors.errors import MirrorCode, MirrorError

MAX_URL: Final = 2000  # characters; longer than any forge's, shorter than any buffer's
Protocol = Literal["https", "http", "ssh", "git", "file"]
SCP_LIKE: Final = re.compile(r"(?:[A-Za-z0-9._~][^@:/\s]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?P<path>\S+)")
IPV6_HOST: Final = re.compile(r"^([a-z]+://(?:[^/@]*@)?)\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True)
class UrlPolicy:
    """What is allowed beyond https and ssh."""

    local_folders: tuple[Path, ...] = ()  # a local repository must lie below one of these
    http_anywhere: bool = False  # else plain http reaches this host's loopback only
    git_protocol: bool = False  # git:// has neither encryption nor authentication


@dataclass(frozen=True)
class CheckedUrl:
    """A URL that passed the policy, as git shall get it, and the only protocol that git may then speak."""

    url: str
    protocol: Protocol


def _refused(reason: str, next_step: str = "Give an https:// or ssh:// URL.") -> MirrorError:
    return MirrorError(MirrorCode.BAD_URL, f"This repository URL is refused: {reason}.", next_step)


def checked_url(url: str, policy: UrlPolicy) -> CheckedUrl:
    """The URL that git may contact, or MirrorError `bad-url` with a sentence that never repeats a password."""
    if not url or len(url) > MAX_URL:
        raise _refused("it is empty" if not url else f"it is longer than {MAX_URL} characters")
    if any(ord(c) < 33 or ord(c) == 127 for c in url):
        raise _refused("it contains spaces or control characters")
    if url.startswith("-"):
        raise _refused("it starts with '-', which git would take for an option")
    if "::" in IPV6_HOST.sub(r"\1", url):
        raise _refused("'::' names a transport helper, which could run any program")
    if url.startswith("/"):
        return _local(Path(url), policy)
    if "://" in url:
        return _with_scheme(url, policy)
    if url.lower().startswith("file:"):
        raise _refused("a file URL has two slashes after the colon", "Write file:///path or the path itself.")
    return _scp_like(url)


def _with_scheme(url: str, policy: UrlPolicy) -> CheckedUrl:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises on a port that is no number
    except ValueError:
        raise _refused("it cannot be parsed") from None
    scheme = parts.scheme.lower()
    if scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise _refused("a file URL names no host")
        return _local(Path(unquote(parts.path)), policy)
    host = parts.hostname or ""
    if not host or host.startswith("-") or not re.fullmatch(r"[A-Za-z0-9._:-]+", host):
        raise _refused("its host name is missing or odd")
    _no_credentials(parts)
    if scheme == "https":
        return CheckedUrl(url, "https")
    if scheme == "ssh":
        if unquote(parts.path).lstrip("/").startswith("-") or (parts.username or "").startswith("-"):
            raise _refused("a part of it starts with '-'")
        return CheckedUrl(url, "ssh")
    if scheme == "http":
        if policy.http_anywhere or _is_loopback(host):
            return CheckedUrl(url, "http")
        raise _refused("plain http is allowed only to this machine", "Use https://.")
    if scheme == "git" and policy.git_protocol:
        return CheckedUrl(url, "git")
    raise _refused(f"the scheme '{scheme[:20]}' is not allowed")


def _no_credentials(parts: SplitResult) -> None:
    if parts.password is not None or (parts.username is not None and parts.scheme.lower() != "ssh"):
        raise _refused("it carries a user name or password, which would end up in logs", "Give the URL without them.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _scp_like(url: str) -> CheckedUrl:
    match = SCP_LIKE.fullmatch(url)
    if not match:
        raise _refused("it is neither a URL nor an absolute path")
    if match["path"].lstrip("/").startswith("-"):
        raise _refused("its path starts with '-'")
    return CheckedUrl(url, "ssh")


def _local(path: Path, policy: UrlPolicy) -> CheckedUrl:
    """Symbolic links are resolved first, so that a link below an allowed folder leads nowhere else."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        real = None
    below = real is not None and any(real.is_relative_to(folder.resolve()) for folder in policy.local_folders)
    if real is None or not below:
        # One sentence for "absent" and "elsewhere": the farm does not tell strangers which paths exist on its host.
        raise _refused("no repository lies there in a folder that this farm opened", "Ask for `local_repositories`.")
    return CheckedUrl(str(real), "file")
