"""What somebody asked of `up`."""

from dataclasses import dataclass

from cli.checkout import Checkout


@dataclass(frozen=True)
class UpOptions:
    """`port` None is the default one or the next that is free. `checkout` None submits nothing."""

    host: str
    port: int | None
    checkout: Checkout | None
    submit: bool
    dirty: bool
    once: bool
    libvirt_uri: str
