"""What the farm says of itself: machines, repositories, people, tokens, workers."""

from datetime import datetime

from cli.shapes import Shape


class Machine(Shape):
    """A machine."""

    name: str
    url: str = ""
    lab: str
    pool: str
    tags: list[str]
    driver: str
    firmware: list[str]
    state: str
    health: str
    held: bool = False
    reason: str = ""


class Machines(Shape):
    """All machines."""

    items: list[Machine]


class Repository(Shape):
    """A repository."""

    name: str
    url: str


class Repositories(Shape):
    """All repositories."""

    items: list[Repository]


class Ref(Shape):
    """A branch or tag; `name` is a full ref or a short one."""

    name: str
    commit: str


class Refs(Shape):
    """Branches and tags."""

    items: list[Ref]


class Me(Shape):
    """Who the caller is."""

    name: str
    scopes: list[str]


class Token(Shape):
    """A token without its secret."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class Tokens(Shape):
    """One's tokens."""

    items: list[Token]


class NewToken(Shape):
    """A token and its secret, said once."""

    token: Token
    secret: str


class PlannedBoot(Shape):
    """A boot that a submission would make."""

    selector: str
    machine: str | None = None
    firmware: str | None = None
    image: str | None = None


class Preview(Shape):
    """What a submission would do."""

    repository: str
    commit: str
    subject: str
    boots: list[PlannedBoot]
    warnings: tuple[str, ...] = ()


class Worker(Shape):
    """A worker that said hello."""

    name: str
    lab: str
    last_seen_at: datetime


class Workers(Shape):
    """All workers."""

    items: list[Worker]
