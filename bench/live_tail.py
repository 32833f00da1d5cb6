"""How far the live view is behind the console: from the append to the event that a reader gets over real HTTP."""

import json
import threading
import time

import urllib3

from bench.figures import report
from tests.running_farm import RunningFarm

LINES = 40


def main() -> None:
    """A scripted console, a line every 100 ms, and a reader of its event stream."""
    with RunningFarm() as farm:
        lag = _lags(farm)
    report("live tail behind the append", "ms", lag, goal="<= 200")


def _lags(farm: RunningFarm) -> list[float]:
    from datetime import UTC, datetime

    from bench.overview import fill
    from farm.boots import Boot

    fill(farm.farm, 1)
    with farm.farm.db.writing() as session:
        boot = session.get_one(Boot, 1)
        boot.state, boot.verdict = "running", None  # type: ignore[assignment]
        boot.fence = 1
    console = farm.farm.consoles.stream("boot-1", "serial")
    seen: dict[str, float] = {}
    ready = threading.Event()

    def read() -> None:
        url = f"{farm.url}/api/v1/boots/1/log/serial?follow=1"
        answer = urllib3.PoolManager().request("GET", url, preload_content=False)
        pending = b""
        while len(seen) < LINES and (new := answer.read1()):
            ready.set()
            pending += new
            *events, pending = pending.split(b"\n\n")
            for event in events:
                if b"event: console" in event:
                    data = json.loads(event.split(b"data: ", 1)[1])
                    seen.update({line["text"]: time.perf_counter() for line in data["lines"] if line["text"]})
        answer.close()

    reader = threading.Thread(target=read)
    reader.start()
    ready.wait(20)
    said: dict[str, float] = {}
    for number in range(LINES):
        text = f"line {number}"
        said[text] = time.perf_counter()
        console.append(console.size(), f"{text}\r\n".encode(), datetime.now(UTC))
        time.sleep(0.1)
    reader.join(20)
    return [(seen[text] - said[text]) * 1000 for text in said]


if __name__ == "__main__":
    main()
