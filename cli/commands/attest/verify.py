"""`bootfarm attest verify`: judge an evidence again, here; offline, from a bundle, with no farm."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.client_command import ClientCommand
from cli.errors import CliError, farm_errors
from cli.exit_codes import ExitCode
from cli.output import Output
from cli.shapes import Shape

if TYPE_CHECKING:
    from farm.evidence.appraisal import Appraisal, Tier
    from farm.evidence.bundle import Bundle


class Step(Shape):
    """One step."""

    name: str
    outcome: str
    expected: str
    actual: str
    detail: str


class Verified(Shape):
    """What the verifier says. `accepted` is what the exit status says."""

    source: str
    tier: str
    required: str
    accepted: bool
    reason: str
    statement: str
    verifier: str
    steps: list[Step]
    vector: dict[str, int]


@click.command(cls=ClientCommand, prints=(Verified,))
@click.argument("boot", required=False)
@click.option(
    "--offline",
    "bundle",
    metavar="BUNDLE",
    type=click.Path(path_type=Path),
    help="The file of a bundle, instead of asking the farm for BOOT's.",
)
@click.option(
    "--require",
    type=click.Choice(("affirming", "warning")),
    help="The tier to reach; without it, what the bundle's plan and policy ask for, and warning at least.",
)
@click.pass_obj
def verify(output: Output, boot: str | None, bundle: Path | None, require: str | None) -> int:
    """Judge evidence again on this machine, by the code that the farm runs: BOOT's as the farm gives it, or a bundle's.
    Ends with 7 if it is below what is required.

    What the evidence is held to (references, keys, the nonce) comes with it: of BOOT, from the farm.
    """
    from farm.evidence.appraisal import VERIFIER, appraise
    from farm.evidence.bundle import read

    if (boot is None) == (bundle is None):
        raise click.UsageError("Name either BOOT or --offline BUNDLE.")
    content = _content(bundle) if bundle else _from_farm(boot or "")
    with farm_errors():
        given = read(content)
    required = _required(given, require)
    try:
        found = appraise(given.evidence, given.expected, given.policy, given.at)
    except Exception as fault:  # whatever it is, it says nothing about the evidence
        message = f"The verifier failed, so nothing is known: {type(fault).__name__}: {fault}."
        raise CliError(message, code=ExitCode.INFRA) from fault
    accepted = found.tier.reaches(required)
    if given.verifier != VERIFIER:
        output.say(f"The bundle is of {given.verifier}; this is {VERIFIER}.")
    if output.wants_objects:
        output.print_object(_shape(given, found, required, accepted))
    else:
        _show(output, found, required, accepted)
    return ExitCode.PASS if accepted else ExitCode.NOT_ATTESTED


def _from_farm(boot: str) -> bytes:
    from cli.api_client import connect
    from cli.typed_ids import job_id
    from farm.evidence.bundle import LARGEST

    job = job_id(boot, allowed=("boot",))
    answer = connect().request("GET", f"{job.path}/evidence-bundle", stream=True)
    try:
        return bytes(answer.read(LARGEST + 1))
    finally:
        answer.release_conn()


def _content(file: Path) -> bytes:
    from farm.evidence.bundle import LARGEST

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise CliError(f"There is no {file}.", code=ExitCode.NOT_FOUND) from error
    except OSError as error:
        raise CliError(f"{file} can't be read: {error.strerror}.") from error


def _required(given: "Bundle", require: str | None) -> "Tier":
    """Who verifies wants to know whether it is any good: contraindicated and none never are."""
    from farm.evidence.results import Tier

    if require:
        return Tier(require)
    asked = (Tier.WARNING, given.require, given.policy.required(given.expected.tags))
    return max(asked, key=lambda tier: (Tier.NONE, Tier.WARNING, Tier.AFFIRMING).index(tier))


def _show(output: Output, found: "Appraisal", required: "Tier", accepted: bool) -> None:
    rows = [(step.name, step.outcome.value, _told(step.expected, step.actual, step.detail)) for step in found.steps]
    output.table(("step", "outcome", "found"), rows)
    output.line(f"{found.tier.value}: {found.statement}")
    if not accepted:
        output.say(f"Refused: {found.tier.value} is below {required.value}, which is required.")


def _told(expected: str, actual: str, detail: str) -> str:
    if detail:
        return f"{detail}: {actual}, expected {expected}" if actual else detail
    return actual


def _shape(given: "Bundle", found: "Appraisal", required: "Tier", accepted: bool) -> Verified:
    from farm.evidence.appraisal import VERIFIER

    return Verified(
        source=given.source,
        tier=found.tier.value,
        required=required.value,
        accepted=accepted,
        reason=found.reason,
        statement=found.statement,
        verifier=VERIFIER,
        steps=[
            Step(
                name=step.name,
                outcome=step.outcome.value,
                expected=step.expected,
                actual=step.actual,
                detail=step.detail,
            )
            for step in found.steps
        ],
        vector=dict(found.vector),
    )
