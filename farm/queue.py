"""The Celery queue between the farm and its labs: ids only, and messages leave only after commit.

SQL owns all state; a message is a nudge that may be lost, doubled or late without harm (architecture.md section 5).
"""

from functools import cache

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

BUILD_TASK = "bootfarm.build"
BOOT_TASK = "bootfarm.boot"
BUILD_QUEUE = "build"
_NUDGE = "bootfarm:nudge"
_MARK = "bootfarm:mark"
# A broker that is away must not hold a web request: SQL has the truth and the next pass sends again.
_SOCKET_SECONDS = 2.0

log = structlog.get_logger()


def lab_queue(lab: str) -> str:
    """The queue of one lab."""
    return f"lab.{lab}"


@cache
def celery_app(redis_url: str, *, waits: bool = False) -> Celery:
    """The Celery app over one Redis; `waits` for a worker, which waits for messages as long as it takes.

    `redis_url` is `redis://host:port/db` or `redis+socket:///path`.
    """
    app = Celery("bootfarm", broker=redis_url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_delivery_mode="transient",
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_timeout": None if waits else _SOCKET_SECONDS,
            "socket_connect_timeout": _SOCKET_SECONDS,
            # A sender tries once more and then leaves it to the next pass, which must not wait for each message.
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            # Longer than any lease: claims make repeats harmless, but there is no use in making many.
            "visibility_timeout": 6 * 3600,
        },
    )
    return app


@cache
def _redis(redis_url: str, *, waits: bool = False) -> Redis:
    url = redis_url.replace("redis+socket://", "unix://")
    timeout = None if waits else _SOCKET_SECONDS
    return Redis.from_url(url, socket_connect_timeout=_SOCKET_SECONDS, socket_timeout=timeout)


def send(redis_url: str, task: str, queue: str, job: int) -> bool:
    """Send one id; false when the broker is away, which the next reconcile pass mends."""
    try:
        celery_app(redis_url).send_task(task, args=[job], queue=queue, retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("message not sent", task=task, job=job, error=str(error))
        return False
    return True


def nudge(redis_url: str) -> None:
    """Wake the dispatcher now instead of at its next pass."""
    try:
        _redis(redis_url).rpush(_NUDGE, 1)
    except (RedisError, OSError) as error:
        log.warning("nudge not sent", error=str(error))


def wait_for_nudge(redis_url: str, seconds: float) -> bool:
    """Sleep until somebody nudges or `seconds` passed; many nudges are taken as one.

    Raises:
        RedisError, OSError: the broker is away; the caller sleeps by itself then.
    """
    client = _redis(redis_url, waits=True)
    if client.blpop([_NUDGE], timeout=seconds) is None:
        return False
    client.delete(_NUDGE)
    return True


def broker_was_emptied(redis_url: str) -> bool:
    """Whether Redis lost everything since the last call: it forgot the mark that the last call left there."""
    try:
        return bool(_redis(redis_url).set(_MARK, 1, nx=True))
    except (RedisError, OSError):
        return False
