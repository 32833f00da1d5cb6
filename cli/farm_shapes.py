"""What the farm says of itself: machines, repositories, people, tokens, workers."""

from datetime import datetime

from pydantic import Field, JsonValue

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
    options: dict[str, JsonValue] = Field(default={})
    state: str
    health: str
    held: bool = False
    reason: str = ""
    changed_at: datetime | None = None
    created_at: datetime | None = None


class Machines(Shape):
    """All machines."""

    items: list[Machine]


class Repository(Shape):
    """A repository."""

    name: str
    url: str
    created_at: datetime | None = None


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
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    lab: str | None = None


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


class Setting(Shape):
    """One effective value of a plan."""

    key: str
    value: str
    origin: str


class Preview(Shape):
    """What a submission would do."""

    repository: str
    commit: str
    subject: str
    boots: list[PlannedBoot]
    warnings: tuple[str, ...] = ()
    settings: list[Setting] = Field(default=[])


class Worker(Shape):
    """A worker that said hello."""

    name: str
    lab: str
    kinds: list[str] = Field(default=[])
    version: str = ""
    toolchain: str = ""
    accelerator: str = ""
    last_seen_at: datetime
    alive: bool = False


class Workers(Shape):
    """All workers."""

    items: list[Worker]
