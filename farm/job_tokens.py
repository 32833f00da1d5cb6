"""Tokens for one lease: signed, so that nothing need be stored, and void as soon as the fence or the state moves on."""

from dataclasses import dataclass
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer

from farm.errors import NotLoggedIn

JobKind = Literal["boot", "build"]
PREFIX = "bfj_"


@dataclass(frozen=True)
class Lease:
    """The right to touch one job: which, and the fencing token of the attempt."""

    kind: JobKind
    job: int
    fence: int

    @property
    def name(self) -> str:
        """What workers call domains and folders of this lease."""
        return f"{self.kind}-{self.job}-{self.fence}"


def sign(secret_key: str, lease: Lease) -> str:
    """The token that only the claimer of this lease gets."""
    return PREFIX + _serializer(secret_key).dumps([lease.kind, lease.job, lease.fence])


def read(secret_key: str, token: str) -> Lease:
    """What a token was made for. Whether that lease still stands is for SQL to say.

    Raises:
        NotLoggedIn: not a token of this farm.
    """
    try:
        kind, job, fence = _serializer(secret_key).loads(token.removeprefix(PREFIX))
    except (BadSignature, ValueError) as error:
        raise NotLoggedIn("This is not a job token of this farm.") from error
    return Lease(kind, job, fence)


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="job-token")
