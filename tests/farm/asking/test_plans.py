"""Each question goes along the index that was made for it, on both databases, and reads no large table whole."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from farm import asking, history
from farm.asking import Appraised, Changed, Measured, Page
from farm.asking.scope import Scope
from farm.boots import Boot
from farm.farm import Farm
from tests.farm.made_up import SHAPE
from tests.farm.plan_reading import Ask, asked_of, plan, reads_whole

ONE = Scope(machines=(1,))
SOME = Scope(machines=(1, 2, 3))
EARLIER = Scope(at=SHAPE.end - timedelta(days=20))
LATELY = Scope(since=SHAPE.end - timedelta(days=7))
LAST = SHAPE.commits * SHAPE.machines


def _ran(scope: Scope) -> Ask:
    def ask(session: Session) -> object:
        image = asking.appraisals(session, Appraised(page=Page(limit=1))).rows[0].image
        return asking.machines_that_ran(session, asking.named_images(session, image[:20]), scope)

    return ask


def _of_key(name: str) -> Ask:
    def ask(session: Session) -> object:
        row = asking.appraisals(session, Appraised(tiers=("affirming",), page=Page(limit=1))).rows[0]
        key = asking.named_key(session, getattr(row, name)[:20])
        return asking.appraisals(session, Appraised(keys=(key,), tiers=("affirming",)))

    return ask


def _of_image(session: Session) -> object:
    image = asking.appraisals(session, Appraised(page=Page(limit=1))).rows[0].image
    return asking.appraisals(session, Appraised(SOME, images=(asking.named_images(session, image[:20]),)))


_OF_A_KEY = {"ix_appraisals_ak_name", "ix_appraisals_platform_ak_name"}

# The question, and the indexes without which it would read too much; of PostgreSQL's choices any one of them will do.
QUESTIONS: dict[str, tuple[Ask, set[str]]] = {
    "latest tiers": (
        lambda session: asking.latest_tiers(session, Scope()),
        {"ix_appraisals_machine_id_boot_id_run", "ix_boots_ended"},
    ),
    "latest tiers at a moment": (
        lambda session: asking.latest_tiers(session, EARLIER),
        {"ix_appraisals_first_run", "ix_boots_ended"},
    ),
    "appraisals of a machine": (
        lambda session: asking.appraisals(session, Appraised(Scope((1,), None, LATELY.since, SHAPE.end))),
        {"ix_appraisals_machine_id_at_id"},
    ),
    "appraisals of some machines": (
        lambda session: asking.appraisals(session, Appraised(SOME)),
        {"ix_appraisals_machine_id_at_id"},
    ),
    "appraisals of all": (lambda session: asking.appraisals(session, Appraised()), {"ix_appraisals_at_id"}),
    "appraisals of all, page 2": (
        lambda session: asking.appraisals(session, Appraised(page=Page((2**52, 5)))),
        {"ix_appraisals_at_id"},
    ),
    "appraisals with a tier": (
        lambda session: asking.appraisals(session, Appraised(tiers=("contraindicated",))),
        {"ix_appraisals_tier_at_id"},
    ),
    "appraisals of a repository": (
        lambda session: asking.appraisals(session, Appraised(Scope(repositories=(1,)))),
        {"ix_appraisals_repository_id_at_id"},
    ),
    "appraisals that failed": (
        lambda session: asking.appraisals(session, Appraised(outcomes=("error",))),
        {"ix_appraisals_error"},
    ),
    "appraisals with a reason": (
        lambda session: asking.appraisals(session, Appraised(reasons=("binding-pcr4",))),
        {"ix_appraisals_reason"},
    ),
    "appraisals of a firmware": (
        lambda session: asking.appraisals(session, Appraised(firmware=("made-up 1.14",))),
        {"ix_appraisals_firmware_at_id"},
    ),
    "appraisals of an application's key": (_of_key("ak_name"), _OF_A_KEY),
    "appraisals of a machine's key": (_of_key("platform_ak_name"), _OF_A_KEY),
    "appraisals of an image": (_of_image, {"ix_appraisals_image_at_id", "ix_appraisals_image_digest_at_id"}),
    "machines that ran an image": (
        _ran(Scope()),
        {"ix_boots_image_machine_id_id", "ix_appraisals_image_machine_id_boot_id"},
    ),
    "machines that ran an image by a moment": (
        _ran(EARLIER),
        {"ix_boots_image_machine_id_id", "ix_appraisals_image_machine_id_boot_id"},
    ),
    "known images": (
        lambda session: asking.known_images(session),
        {"ix_reference_values_kind_created_at_id", "ix_boots_image_machine_id_id", "ix_artifacts_image_digest"},
    ),
    "known images at a moment": (
        lambda session: asking.known_images(session, EARLIER.at),
        {"ix_reference_values_kind_created_at_id", "ix_appraisals_image_digest_machine_id_boot_id"},
    ),
    "values of a machine": (
        lambda session: asking.measurements(session, Measured(ONE)),
        {"ix_pcr_runs_machine_id_pcr_first_boot_id", "ix_pcr_runs_same_value"},
    ),
    "values of a PCR everywhere": (
        lambda session: asking.measurements(session, Measured(pcr=0)),
        {"ix_pcr_runs_machine_id_pcr_first_boot_id", "ix_pcr_runs_same_value"},
    ),
    "who had a value": (
        lambda session: asking.measurements(session, Measured(value="ab12")),
        {"ix_pcr_runs_same_value"},
    ),
    "PCRs of two boots": (lambda session: asking.pcrs_of_two(session, 1, 11), {"pk_pcr_values"}),
    "who relied on a value": (lambda session: asking.boots_that_relied(session, 1), {"pk_reliances"}),
    "who got worse": (lambda session: asking.machines_that_got_worse(session, Scope()), {"ix_changes_worse"}),
    "who got worse by a moment": (
        lambda session: asking.machines_that_got_worse(session, EARLIER),
        {"ix_changes_worse", "ix_appraisals_first_run"},
    ),
    "changes that nobody acknowledged": (
        lambda session: asking.changes(session, Changed(unacknowledged=True)),
        {"ix_changes_unacknowledged"},
    ),
    "changes that nobody had acknowledged by a moment": (
        lambda session: asking.changes(session, Changed(EARLIER, unacknowledged=True)),
        {"ix_changes_at_id"},
    ),
    "changes": (lambda session: asking.changes(session, Changed()), {"ix_changes_at_id"}),
    "changes that are news": (lambda session: asking.changes(session, Changed(news=True)), {"ix_changes_news"}),
    "changes of a PCR that are news": (
        lambda session: asking.changes(session, Changed(pcrs=(4,), unacknowledged=True, news=True)),
        {"ix_changes_news"},
    ),
    "changes of a machine that are news": (
        lambda session: asking.changes(session, Changed(ONE, news=True)),
        {"ix_changes_news_of_machine"},
    ),
    "changes of a machine": (lambda session: asking.changes(session, Changed(ONE)), {"ix_changes_machine_id_at_id"}),
    "changes of a PCR": (lambda session: asking.changes(session, Changed(pcrs=(0,))), {"ix_changes_what_at_id"}),
    "changes by cause": (
        lambda session: asking.changes(session, Changed(causes=("unexplained",))),
        {"ix_changes_cause_at_id"},
    ),
    "first changes that are news": (
        lambda session: asking.first_changed(session, Changed(news=True)),
        {"ix_changes_news_of_machine"},
    ),
    "first changes of any cause": (
        lambda session: asking.first_changed(session, Changed()),
        {"ix_changes_machine_id_at_id"},
    ),
    "matrix": (
        lambda session: asking.matrix(session, 1, "main", Scope()),
        {"ix_submissions_repository_id_ref_id", "ix_builds_commit", "ix_boots_build_id_machine_id_id"},
    ),
    "matrix at a moment": (
        lambda session: asking.matrix(session, 1, "main", EARLIER),
        {"ix_submissions_repository_id_ref_id", "ix_builds_commit", "ix_boots_build_id_machine_id_id"},
    ),
    "tiers of boots": (
        lambda session: asking.tiers_of_boots(session, range(LAST - 50, LAST)),
        {"uq_appraisals_boot_id"},
    ),
    "last good boot": (
        lambda session: history.last_good(session, session.get_one(Boot, LAST)),
        {"ix_boots_machine_id_id", "uq_appraisals_boot_id"},
    ),
}
# What PostgreSQL takes in so small a history, where one repository is all and a machine a tenth: the order of time.
_POSTGRESQL_TOO = {
    "appraisals of a repository": {"ix_appraisals_at_id"},
    "changes of a machine": {"ix_changes_at_id"},
}
# SQLite names the index of a primary key or unique constraint itself.
_SQLITE_NAMES = {
    "pk_pcr_values": "sqlite_autoindex_pcr_values_1",
    "pk_reliances": "sqlite_autoindex_reliances_1",
    "uq_appraisals_boot_id": "sqlite_autoindex_appraisals_1",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_goes_along_its_index(made_up: Farm, question: str) -> None:
    ask, indexes = QUESTIONS[question]
    sqlite = made_up.db.engine.dialect.name == "sqlite"
    lines = plan(made_up, ask)
    assert [line for line in lines if reads_whole(line)] == []
    used = " ".join(lines)
    indexes = indexes | (set() if sqlite else _POSTGRESQL_TOO.get(question, set()))
    found = {name for name in indexes if (_SQLITE_NAMES.get(name, name) if sqlite else name) in used}
    assert found == indexes if sqlite else found, used


# Such a question finds out first what the digits name that somebody typed.
_NAMED = {
    "machines that ran an image",
    "machines that ran an image by a moment",
    "appraisals of an image",
    "appraisals of an application's key",
    "appraisals of a machine's key",
}


def test_a_page_asks_a_fixed_number_of_statements(made_up: Farm) -> None:
    for question, (ask, _) in QUESTIONS.items():
        with made_up.db.reading() as session, asked_of(made_up) as asked:
            ask(session)
        assert len(asked) <= (5 if question in _NAMED else 3), question
