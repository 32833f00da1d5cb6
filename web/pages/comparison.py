"""Two boots side by side: only what differs, the first differing event in words, the first line that parts."""

from flask import Blueprint, Response, request

from farm import comparing
from farm.asking import tier_of
from farm.comparing import Comparison
from farm.errors import BadRequest
from farm.evidence.results import Tier
from farm.ids import parse_id
from web.current import farm
from web.pages.answers import page
from web.pages.filters import known
from web.pages.tiers import tier_mark

blueprint = Blueprint("comparison", __name__)


@blueprint.get("/compare")
def compare() -> Response:
    """Boot `a` beside boot `b`; without both, a form that asks for them."""
    known("a", "b")
    a, b = (request.args.get(name, "").strip() for name in "ab")
    if not a or not b:
        return page("compare.html", found=None, a=a, b=b)
    one, other = parse_id(a, "boot"), parse_id(b, "boot")
    if one == other:
        raise BadRequest(f"boot-{one} is the same on both sides.", next_step="Compare it with another boot.")
    with farm().db.reading() as session:
        found = comparing.compare(farm(), session, one, other)
        return page("compare.html", found=found, a=a, b=b, markdown=markdown(found), read_as=read_as(found))


def read_as(found: Comparison) -> str:
    """What the difference comes to, where one sentence can say it."""
    pcr4 = next((one for one in found.pcrs if one.pcr == 4 and one.source != "quote"), None)
    bad = [side for side in (found.a, found.b) if side.reason == "binding-pcr4"]
    if pcr4 and bad:
        return "Another program ran between firmware and the image, or instead of it."
    if not found.pcrs and found.a.tier != found.b.tier and Tier.NONE not in (found.a.tier, found.b.tier):
        return (
            "The machines measured the same; what the farm holds against it changed: policy, reference value, verifier."
        )
    return ""


def markdown(found: Comparison) -> str:
    """The whole comparison for an issue or a mail."""
    head = f"| | a: boot-{found.a.boot} | b: boot-{found.b.boot} |\n|---|---|---|\n"
    rows: list[tuple[str, ...]] = [
        ("machine", found.a.machine, found.b.machine),
        ("verdict", found.a.verdict, found.b.verdict),
    ]
    rows += [("tier", _tier(found.a.outcome, found.a.tier), _tier(found.b.outcome, found.b.tier))]
    rows += [(one.what, one.a, one.b) for one in found.differs if one.what not in ("machine", "verdict", "tier")]
    rows += [(f"PCR{one.pcr} {one.source}: {one.why}", one.a, one.b) for one in found.pcrs]
    parted = found.console
    if parted:
        rows += [(f"console, after {parted.compared} equal lines", *(_line(one) for one in (parted.a, parted.b)))]
    table = "".join(f"| {' | '.join(_cell(text) for text in row)} |\n" for row in rows)
    return f"{head}{table}\n{found.commits.sentence} Same: {', '.join(found.same)}.\n"


def _tier(outcome: str | None, tier: str | None) -> str:
    return tier_mark(tier_of(outcome or "done", tier or "none")).word


def _line(text: str | None) -> str:
    return "(ended)" if text is None else text


def _cell(text: str) -> str:
    """Text of a machine in a Markdown table: neither a column nor a line of its own, nor markup."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ").replace("`", "'")
