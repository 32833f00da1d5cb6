"""Nothing that a machine, a commit or a person wrote becomes markup."""

import html
import re
import shlex

import pytest

from farm import machines, wire
from farm.changes import ChangeKind
from farm.farm import Farm
from farm.references import ReferenceKind
from farm.states import Cause, Verdict
from tests.web.pages.attesting import Attest
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed

EVIL = "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>"
PAGES = (
    "/",
    "/boots",
    "/builds",
    "/submissions",
    "/submissions/1",
    "/machines",
    "/boots/1",
    "/boots/2",
    "/builds/1",
    "/boots/1/log/serial",
    "/boots/1/log/serial?q=<script>",
    "/builds/1/log/build",
    f"/search?q={EVIL}",
    f"/submit?repository={EVIL}&ref={EVIL}&machines={EVIL}",
    f"/help/errors/{EVIL.replace('/', '')}",
    f"/login?next={EVIL}",
    f"/boots?machine={EVIL}",
    f"/attest?view=timeline&reason={EVIL}",
    f"/attest?machine={EVIL}",
    "/attest",
    "/attest?view=machines",
    "/attest?view=changes",
    "/refs",
    "/refs/1",
    "/compare?a=1&b=2",
    f"/policies?body={EVIL}",
)


def attested(attest: Attest, submission: int) -> None:
    """Evidence, changes and values that speak hostile text."""
    attest.seed.built(submission)
    attest.seed.machine("qemu-2")
    boot = attest.boot(submission, "contraindicated", machine="qemu-2", failed=EVIL[:100])
    what = {"kind": ChangeKind.FIRMWARE, "what": EVIL[:40], "values": (EVIL, EVIL)}
    attest.changed(1, boot, **what)  # type: ignore[arg-type]
    attest.reference("pcr0", kind=ReferenceKind.FIRMWARE, pcr=0, firmware=EVIL, machine_id=1)


@pytest.fixture
def hostile(ada: Browser, seed: Seed, page_farm: Farm) -> Browser:
    """A farm full of hostile text."""
    seed.machine()
    number = seed.submission(EVIL, plan=f"# {EVIL}", note=EVIL, warnings=EVIL)
    build = seed.built(number, Cause.BUILD_ERROR, error_line=1)
    seed.said(f"build-{build}", EVIL.encode() + b"\n", "build")
    boot = seed.boot(number, state="running")
    seed.said(f"boot-{boot}", EVIL.encode() + b"\x1b[31m\x00\xff\r\n" + b"\xf0\x9f</div>" * 9 + b"\r\n")
    cases = [wire.Case(name=EVIL, met=True, kind="forbid", text=EVIL, offset=3, detail=EVIL)]
    seed.finished(boot, Verdict.FAIL, Cause.GUEST_PANIC, EVIL, cases=cases)
    running = seed.boot(number, state="running")
    seed.said(f"boot-{running}", EVIL.encode())
    attested(Attest(seed), seed.submission("built", commit="b" * 40))
    with page_farm.db.writing() as session:
        found = machines.machine(session, "qemu-1")
        found.name, found.reason, found.tags = EVIL[:60], EVIL, [EVIL]
        found.options, found.firmware = {EVIL: EVIL}, [EVIL]
        found.held = True
    return ada


@pytest.mark.parametrize("url", PAGES)
def test_hostile_text_stays_text(hostile: Browser, url: str) -> None:
    page = hostile.client.get(url).text
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert not re.search(r"\son\w+=", re.sub(r'"[^"]*"', '""', re.sub(r">[^<]*<", "><", page)))


def test_pages_need_no_inline_script_or_style(hostile: Browser) -> None:
    for url in PAGES:
        page = hostile.client.get(url).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert not re.search(r"<[^>]*\sstyle=", page)
        assert "<style" not in page


def test_a_command_to_copy_runs_nothing_else(ada: Browser) -> None:
    page = ada.get("/submit?repository=runtime&ref=main;reboot&machines='$(reboot)'")
    copied = re.search(r'data-copy="(bootfarm submit [^"]+)"', page)
    assert copied
    words = shlex.split(html.unescape(copied[1]))
    assert words == ["bootfarm", "submit", "main;reboot", "--repo", "runtime", "-m", "'$(reboot)'"]
