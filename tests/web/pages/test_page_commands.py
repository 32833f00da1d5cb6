"""The command at the foot of each attestation page is one that the command line takes."""

import html
import re
import shlex

import click
import pytest

from cli.main import bootfarm
from tests.web.pages.attesting import Attest, digest
from tests.web.pages.page_browser import Browser
from tests.web.pages.seeding import Seed


def parse(words: list[str]) -> None:
    """As the shell would hand it over; raises what the person would read."""
    command: click.Command = bootfarm
    context, name, rest = None, words[0], words[1:]
    while isinstance(command, click.Group):
        context = click.Context(command, info_name=name, parent=context)
        found, command_or_none, rest = command.resolve_command(context, rest)
        assert command_or_none
        assert found
        name, command = found, command_or_none
    command.parse_args(click.Context(command, info_name=name, parent=context), rest)


@pytest.mark.parametrize(
    "url",
    [
        "/attest",
        "/attest?machine=qemu-1&at=7d",
        "/attest?view=changes",
        "/attest?view=changes&first=1&cause=unexplained&worse=1&open=1&pcr=4",
        "/attest?view=machines&tier=silent",
        "/attest?view=images&at=7d",
        "/attest?view=timeline&tier=warning&repository=runtime&reason=binding&commit=e0aa&since=7d",
        "/attest?view=timeline&ak=000b{inner}&image=abcdef12&firmware=ovmf&outcome=done",
        "/attest?view=machines&reason=binding&firmware=ovmf",
        "/attest?view=changes&kind=pcr",
        "/attest?view=changes&kind=pcr&first=1&expected=1",
        "/attest?view=changes&expected=1",
        "/attest?since=7d&until=1d",
        "/refs?state=pending&kind=image",
        "/refs/1",
        "/policies",
        "/policies/1",
        "/compare",
        "/compare?a=1&b=2",
        "/images/abcdef12",
        "/machines/qemu-1",
        "/boots/1",
    ],
)
def test_the_command_at_the_foot_can_be_typed(browser: Browser, seed: Seed, attest: Attest, url: str) -> None:
    seed.machine()
    submission = seed.submission()
    seed.built(submission)
    attest.reference()
    for _ in range(2):
        attest.boot(submission, "contraindicated", failed="image", image="abcdef12" + "0" * 56)
    url = url.format(inner=digest("inner"))
    found = re.search(r"Command line</dt><dd><code>(.*?)</code>", browser.get(url))
    assert found
    words = shlex.split(html.unescape(found[1]))
    assert words[0] == "bootfarm"
    parse(words)
