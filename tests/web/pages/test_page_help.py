"""Help pages: one for each code and cause, and the list for what is unknown."""

import pytest

from farm.errors import FarmError
from farm.plans import CODES
from farm.states import Cause
from tests.web.pages.page_browser import Browser
from web.pages.help_texts import CAUSE_STEPS, CODE_STEPS, ERRORS


def test_every_cause_and_every_code_has_its_page(browser: Browser) -> None:
    for cause in Cause:
        assert CAUSE_STEPS[cause] in browser.text(f"/help/reasons/{cause}")
    for code in CODES:
        assert CODE_STEPS[code] in browser.text(f"/help/errors/{code}")
    for code, (meaning, _) in ERRORS.items():
        assert meaning in browser.text(f"/help/errors/{code}")


def test_every_family_of_errors_is_explained() -> None:
    families = {one.code for one in FarmError.__subclasses__()}
    assert families <= set(ERRORS)


@pytest.mark.parametrize("url", ["/help/errors/CFG999", "/help/reasons/moon-phase"])
def test_an_unknown_one_gets_the_list(browser: Browser, url: str) -> None:
    shown = browser.text(url, 404)
    assert "These are all there are." in shown
    assert "CFG001" in shown
    assert "guest-panic" in shown
