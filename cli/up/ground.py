"""What an embedded farm needs before its first boot: a schema, an admin, tokens, two machines, this checkout."""

import getpass
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.checkout import Checkout
from cli.credentials import write_private
from cli.home import CREDENTIAL
from cli.server.login_link import login_url
from cli.up.trust import trust_own

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from farm.access import Person, Scope
    from farm.farm import Farm

LAB = "local"
MACHINES = ("qemu-1", "qemu-2")
# The checkout that this very program runs from, whose code its person trusts already: all clones of it build warm.
OWN_CHECKOUT = Path(__file__).resolve().parents[2]
_OWN_CACHE = "self"


@dataclass(frozen=True)
class Ground:
    """What came of it."""

    token: str
    login_url: str
    repository: str  # its name, "" without a checkout


def prepare_ground(farm: "Farm", checkout: Checkout | None, worker_token: Path) -> Ground:
    """Make what is missing and leave the rest alone. Raises FarmError."""
    from farm import access, machines, schema
    from farm.access import Scope
    from farm.machines import Health, MachineState

    schema.upgrade(farm)
    with farm.db.writing() as session:
        person = access.ensure_person(session, _login_name(), [Scope.ADMIN])
        token = _token(session, person, farm.settings.home / CREDENTIAL, "bootfarm up", [Scope.ADMIN])
        worker = _token(session, person, worker_token, "workers of bootfarm up", [Scope.WORKER])
        lab = machines.ensure_lab(session, LAB)
        for name in MACHINES:
            known = machines.machine_or_none(session, name)
            if known is None:
                machines.add_machine(session, name=name, lab=LAB, driver="libvirt", tags=["virtual"])
            elif known.health == Health.BAD and known.state == MachineState.IDLE:
                # What broke it was this host, which somebody may have mended since; what a person did stays.
                machines.bring_online(session, known)
        repository = _repository(session, farm, checkout) if checkout else ""
        trust_own(session, lab, repository)
        link = login_url(farm.settings.url, access.create_login_link(session, person))
    write_private(farm.settings.home / CREDENTIAL, token + "\n")
    write_private(worker_token, worker + "\n")
    return Ground(token, link, repository)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no entry for this user id, as in many containers
        return f"user-{os.getuid()}"


def _token(session: "Session", person: "Person", file: Path, name: str, scopes: "Iterable[Scope]") -> str:
    """The secret in the file while it is good, else a new one."""
    from farm import access
    from farm.errors import NotLoggedIn

    kept = file.read_text().strip() if file.exists() else ""
    try:
        access.token_of(session, kept)
    except NotLoggedIn:
        # It belongs to this home and is worth what the home is worth, so it does not expire.
        return access.create_token(session, person, name, scopes, days=None)[1]
    return kept


def _repository(session: "Session", farm: "Farm", checkout: Checkout) -> str:
    """The name of the checkout's repository, made known if it is not."""
    from farm import repositories

    known = repositories.repositories(session)
    for one in known:
        if one.url == str(checkout.folder):
            return one.name
    taken = {one.name for one in known}
    wanted = checkout.folder.name or "checkout"
    name = next(name for name in (wanted, *(f"{wanted}-{n}" for n in range(2, 10_000))) if name not in taken)
    # Warm build folders are shared by all homes of a person. Whoever may write to one decides what the next build of
    # it runs, so any other checkout gets a folder of its own, named after its URL.
    cache = _OWN_CACHE if checkout.folder.resolve() == OWN_CHECKOUT else ""
    url = str(checkout.folder)
    chosen = "" if name == wanted else name
    return repositories.add_repository(session, farm.url_policy, url=url, name=chosen, cache=cache).name
