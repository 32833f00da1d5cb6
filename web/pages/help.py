"""A page for each cause and each error code: what it means and what to do. An unknown one gets the list."""

from flask import Blueprint, Response

from farm.evidence.step_names import ALL
from farm.plans import CODES
from farm.states import CAUSES
from web.pages.answers import page
from web.pages.help_texts import CAUSE_STEPS, CODE_STEPS, ERRORS, KEYS, STEP_HELP

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
def contents() -> Response:
    """All causes, all codes, all keys."""
    return _contents()


@blueprint.get("/help/reasons/<name>")
def reason(name: str) -> Response:
    """One cause of a verdict, or one check of the verifier that may keep a tier from affirming."""
    if name in ALL:
        meaning = f"A check of the verifier. It holds when {ALL[name]}."
        return page("help_one.html", name=name, verdict="", meaning=meaning, steps=STEP_HELP)
    cause = next((cause for cause in CAUSES if cause == name), None)
    if cause is None:
        return _contents(f'There is no cause "{name[:60]}".', 404)
    verdict, meaning = CAUSES[cause]
    return page("help_one.html", name=cause.value, verdict=verdict.value, meaning=meaning, steps=CAUSE_STEPS[cause])


@blueprint.get("/help/errors/<code>")
def error(code: str) -> Response:
    """One error code, of the plan or of a request."""
    if code in CODES:
        return page("help_one.html", name=code, verdict="", meaning=CODES[code], steps=CODE_STEPS.get(code, ""))
    if code in ERRORS:
        meaning, steps = ERRORS[code]
        return page("help_one.html", name=code, verdict="", meaning=meaning, steps=steps)
    return _contents(f'There is no error code "{code[:60]}".', 404)


def _contents(missing: str = "", status: int = 200) -> Response:
    return page(
        "help.html", status=status, causes=CAUSES, codes=CODES, errors=ERRORS, checks=ALL, keys=KEYS, missing=missing
    )
