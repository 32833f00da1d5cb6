"""The entry point: `bootfarm`. Nothing heavy is imported here; each command's module is loaded when it runs."""

import sys
from collections.abc import Sequence

import click

from cli.command import LazyGroup, Table
from cli.exit_codes import ExitCode, for_bisect

_CLIENT: Table = {
    "check": ("cli.commands.check:check", "Say what is wrong with a plan file."),
    "submit": ("cli.commands.submit:submit", "Build and boot a commit."),
    "list": ("cli.commands.listing:list_jobs", "List boots, builds or submissions."),
    "show": ("cli.commands.show:show", "Show one boot, build or submission."),
    "watch": ("cli.commands.watch:watch", "Follow until there is a verdict."),
    "logs": ("cli.commands.logs:logs", "Print what a machine or a build said."),
    "cancel": ("cli.commands.cancel:cancel", "Cancel what is unfinished."),
    "rerun": ("cli.commands.rerun:rerun", "Run again, as new attempts."),
    "attest": ("cli.commands.attest:attest", "Evidence, and what the verifier made of it."),
    "machine": ("cli.commands.machine:machine", "See, add and serve machines."),
    "repo": ("cli.commands.repo:repo", "See and add repositories."),
    "token": ("cli.commands.token:token", "Make, see and revoke tokens."),
    "login": ("cli.commands.login:login", "Remember a farm and your token there."),
    "api": ("cli.commands.api:api", "Call the REST API."),
    "completion": ("cli.commands.completion:completion", "Print a completion script for a shell."),
}
_SERVER: Table = {
    "up": ("cli.up.command:up", "Run a whole farm here and boot the commit of this checkout."),
    "web": ("cli.server.web:web", "Serve pages and API."),
    "dispatcher": ("cli.server.dispatcher:dispatcher", "Hand out work and keep the farm whole."),
    "worker": ("cli.server.worker:worker", "Build, or boot the machines of a lab."),
    "login-link": ("cli.server.login_link:login_link", "Print a one-time link that logs a person in."),
    "keys": ("cli.server.keys:keys", "See and rotate the keys that sign results."),
    "evidence": ("cli.server.evidence:evidence", "Remove old raw evidence."),
    "demo": ("cli.server.demo:demo", "Fill an empty farm with made-up history."),
    "db": ("cli.server.database:db", "Upgrade and check the database."),
}


def _show_version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from farm import version

        click.echo(f"bootfarm {version()}")
        ctx.exit()


@click.command(
    cls=LazyGroup,
    tables={"Commands": _CLIENT, "Commands on the farm's host": _SERVER},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="The version.")
def bootfarm() -> None:
    """A boot farm for firmware: a commit goes in, a booted machine and a verdict come out.

    BOOTFARM_URL and BOOTFARM_TOKEN name the farm; without them it is the one that runs here, or the last login.
    """


def run(argv: Sequence[str]) -> int:
    """Run one command line; the exit status."""
    code = _run(argv)
    # Also for a command line that is too wrong to be parsed: git must stop bisecting then.
    return for_bisect(code) if "--bisect" in argv else code


def _run(argv: Sequence[str]) -> int:
    try:
        result = bootfarm.main(args=list(argv), prog_name="bootfarm", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.PASS


def main() -> None:
    """The `bootfarm` program."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
