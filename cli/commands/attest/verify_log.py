"""`bootfarm attest verify-log`: has anybody changed what was recorded? On the farm's host, without a web server."""

import click

from cli.command import FarmCommand
from cli.exit_codes import ExitCode
from cli.output import Output


@click.command(cls=FarmCommand)
@click.option(
    "--noted",
    multiple=True,
    metavar="CHAIN=HASH",
    help="A head that an earlier walk printed, kept elsewhere; it must still be in the chain. Repeatable.",
)
@click.pass_obj
def verify_log(output: Output, noted: tuple[str, ...]) -> int:
    """Walk the chains of evidence and appraisals. Ends with 7 if a row was changed, removed, reordered or cut off.

    Who owns the database can write both chains anew from the start, heads included. Keep the printed heads elsewhere
    and give them to a later walk: then that shows, too.
    """
    from cli.server.farm_here import farm_here
    from farm import schema
    from farm.appraisals.verify_log import verify_log as walk

    anchors = dict(_pair(text) for text in noted)
    with farm_here() as farm:
        schema.check(farm)
        found = walk(farm, anchors)
    for one in found:
        said = one.broken.sentence if one.broken else "" if one.holds_anchor else "the noted head is not in this chain"
        if output.json:
            output.json_line({"chain": one.chain, "rows": one.rows, "head": one.head, "broken": said})
        else:
            output.line(f"{one.chain}: {one.rows} rows, head {one.head}" + (f", BROKEN: {said}" if said else ", whole"))
    whole = all(one.broken is None and one.holds_anchor for one in found)
    return ExitCode.PASS if whole else ExitCode.NOT_ATTESTED


def _pair(text: str) -> tuple[str, str]:
    chain, found, digest = text.partition("=")
    if chain not in ("evidence", "appraisals") or not found or len(digest) != 64:
        raise click.UsageError(f'--noted takes evidence=HASH or appraisals=HASH, not "{text}".')
    return chain, digest
