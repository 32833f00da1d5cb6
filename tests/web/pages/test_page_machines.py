"""Machines: list, facets, one machine, and its service."""

from farm.access import Scope
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed


def test_an_empty_list_says_how_to_begin(browser: Browser) -> None:
    assert "bootfarm machine add" in browser.text("/machines")


def test_facets_narrow_the_list(browser: Browser, seed: Seed) -> None:
    seed.machine("qemu-1", tags=["virtual"])
    seed.machine("nuc-1", tags=["metal"])
    shown = browser.text("/machines?tag=metal")
    assert "1 of 2 machines" in shown
    assert "qemu-1" not in shown
    assert "No machine matches" in browser.text("/machines?tag=metal&pool=other")


def test_a_machine_shows_its_record_and_recent_boots(browser: Browser, seed: Seed) -> None:
    seed.machine()
    assert "It has never booted." in browser.text("/machines/qemu-1")
    seed.passed(seed.submission())
    shown = browser.text("/machines/qemu-1")
    assert "100.0 % pass" in shown
    assert "good" in shown


def test_out_of_service_and_back(ada: Browser, seed: Seed) -> None:
    seed.machine()
    service = "/machines/qemu-1/service"
    assert ada.post("/machines/qemu-1", service, reason="  ").status_code == 400
    assert ada.post("/machines/qemu-1", service, reason="new cable").status_code == 303
    assert "new cable" in ada.text("/machines/qemu-1")
    assert ada.post("/machines/qemu-1", service, in_service="1").status_code == 303
    assert "new cable" not in ada.text("/machines/qemu-1")


def test_only_operators_change_service(browser: Browser, seed: Seed) -> None:
    seed.machine()
    browser.log_in(seed.person("sub", Scope.SUBMIT))
    assert 'needs the scope "operate"' in browser.text("/machines/qemu-1")
    assert browser.post("/submit", "/machines/qemu-1/service", reason="x").status_code == 403


def test_an_unknown_machine_names_the_nearest(browser: Browser, seed: Seed) -> None:
    seed.machine()
    assert "Did you mean qemu-1?" in browser.text("/machines/qmu-1", 404)
