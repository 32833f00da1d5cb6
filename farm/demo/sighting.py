"""One appraised boot of a made-up history, on its way into the tables."""

from dataclasses import dataclass
from datetime import datetime

from farm.demo.shape import MadeUpMachine
from farm.demo.story import Image, Told


@dataclass(frozen=True, slots=True)
class Sighting:
    """One run of the verifier. `received_at` is when the evidence came, `at` when it was appraised."""

    machine: MadeUpMachine
    commit: int
    boot: int
    nonce: str
    image: Image
    what: Told
    received_at: datetime
    at: datetime
    run: int = 0
