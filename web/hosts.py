"""Names under which a farm may be asked: another site's name that resolves to us is not ours (DNS rebinding)."""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import current_app, request

from farm.errors import BadRequest
from farm.settings import Settings

HOSTS = "hosts"
_PORT = re.compile(r":[0-9]+$")


class UntrustedHost(BadRequest):
    """A request for a host that this farm does not go by."""

    code = "untrusted-host"


def hosts_of(settings: Settings, listens: str = "") -> frozenset[str]:
    """The farm's own names, as a Host header says them; `listens` is the address of its web server."""
    own = urlsplit(settings.url).hostname or "localhost"
    bound = "" if _is_any(listens) else listens
    names = ("localhost", "127.0.0.1", "::1", own, bound, *settings.trusted_hosts)
    return frozenset(_in_brackets(name.lower()) for name in names if name)


def check_host() -> None:
    """Refuse a request for somebody else's name.

    Not by Flask's TRUSTED_HOSTS: werkzeug 3.1.9 cuts its entries at the first colon, so that no IPv6 address is one.

    Raises:
        UntrustedHost: the sentence names the setting that would allow it.
    """
    host = _PORT.sub("", request.host.lower())
    if not _is_known(host, current_app.extensions[HOSTS]):
        raise UntrustedHost(
            f'This farm does not go by the name "{host[:100]}".',
            next_step="If it should, its operator adds that name to the setting trusted_hosts, "
            f"such as BOOTFARM_TRUSTED_HOSTS='[\"{host[:100]}\"]'.",
        )


def _is_known(host: str, known: Iterable[str]) -> bool:
    """As it stands; a name that begins with a dot takes all below it, and itself."""
    return any(host == name or (name[0] == "." and f".{host}".endswith(name)) for name in known)


def _is_any(address: str) -> bool:
    """Whether this is the address that means all of a host's, which is no name of it."""
    try:
        return ip_address(address).is_unspecified
    except ValueError:
        return False


def _in_brackets(name: str) -> str:
    """An IPv6 address as URLs and Host headers write it (RFC 3986, section 3.2.2)."""
    return f"[{name}]" if ":" in name and not name.startswith("[") else name
