"""Which of the farm's repositories a checkout is."""

from cli.api_client import ApiClient
from cli.checkout import Checkout, checkout_or_none
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.farm_shapes import Repositories, Repository


def repository_of(client: ApiClient, checkout: Checkout) -> Repository | None:
    """The farm's repository whose URL is this checkout or one of its remotes; the checkout itself comes first."""
    known = [one for one in client.get("/repositories", Repositories).items if checkout.knows(one.url)]
    return min(known, key=lambda one: one.url != str(checkout.folder), default=None)


def implied_repository(client: ApiClient) -> tuple[Repository, Checkout]:
    """Repository and checkout of the current folder.

    Raises:
        CliError: there is no checkout, or the farm doesn't know it.
    """
    checkout = checkout_or_none()
    if checkout is None:
        raise CliError(
            "This is no git checkout with a commit, so nothing says what to submit.", "Name it: --repo NAME and a REF."
        )
    found = repository_of(client, checkout)
    if found is None:
        url = next(iter(checkout.remotes()), str(checkout.folder))
        raise CliError(
            f"The farm knows no repository whose URL is this checkout ({checkout.folder}) or one of its remotes.",
            f"Add it with `bootfarm repo add {url}`, or name one with --repo.",
            ExitCode.NOT_FOUND,
        )
    return found, checkout
