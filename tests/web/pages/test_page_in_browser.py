"""The pages in a real Chromium, light and dark: no errors, the theme switch, live lines, requests and bytes."""

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from werkzeug.serving import make_server

from farm import boots
from farm.changes import ChangeKind
from farm.farm import Farm
from farm.states import Cause
from tests.conftest import tool, wait_until
from tests.web.pages.attesting import Attest, digest, platform
from tests.web.pages.seeding import Seed
from web import assets
from web.app import create_app

ROOT = Path(__file__).parents[3]
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)
IMAGE = digest("image 1")
PAGES = (
    "/",
    "/submit",
    "/boots",
    "/builds",
    "/submissions",
    "/submissions/1",
    "/boots/boot-1",
    "/boots/boot-2",
    "/builds/1",
    "/builds/2",
    "/boots/1/log/serial?line=2",
    "/boots/1/log/serial?q=READY",
    "/machines",
    "/machines/qemu-1",
    "/attest",
    "/attest?view=changes",
    "/attest?view=machines",
    "/attest?view=images",
    "/attest?view=timeline",
    "/compare?a=1&b=3",
    "/images/" + IMAGE,
    "/refs",
    "/refs/1",
    "/policies",
    "/policies/1?dry=1",
    "/boots/boot-3",
    "/login",
    "/me/tokens",
    "/help",
    "/help/reasons/guest-panic",
)


@pytest.fixture(scope="session")
def real_assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make assets` builds, built here."""
    if not (ROOT / "node_modules" / "esbuild").exists():
        pytest.fail("the npm packages are not installed; `make assets` installs them", pytrace=False)
    folder = tmp_path_factory.mktemp("assets") / "dist"
    program = [tool("node", "nodejs"), str(ROOT / "web" / "assets" / "build.mjs"), str(folder)]
    subprocess.run(program, check=True, stdout=subprocess.DEVNULL)
    return folder


def attested(attest: Attest, submission: int) -> None:
    """Something on every attestation page."""
    attest.seed.machine("qemu-3")
    attest.enrolled()
    attest.appraised(1, shown=platform((0, "firmware"), (4, "image")))
    reference = attest.reference()
    shown = platform((0, "firmware"), (4, "a detour"))
    last = attest.boot(
        submission, "contraindicated", failed="binding-pcr4", shown=shown, relied=(reference,), machine="qemu-3"
    )
    attest.changed(1, last)
    pcr = {"kind": ChangeKind.PCR, "what": "PCR4 platform", "values": (digest("image"), digest("a detour"))}
    attest.changed(1, last, **pcr)  # type: ignore[arg-type]


@pytest.fixture
def site(page_farm: Farm, seed: Seed, real_assets: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A farm with something on every page, served to real browsers."""
    monkeypatch.setattr(assets, "DIST", real_assets)
    seed.machine()
    seed.machine("qemu-2")
    good = seed.submission()
    seed.built(good)
    seed.passed(good)
    seed.said(f"boot-{seed.boot(good, 'qemu-2', state='running')}", b"first line\r\n")
    seed.built(seed.submission("break it", commit="a" * 40), Cause.BUILD_ERROR, error_line=1)
    seed.said("build-2", b"error: broken\n", "build")
    attested(Attest(seed), good)
    server = make_server("127.0.0.1", 0, create_app(page_farm), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """A fresh Chromium without a network of its own."""
    options = Options()
    options.binary_location = tool("chromium", "chromium")
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'chromium'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(tool("chromedriver", "chromium-driver")))
    yield driver
    driver.quit()


def prefer(chromium: webdriver.Chrome, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def log_in(chromium: webdriver.Chrome, site: str, secret: str) -> None:
    chromium.get(f"{site}/login")
    chromium.find_element(By.ID, "token").send_keys(secret)
    chromium.find_element(By.CSS_SELECTOR, "main button").click()
    wait_until("logged in", lambda: "Log out" in chromium.page_source)


def background(chromium: webdriver.Chrome) -> str:
    colour: str = chromium.execute_script("return getComputedStyle(document.body).backgroundColor")
    return colour


def complaints(chromium: webdriver.Chrome) -> list[str]:
    entries: list[dict[str, str]] = chromium.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_without_errors_and_fits_a_narrow_screen(
    chromium: webdriver.Chrome, site: str, seed: Seed, scheme: str
) -> None:
    prefer(chromium, scheme)
    log_in(chromium, site, seed.token("ada", *seed.person().scopes - {"worker"}))
    for url in PAGES:
        chromium.get(site + url)
        assert chromium.title.endswith("bootfarm"), url
        assert background(chromium) == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(14, 17, 22)"), url
        narrow = {"width": 320, "height": 700, "deviceScaleFactor": 1, "mobile": False}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
        width = chromium.execute_script("return document.documentElement.scrollWidth")
        chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        assert width <= 320, f"{url} is {width} px wide on a screen of 320"
        assert complaints(chromium) == [], url


def test_the_theme_switch_wins_over_the_system_and_is_remembered(chromium: webdriver.Chrome, site: str) -> None:
    prefer(chromium, "light")
    chromium.get(site)
    switch = chromium.find_element(By.CSS_SELECTOR, "[data-switch=theme]")
    assert switch.text == "Theme: system"
    switch.click()
    switch.click()
    assert switch.text == "Theme: dark"
    assert background(chromium) == "rgb(14, 17, 22)"
    chromium.get(f"{site}/machines")
    assert background(chromium) == "rgb(14, 17, 22)"


def classes(chromium: webdriver.Chrome, line: str) -> str:
    return chromium.find_element(By.ID, line).get_attribute("class") or ""


def test_console_lines_appear_by_themselves_and_the_verdict_is_announced(
    chromium: webdriver.Chrome, site: str, seed: Seed
) -> None:
    with seed.farm.db.writing() as session:
        marker = {"name": "line 1", "kind": "expect", "text": "RUNTIME READY"}
        boots.boot(session, 2).expectations = {"markers": [marker]}
    chromium.get(f"{site}/boots/boot-2")
    seed.said("boot-2", b"half a li")
    wait_until("half a line", lambda: "half a li" in chromium.page_source)
    seed.said("boot-2", b"ne\r\nRUNTIME READY\r\n")
    began = time.monotonic()
    wait_until("the line is whole", lambda: "half a line" in chromium.page_source, every=0.01)
    assert time.monotonic() - began < 2
    assert len(chromium.find_elements(By.ID, "L2")) == 1
    wait_until("the marker's line is marked while it runs", lambda: "hit is-pass" in classes(chromium, "L3"))
    assert "hit" not in classes(chromium, "L2")
    seed.finished(2)
    region = chromium.find_element(By.ID, "announcer")
    wait_until("announced", lambda: "boot-2: pass" in (region.get_attribute("textContent") or ""))
    wait_until("no live mark", lambda: not chromium.find_elements(By.ID, "stream-live"))
    assert "Booted in" in chromium.find_element(By.ID, "state").text
    assert complaints(chromium) == []


def test_a_paused_console_keeps_what_it_will_show_and_says_what_it_left_out(
    chromium: webdriver.Chrome, site: str, seed: Seed
) -> None:
    chromium.get(f"{site}/boots/boot-2")
    wait_until("the stream is open", lambda: "first line" in chromium.page_source)
    chromium.find_element(By.ID, "pause").click()
    note = chromium.find_element(By.ID, "stream-note")
    for first in range(2, 7002, 1000):
        seed.said("boot-2", b"".join(b"line %d\n" % number for number in range(first, first + 1000)))
        said = min(first + 998, 5000)
        wait_until("the lines came", lambda said=said: f"{said:,}".replace(",", "") in note.text.replace(",", ""))
    assert note.text == "The last 5,000 lines wait, older ones are in the log"
    chromium.find_element(By.ID, "pause").click()
    wait_until("all are shown", lambda: chromium.find_elements(By.ID, "L7001"))
    assert not chromium.find_elements(By.ID, "L2001")
    assert chromium.find_element(By.ID, "L2500").text.endswith("line 2500")
    assert complaints(chromium) == []


def test_keys_move_through_rows_and_line_links_mark_ranges(chromium: webdriver.Chrome, site: str) -> None:
    chromium.get(f"{site}/boots")
    chromium.find_element(By.TAG_NAME, "body").send_keys("jjj")
    assert chromium.switch_to.active_element.get_attribute("id") == "boot-1"
    chromium.get(f"{site}/boots/boot-1/log/serial#L1-L2")
    wait_until("two marked", lambda: len(chromium.find_elements(By.CSS_SELECTOR, ".line.marked")) == 2)


def test_the_first_visit_is_small(chromium: webdriver.Chrome, site: str, real_assets: Path) -> None:
    chromium.get(site)
    script = "return performance.getEntriesByType('resource').map(e => [e.name, e.transferSize])"
    wait_until("all loaded", lambda: chromium.execute_script("return document.readyState") == "complete")
    loaded: list[tuple[str, int]] = chromium.execute_script(script)
    page = chromium.execute_script("return performance.getEntriesByType('navigation')[0].transferSize")
    assert 1 + len({name for name, _ in loaded}) <= 6, loaded
    assert page + sum(size for _, size in loaded) <= 60_000
    packed = {file.name.split("-")[0]: file.stat().st_size for file in real_assets.glob("*.gz")}
    styles = next(file.stat().st_size for file in real_assets.glob("app-*.css.gz"))
    own = sum(file.stat().st_size for file in real_assets.glob("*.js.gz")) - packed["htmx"]
    assert styles <= 10_000
    assert packed["htmx"] <= 18_000
    assert own <= 8_000


def test_attestation_pages_name_what_a_reader_can_only_hear(chromium: webdriver.Chrome, site: str, seed: Seed) -> None:
    log_in(chromium, site, seed.token("ada", *seed.person().scopes - {"worker"}))
    for url in PAGES:
        chromium.get(site + url)
        nameless = chromium.execute_script(NAMELESS)
        assert nameless == [], url


# Controls without a name, drawings without a text, headers of tables without a scope, ids that stand twice, and
# headings that leave out a level (WCAG 2.2: 4.1.2, 1.1.1, 1.3.1).
NAMELESS = """
const bad = [];
const said = (node) => (node.getAttribute("aria-label") || node.textContent || node.title || "").trim();
for (const node of document.querySelectorAll("a[href], button")) if (!said(node)) bad.push(node.outerHTML.slice(0, 90));
for (const node of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
  if (!node.labels.length && !node.getAttribute("aria-label")) bad.push(node.outerHTML.slice(0, 90));
for (const node of document.querySelectorAll("main svg:not([aria-hidden])"))
  if (!(node.getAttribute("role") === "img" && node.getAttribute("aria-label"))) bad.push(node.outerHTML.slice(0, 90));
for (const node of document.querySelectorAll(".attestation th, .grid th, .checks th"))
  if (!node.scope) bad.push(node.outerHTML.slice(0, 90));
const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
bad.push(...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => "id twice: " + id));
const levels = [...document.querySelectorAll("h1, h2, h3")].map((node) => Number(node.tagName[1]));
levels.forEach((level, place) => { if (place && level > levels[place - 1] + 1) bad.push("heading h" + level); });
if (levels[0] !== 1) bad.push("no h1 first");
return bad;
"""
