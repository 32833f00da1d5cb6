"""Why something changed: the one function that decides, for each cause of the closed list."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from farm import policies
from farm.access import Caller
from farm.changes import Change, ChangeCause, ChangeKind, Standing, differences
from farm.changes.cause import cause_of_pcr, cause_of_tier
from farm.evidence.results import Tier
from farm.farm import Farm
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps

GOOD = Standing(
    boot_id=1,
    tier=Tier.AFFIRMING,
    image="i1",
    image_state="approved",
    firmware="ovmf",
    enrolment="k1",
    policy="p1",
    verifier="v1",
    references={"1": "approved", "2": "approved"},
    expected_pcr4="4444",
    pcrs={("platform", 0): "00", ("platform", 4): "4444", ("platform", 14): "aa", ("quote", 10): "10"},
)


def bad(reason: str, **other: Any) -> Standing:
    return replace(GOOD, boot_id=2, tier=Tier.CONTRAINDICATED, reason=reason, **other)


@pytest.mark.parametrize(
    ("after", "cause"),
    [
        (bad("image", image="i2"), ChangeCause.IMAGE),
        (bad("signature", image="i2"), ChangeCause.UNEXPLAINED),
        (bad("nonce", image="i2"), ChangeCause.UNEXPLAINED),
        (bad("binding-ak-known", image="i2", enrolment="k2"), ChangeCause.ENROLMENT),
        (replace(GOOD, boot_id=2, tier=Tier.NONE, reason="framing", image="i2"), ChangeCause.IMAGE),
        (bad("binding-firmware", firmware="ovmf-2"), ChangeCause.FIRMWARE),
        (bad("binding-ak-known", enrolment="k2"), ChangeCause.ENROLMENT),
        (bad("binding", policy="p2"), ChangeCause.POLICY),
        (bad("image", references={"1": "denied", "2": "approved"}), ChangeCause.REFERENCE_VALUE),
        (bad("image", image_state="", references={"2": "approved"}), ChangeCause.REFERENCE_VALUE),
        (bad("nonce", verifier="v2"), ChangeCause.VERIFIER),
        (bad("signature"), ChangeCause.UNEXPLAINED),
        # Whatever else changed at that time, none of it breaks a signature. Such evidence met no reference value.
        (bad("signature", image_state="", references={}), ChangeCause.UNEXPLAINED),
        (bad("signature", policy="p2"), ChangeCause.UNEXPLAINED),
        (bad("binding-signature", firmware="ovmf-2", enrolment="k2", policy="p2"), ChangeCause.UNEXPLAINED),
        (bad("measurements", references={"1": "denied", "2": "approved"}), ChangeCause.UNEXPLAINED),
        (bad("nonce", policy="p2"), ChangeCause.POLICY),
        (bad("binding-firmware", references={"1": "approved", "3": "pending"}), ChangeCause.UNEXPLAINED),
        # Another image ran, but what PCR 4 should be follows from the image: a detour is not its doing.
        (bad("binding-pcr4", image="i2", references={"9": "approved"}), ChangeCause.UNEXPLAINED),
    ],
)
def test_a_tier_changes_for_the_first_cause_that_explains_it(after: Standing, cause: ChangeCause) -> None:
    assert cause_of_tier(GOOD, after) == cause
    assert cause_of_tier(after, GOOD) == cause, "and back for the same"


def shows(value: str, source: str = "platform", pcr: int = 4, **other: Any) -> Standing:
    return replace(GOOD, boot_id=2, pcrs={(source, pcr): value}, **other)


@pytest.mark.parametrize(
    ("after", "source", "pcr", "cause"),
    [
        (shows("55", image="i2", expected_pcr4="55"), "platform", 4, ChangeCause.IMAGE),
        (shows("66", image="i2", expected_pcr4="55"), "platform", 4, ChangeCause.UNEXPLAINED),
        (shows("55", expected_pcr4="55"), "platform", 4, ChangeCause.UNEXPLAINED),
        (shows("66", firmware="ovmf-2"), "platform", 4, ChangeCause.FIRMWARE),
        (shows("11", pcr=0, firmware="ovmf-2"), "platform", 0, ChangeCause.FIRMWARE),
        (shows("11", pcr=0, approved_pcrs=frozenset({0})), "platform", 0, ChangeCause.FIRMWARE),
        (shows("11", pcr=0), "platform", 0, ChangeCause.UNEXPLAINED),
        (shows("11", pcr=0, image="i2"), "platform", 0, ChangeCause.UNEXPLAINED),
        (shows("11", "quote", 10, image="i2"), "quote", 10, ChangeCause.IMAGE),
        (shows("11", "quote", 10), "quote", 10, ChangeCause.UNEXPLAINED),
    ],
)
def test_a_pcr_changes_for_a_cause_that_predicts_its_value(
    after: Standing, source: str, pcr: int, cause: ChangeCause
) -> None:
    assert cause_of_pcr(GOOD, after, source, pcr) == cause


def test_each_difference_is_a_row_and_a_key_of_every_boot_is_none() -> None:
    after = replace(
        GOOD, boot_id=2, image="i2", enrolment="k2", pcrs={**GOOD.pcrs, ("platform", 14): "bb", ("quote", 10): "11"}
    )
    found = [(one["kind"], one["what"], one["cause"]) for one in differences(GOOD, after)]
    assert found == [
        ("image", "image", "image"),
        ("enrolment", "enrolment", "enrolment"),
        ("pcr", "PCR10 quote", "image"),
    ]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("policy", ["", 'name = "default"\nmax_age = "2h"\n'])
def test_a_forgery_on_a_known_image_is_unexplained_whatever_else_changed(
    farm: Farm, admin: Caller, policy: str
) -> None:
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    good, forged = attest.build(farm, admin), attest.build(farm, admin)
    attest.run(farm, good)
    if policy:
        with farm.db.writing() as session:
            policies.add(session, policy, by="ada")
    attest.run(farm, forged, left=lambda: tampered(attest.good(farm, forged)))
    with farm.db.reading() as session:
        [change] = session.scalars(select(Change).where(Change.kind == ChangeKind.TIER))
    assert (change.after, change.cause, change.boot_after) == ("contraindicated", "unexplained", forged)


def tampered(left: attest.Left) -> attest.Left:
    assert left.inner is not None
    return attest.Left(left.inner[:-1] + bytes([left.inner[-1] ^ 1]), left.outer)


def test_nothing_differs_between_equals() -> None:
    assert list(differences(GOOD, replace(GOOD, boot_id=2))) == []
