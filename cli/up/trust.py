"""What an embedded farm takes as good from its first boot on, and how it says so.

- Images that it builds itself of the checkout that it was started in: whoever starts a farm there trusts that code.
- The firmware of the machines that it makes itself, as their first bound boot shows it: it is this host's own file, and
  nobody else vouches for it. An appraisal that rests on this says so in its statement.

Neither says anything about the host: whoever is root there can forge both, which every statement of trust says.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from farm.machines import Lab

_BY = "bootfarm up"
_BUILDS = "the checkout that this embedded farm was started in"
_FIRMWARE = "virtual machines that this embedded farm makes, with the firmware that is installed on its host"


def trust_own(session: "Session", lab: "Lab", repository: str) -> None:
    """Make the two rules, unless they stand or somebody ended them."""
    from farm import repositories
    from farm.references import rules

    if not rules.was_made(session, lab_id=lab.id):
        rules.trust_first_use(session, lab.id, by=_BY, why=_FIRMWARE)
    if repository:
        own = repositories.repository(session, repository).id
        if not rules.was_made(session, repository_id=own):
            rules.trust_builds(session, own, by=_BY, why=_BUILDS)
