"""Pages: complete HTML from the server. They call the same functions of the farm as the API does, and own no SQL."""

from apiflask import APIBlueprint, APIFlask

from farm.asking import tier_of
from farm.database import now
from farm.evidence.step_names import ALL
from web import assets
from web.pages import (
    boot,
    build,
    comparison,
    explorer,
    help,
    image,
    lists,
    log,
    login,
    machines,
    overview,
    policies,
    references,
    search,
    submission,
    submit,
    tokens,
    viewer,
    words,
)
from web.pages.answers import compressed
from web.pages.demo import demo_banner
from web.pages.marks import expectation_mark, mark_of
from web.pages.tiers import pcr_source, tier_mark

PARTS = (
    overview,
    submit,
    submission,
    build,
    boot,
    log,
    lists,
    machines,
    explorer,
    image,
    comparison,
    references,
    policies,
    login,
    tokens,
    search,
    help,
)


def register(app: APIFlask) -> None:
    """All pages, and what their templates call."""
    pages = APIBlueprint("pages", __name__, enable_openapi=False)
    for part in PARTS:
        pages.register_blueprint(part.blueprint)
    pages.before_request(assets.not_built)
    app.register_blueprint(pages)
    app.after_request(compressed)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(words.FILTERS)
    app.jinja_env.globals.update(
        mark_of=mark_of,
        expectation_mark=expectation_mark,
        tier_mark=tier_mark,
        tier_of=tier_of,
        pcr_source=pcr_source,
        holds_when=ALL,
        demo_banner=demo_banner,
        viewer=viewer.viewer,
        refusal=viewer.refusal,
        as_of=now,
    )
