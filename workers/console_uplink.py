"""Sends one console stream to the farm, in order, by offset, from a thread of its own.

The farm's size is the only truth: after any doubt the uplink goes on from the size that the farm names, so bytes are
never lost, doubled or reordered (architecture.md section 5).
"""

import threading
from types import TracebackType

import structlog

from farm.wire import MAX_CONSOLE_APPEND
from workers.farm_client import FarmRefused, FarmUnreachable, JobClient, LeaseLost

# Gather a little before each request: a machine prints by the byte, and the live view allows 200 ms.
_GATHER_SECONDS = 0.03
# What may wait in memory while the farm is away. A machine that prints faster than this is slowed down by `write`.
_MAX_WAITING = 64 << 20

log = structlog.get_logger()


class ConsoleUplink:
    """A context manager; leaving it waits for the last bytes for a short while.

    `error` holds what ended the uplink early: LeaseLost, FarmUnreachable, or FarmRefused (such as a full disk).
    """

    def __init__(self, client: JobClient, stream: str) -> None:
        self.written = 0
        self.error: LeaseLost | FarmUnreachable | FarmRefused | None = None
        self._client = client
        self._stream = stream
        self._waiting = bytearray()
        self._base = 0  # offset of the first byte of `_waiting`
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"uplink-{stream}", daemon=True)

    def __enter__(self) -> "ConsoleUplink":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if not isinstance(error, LeaseLost):
            self.drain(30)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(5)

    def write(self, data: bytes) -> None:
        """Take bytes for sending. Blocks only while 64 MiB wait; after an error bytes are counted and dropped."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < _MAX_WAITING or self.error is not None)
            self.written += len(data)
            if self.error is None:
                self._waiting += data
                self._changed.notify_all()

    def drain(self, timeout: float) -> bool:
        """Wait until the farm has everything; false when it does not within `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting or self.error is not None, timeout)
            return not self._waiting and self.error is None

    def _run(self) -> None:
        try:
            while self._send_one():
                pass
        except (LeaseLost, FarmUnreachable, FarmRefused) as error:
            log.warning("console uplink ended", stream=self._stream, error=str(error))
            with self._changed:
                self.error = error
                self._changed.notify_all()

    def _send_one(self) -> bool:
        """Send what waits, up to one request's worth; false once closing."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if self._closing:
                return False
            if len(self._waiting) < MAX_CONSOLE_APPEND // 16:
                self._changed.wait(_GATHER_SECONDS)
            offset, data = self._base, bytes(self._waiting[:MAX_CONSOLE_APPEND])
        size = self._client.append(self._stream, offset, data)
        with self._changed:
            if not self._base <= size <= self._base + len(self._waiting):
                raise FarmRefused(416, f"the farm has {size} bytes of {self._stream}, we hold {self._base} onwards")
            del self._waiting[: size - self._base]
            self._base = size
            self._changed.notify_all()
        return True
