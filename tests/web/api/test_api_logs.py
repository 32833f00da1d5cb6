"""A console over HTTP: bytes, lines, search, and the live stream."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from apiflask import APIFlask

from farm import boots
from farm.consoles import Gap
from farm.errors import Unavailable
from farm.farm import Farm
from tests.conftest import wait_until
from tests.web.api.api_caller import API, ApiCaller
from tests.web.api.worker_calls import finish_boot, say
from web.places import PLACES, Places

TEXT = b"UEFI Shell\r\n\x1b[31mready\x1b[0m\r\nfs0: \xff\xfe\r\nlast"
LOG = "/boots/boot-1/log/serial"
IMAGE_URL = "/builds/build-1/artifacts/image.efi"


@pytest.fixture
def said(holder: ApiCaller) -> ApiCaller:
    """A boot whose machine said something."""
    assert say(holder, 0, TEXT) == len(TEXT)
    return holder


@pytest.fixture
def places(app: APIFlask) -> Places:
    """Where streams and downloads are counted."""
    found: Places = app.extensions[PLACES]
    return found


def test_a_console_is_read_byte_for_byte_and_never_as_a_page(said: ApiCaller) -> None:
    answer = said.send("GET", LOG)
    assert (answer.status_code, answer.data) == (200, TEXT)
    assert answer.headers["X-Console-Size"] == str(len(TEXT))
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert said.send("GET", f"{LOG}?from=5").data == TEXT[5:]
    assert said.send("GET", f"{LOG}?from=10000").data == b""


@pytest.mark.parametrize(
    ("asked", "status", "body", "answered"),
    [
        ("bytes=0-3", 206, TEXT[:4], f"bytes 0-3/{len(TEXT)}"),
        ("bytes=5-", 206, TEXT[5:], f"bytes 5-{len(TEXT) - 1}/{len(TEXT)}"),
        ("bytes=5-99999", 206, TEXT[5:], f"bytes 5-{len(TEXT) - 1}/{len(TEXT)}"),
        ("bytes=99999-", 416, b"", f"bytes */{len(TEXT)}"),
        ("bytes=5-3", 200, TEXT, None),
        ("bytes=-5", 200, TEXT, None),
        ("lines=1-2", 200, TEXT, None),
    ],
)
def test_ranges_are_answered_as_http_says(
    said: ApiCaller, asked: str, status: int, body: bytes, answered: str | None
) -> None:
    answer = said.send("GET", LOG, headers={"Range": asked})
    assert (answer.status_code, answer.data) == (status, body)
    assert answer.headers.get("Content-Range") == answered


def test_lines_are_shown_without_escapes_and_with_their_place(said: ApiCaller) -> None:
    found = said.get(f"{LOG}?lines=2")
    (line,) = found["lines"]
    assert (line["n"], line["offset"], line["text"], line["partial"]) == (2, 12, "ready", False)
    assert line["t"]
    assert [line["n"] for line in said.get(f"{LOG}?lines=3-90")["lines"]] == [3, 4]
    assert said.get(f"{LOG}?lines=4")["lines"][0]["partial"]
    assert said.get(f"{LOG}?lines=9-12")["lines"] == []
    assert said.get(f"{LOG}?lines=3-2")["lines"] == []


def test_the_tail_and_the_lines_with_a_text(said: ApiCaller) -> None:
    assert [line["n"] for line in said.get(f"{LOG}?tail=2")["lines"]] == [3, 4]
    assert [line["n"] for line in said.get(f"{LOG}?tail=5000")["lines"]] == [1, 2, 3, 4]
    assert [line["n"] for line in said.get(f"{LOG}?grep=ea")["lines"]] == [2]
    assert said.get(f"{LOG}?grep=e&start=2")["lines"][0]["n"] == 2
    assert said.get(f"{LOG}?grep=nothing") == {"lines": [], "next": None}


@pytest.mark.parametrize(
    "query",
    ["lines=0", "lines=x", "lines=1-", "lines=-1", "tail=0", "tail=5001", "tail=x", "tail=²", "grep=", "grep=a%0Ab"],
)
def test_a_question_that_makes_no_sense_is_refused(said: ApiCaller, query: str) -> None:
    assert said.refused("GET", f"{LOG}?{query}", 400)


def test_a_console_of_nothing_or_of_no_name_is_refused_and_one_that_has_not_begun_is_empty(said: ApiCaller) -> None:
    assert said.refused("GET", "/boots/7/log/serial", 404)
    assert said.refused("GET", "/builds/7/log/build", 404)
    assert said.refused("GET", "/boots/1/log/..", 404)
    assert "serial" in said.refused("GET", "/boots/1/log/worker", 404)["next_step"]
    for wrong in ("nosuch=1", "from=abc", "from=-5", "grep=x&start=z"):
        assert said.refused("GET", f"/boots/1/log/serial?{wrong}", 400)
    assert said.get("/builds/1/log/build?tail=5")["lines"] == []
    assert said.send("GET", "/builds/1/log/build?lines=1-5").get_json()["lines"] == []


def test_the_console_that_was_finished_reads_the_same(said: ApiCaller) -> None:
    finish_boot(said, len(TEXT))
    assert said.send("GET", LOG).data == TEXT
    assert said.get(f"{LOG}?tail=1")["lines"][0]["text"] == "last"


def events(text: str) -> Iterator[tuple[str, str, Any]]:
    """Kind, id and data of each server-sent event."""
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            yield fields["event"], fields.get("id", ""), json.loads(fields["data"])


def shown(text: str) -> dict[int, str]:
    """The lines that a page shows after these events: a line that comes again has grown."""
    return {line["n"]: line["text"] for kind, _, data in events(text) if kind == "console" for line in data["lines"]}


def test_a_finished_boot_is_followed_to_its_end(said: ApiCaller) -> None:
    finish_boot(said, len(TEXT))
    answer = said.send("GET", f"{LOG}?follow=1")
    assert answer.content_type.startswith("text/event-stream")
    kinds = [kind for kind, _, _ in events(answer.text)]
    assert (kinds[0], kinds[-1]) == ("state", "end")
    state = next(data for kind, _, data in events(answer.text) if kind == "state")
    assert (state["verdict"], state["id"]) == ("pass", "boot-1")
    assert shown(answer.text)[2] == "ready"
    assert [number for kind, number, _ in events(answer.text) if kind == "console"][-1] == str(len(TEXT))


def test_what_is_said_while_somebody_follows_arrives_in_order(app: Any, said: ApiCaller) -> None:
    text: list[str] = []
    reader = threading.Thread(target=lambda: text.append(app.test_client().get(f"{API}{LOG}?follow=1").text))
    reader.start()
    size = len(TEXT)
    for number in range(20):
        size = say(said, size, b" and\r\nline %d" % number)
    finish_boot(said, size)
    reader.join()
    lines = said.get(f"{LOG}?lines=1-99")["lines"]
    assert shown(text[0]) == {line["n"]: line["text"] for line in lines}
    states = [data["status"] for kind, _, data in events(text[0]) if kind == "state"]
    assert states[-1] == "pass"


def test_lines_that_the_plan_looks_for_are_marked_while_the_boot_runs(farm: Farm, said: ApiCaller) -> None:
    markers = [{"name": "line 1", "kind": "expect", "text": "ready"}, {"name": "no", "kind": "forbid", "text": "bad"}]
    with farm.db.writing() as session:
        held = boots.boot(session, 1)
        held.expectations = {**held.expectations, "markers": markers}
    stream = said.send("GET", f"{LOG}?follow=1", buffered=False).iter_encoded()
    text = ""
    while "ready" not in text:  # while it runs
        text += next(stream).decode()
    finish_boot(said, say(said, len(TEXT), b"\r\nready, but bad\r\n"))
    text += b"".join(stream).decode()
    rows = [line for kind, _, data in events(text) if kind == "console" for line in data["lines"]]
    assert {row["n"]: row.get("hit") for row in rows if row["n"] != 4} == {
        1: None,
        2: {"css": "is-pass", "why": "line 1"},
        3: None,
        5: {"css": "is-fail", "why": "forbidden: no"},
    }
    assert all("hit" not in line for line in said.get(f"{LOG}?lines=1-9")["lines"])


@pytest.mark.parametrize("offset", range(0, len(TEXT) + 1, 5))
def test_a_stream_resumes_at_any_byte(said: ApiCaller, offset: int) -> None:
    finish_boot(said, len(TEXT))
    everything = {line["n"]: line["text"] for line in said.get(f"{LOG}?lines=1-9")["lines"]}
    first = 1 + TEXT[:offset].count(b"\n")
    for answer in (
        said.send("GET", f"{LOG}?follow=1", headers={"Last-Event-ID": str(offset)}),
        said.send("GET", f"{LOG}?follow=1&from={offset}"),
    ):
        expected = {number: text for number, text in everything.items() if number >= first}
        assert shown(answer.text) == (expected if offset < len(TEXT) else {})


@pytest.mark.parametrize("wrong", ["x", "-5", "²", "9" * 5000])
def test_an_offset_that_is_no_number_begins_at_the_beginning_and_costs_no_place(
    said: ApiCaller, places: Places, wrong: str
) -> None:
    finish_boot(said, len(TEXT))
    free = places.free
    answer = said.send("GET", LOG, query_string={"follow": "1", "from": wrong})
    assert shown(answer.text)[1] == "UEFI Shell"
    answer.close()
    assert places.free == free


@pytest.mark.parametrize("query", ["?follow=1", ""])
def test_too_many_streams_or_downloads_are_told_to_come_back(said: ApiCaller, places: Places, query: str) -> None:
    finish_boot(said, len(TEXT))
    places.free = 1
    first = said.send("GET", LOG + query, buffered=False)
    for wanted in (f"{LOG}?follow=1", LOG, IMAGE_URL):
        answer = said.send("GET", wanted)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "2")
    assert said.get(f"{LOG}?tail=1")["lines"]
    first.close()
    for wanted in (LOG + query, IMAGE_URL):
        with said.send("GET", wanted) as answer:
            assert answer.status_code == 200
    assert places.free == 1


def test_a_quarter_of_the_threads_stays_free() -> None:
    assert [Places(threads).free for threads in (1, 4, 64)] == [1, 3, 48]


def test_a_client_that_goes_away_gives_its_place_back(said: ApiCaller, places: Places) -> None:
    free = places.free
    answer = said.send("GET", f"{LOG}?follow=1", buffered=False)
    next(iter(answer.response))
    assert places.free == free - 1
    answer.close()
    wait_until("the place is free", lambda: places.free == free)


def test_a_build_is_followed_too(builder: ApiCaller) -> None:
    path = "/worker/builds/1/console/build?offset=0"
    assert builder.send("POST", path, data=b"Compiling\nerror: no\n").status_code == 200
    builder.post("/worker/builds/1/finish", {"verdict": "fail", "cause": "build-error"}, 204)
    answer = builder.send("GET", "/builds/build-1/log/build?follow=1")
    assert shown(answer.text) == {1: "Compiling", 2: "error: no"}
    assert [kind for kind, _, _ in events(answer.text)][-1] == "end"


@pytest.fixture
def flood(farm: Farm, said: ApiCaller) -> bytes:
    """All that a machine said, of which the farm keeps head and tail."""
    farm.consoles._limits = replace(farm.consoles._limits, head_bytes=100, tail_bytes=100, segment_bytes=64)
    lines = b"".join(b"\nline %4d" % number for number in range(400))
    say(said, len(TEXT), lines)
    return TEXT + lines


def gap_of(farm: Farm, size: int) -> Gap:
    (gap,) = [one for one in farm.consoles.stream("boot-1", "serial").read_bytes(0, size) if isinstance(one, Gap)]
    return gap


def test_a_flood_is_shown_with_its_gap(said: ApiCaller, flood: bytes) -> None:
    finish_boot(said, len(flood))
    assert any("gap" in line for line in said.get(f"{LOG}?lines=1-900")["lines"])
    gaps = [data["gap"] for kind, _, data in events(said.send("GET", f"{LOG}?follow=1").text) if data.get("gap")]
    assert len(gaps) == 1


def test_raw_bytes_leave_a_gap_out_and_say_where_it_is(farm: Farm, said: ApiCaller, flood: bytes) -> None:
    gap = gap_of(farm, len(flood))
    for start in (0, 7, gap.start - 1, gap.start, gap.start + 1, gap.end - 1, gap.end, len(flood)):
        answer = said.send("GET", f"{LOG}?from={start}")
        assert answer.data == flood[start : gap.start] + flood[max(start, gap.end) :]
        assert answer.headers["Content-Length"] == str(len(answer.data))
        assert answer.headers["X-Console-Size"] == str(len(flood))
        named = f"{max(start, gap.start)}-{gap.end}" if start < gap.end else None
        assert answer.headers.get("X-Console-Gap") == named


def test_a_range_ends_before_a_gap_and_none_begins_in_it(farm: Farm, said: ApiCaller, flood: bytes) -> None:
    gap, size = gap_of(farm, len(flood)), len(flood)
    over = said.send("GET", LOG, headers={"Range": f"bytes=5-{gap.end + 5}"})
    assert (over.status_code, over.data) == (206, flood[5 : gap.start])
    assert over.headers["Content-Range"] == f"bytes 5-{gap.start - 1}/{size}"
    inside = said.send("GET", LOG, headers={"Range": f"bytes={gap.start + 1}-"})
    assert (inside.status_code, inside.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert inside.headers["X-Console-Gap"] == f"{gap.start + 1}-{gap.end}"
    after = said.send("GET", LOG, headers={"Range": f"bytes={gap.end}-"})
    assert (after.status_code, after.data) == (206, flood[gap.end :])
    before = said.send("GET", LOG, headers={"Range": f"bytes=0-{gap.start - 1}"})
    assert (before.data, before.headers.get("X-Console-Gap")) == (flood[: gap.start], None)


def test_a_gap_that_grows_while_it_is_read_breaks_the_link(farm: Farm, said: ApiCaller, flood: bytes) -> None:
    answer = said.send("GET", LOG, buffered=False)
    say(said, len(flood), b"more\n" * 200)
    got = bytearray()

    def read() -> None:
        for piece in answer.response:
            got.extend(bytes(piece))

    with pytest.raises(Unavailable):
        read()
    answer.close()
    assert got == flood[: gap_of(farm, len(flood)).start]
