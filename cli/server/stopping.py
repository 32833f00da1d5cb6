"""SIGTERM and SIGINT as an event that loops look at."""

import signal
import threading


def stop_event() -> threading.Event:
    """Set at the first SIGTERM or SIGINT. Call it from the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
