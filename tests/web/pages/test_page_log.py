"""The whole console: pages, line links, ranges, search, gaps, and what was cut."""

from farm import wire
from farm.consoles import ConsoleStore, Limits
from farm.database import now
from farm.states import Cause, Verdict
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed


def long_log(seed: Seed, lines: int = 1200) -> str:
    seed.machine()
    number = seed.boot(seed.submission(), state="running")
    seed.said(f"boot-{number}", b"".join(b"line %d\r\n" % n for n in range(1, lines + 1)))
    return f"/boots/boot-{number}/log/serial"


def test_a_line_is_found_on_its_page_without_a_script(browser: Browser, seed: Seed) -> None:
    page = browser.get(f"{long_log(seed)}?line=618&to=620")
    assert 'id="L501"' in page
    assert 'id="L1000"' in page
    assert 'id="L500"' not in page
    assert page.count('class="line marked"') == 3
    assert "lines 501 to 1,000 of 1,200" in page


def test_pages_lead_to_each_other(browser: Browser, seed: Seed) -> None:
    url = long_log(seed)
    assert f"{url}?line=501" in browser.get(url)
    last = browser.get(f"{url}?line=99999")
    assert 'id="L1200"' in last
    assert 'rel="next"' not in last


def test_search_marks_what_it_found_and_links_to_it(browser: Browser, seed: Seed) -> None:
    url = long_log(seed)
    page = browser.get(f"{url}?q=line+77")
    assert "<mark>line 77</mark>" in page
    assert "11 lines with" in page
    assert "No line has it" in browser.text(f"{url}?q=nowhere")


def test_a_search_that_is_too_long_is_refused_in_words(browser: Browser, seed: Seed) -> None:
    assert "takes 1 to 1000 characters" in browser.text(f"{long_log(seed)}?q={'x' * 1001}", 400)


def test_an_open_and_an_ended_empty_stream_differ(browser: Browser, seed: Seed) -> None:
    seed.machine()
    number = seed.boot(seed.submission(), state="running")
    assert "The stream is open, 0 bytes so far." in browser.text(f"/boots/{number}/log/serial")
    seed.finished(number, Verdict.INFRA, Cause.CONSOLE_LOST, "gone", cases=[])
    assert "ended with 0 bytes" in browser.text(f"/boots/{number}/log/serial")


def test_decisive_lines_can_be_jumped_to(browser: Browser, seed: Seed) -> None:
    url = long_log(seed, 600)
    cases = [
        wire.Case(name="forbid 1", met=True, kind="forbid", text="line 5", offset=40),
        wire.Case(name="line 1", met=False, kind="expect", text="READY"),
    ]
    seed.finished(1, Verdict.FAIL, Cause.GUEST_PANIC, "no", cases=cases)
    page = browser.get(url)
    assert f"{url}?line=6#L6" in page
    assert "first forbidden line: line 5" in page
    assert "never came: READY; the end" in page


def test_gaps_and_cut_lines_are_marked(browser: Browser, seed: Seed) -> None:
    seed.machine()
    number = seed.boot(seed.submission(), state="running")
    small = ConsoleStore(seed.farm.settings.consoles, Limits(head_bytes=4096, tail_bytes=4096, segment_bytes=1024))
    stream = small.stream(f"boot-{number}", "serial")
    for _ in range(60):
        stream.append(stream.size(), b"flood flood flood flood flood\r\n" * 20, now())
    assert "dropped here to keep head and tail of a flood" in browser.text(f"/boots/{number}/log/serial")
    seed.said(f"boot-{number}", b"x" * 20_000 + b"\r\n", "build")
    assert "cut, 19.5 KiB raw" in browser.text(f"/boots/{number}/log/build")


def test_a_stream_name_that_can_be_none_is_refused(browser: Browser, seed: Seed) -> None:
    long_log(seed, 1)
    assert "is not the name of a console" in browser.text("/boots/1/log/SERIAL..", 400)
