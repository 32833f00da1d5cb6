"""The WSGI application: one factory, one registration per part, nothing made at import."""

from datetime import timedelta

from apiflask import APIFlask
from flask_wtf import CSRFProtect
from werkzeug.routing import IntegerConverter

from farm import sessions
from farm.farm import Farm
from farm.settings import Settings
from web import assets, pages, problems
from web.api import admin, people, public, worker
from web.current import FARM, finish_request, start_request
from web.hosts import HOSTS, hosts_of
from web.json_body import JsonRequest
from web.places import PLACES, Places


class Number(IntegerConverter):
    """An id in a URL, in ASCII digits: werkzeug's own takes those of every script, and one thing has one address."""

    regex = r"[0-9]+"


MAX_FORM = 6 << 20  # a patch of 4 MiB in a form, and its overhead


def create_app(farm: Farm | None = None, *, threads: int = 64, listens: str = "") -> APIFlask:
    """The farm's web application, for a process that answers with so many threads at the address `listens`."""
    farm = farm or Farm(Settings())
    app = APIFlask(
        "web",
        title="Bootfarm",
        version="1",
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]
    )
    app.request_class = JsonRequest
    app.url_map.converters["int"] = Number
    app.config.update(
        SECRET_KEY=farm.secret_key,
        SESSION_COOKIE_NAME="bootfarm",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=farm.settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(days=sessions.DAYS),
        MAX_CONTENT_LENGTH=MAX_FORM,
        MAX_FORM_MEMORY_SIZE=MAX_FORM,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_CHECK_DEFAULT=False,  # `start_request` decides: only a session cookie needs it, a token does not
        OPENAPI_VERSION="3.1.0",
        LOCAL_SPEC_JSON_INDENT=2,
        AUTO_404_RESPONSE=False,
        VALIDATION_ERROR_STATUS_CODE=400,
        VALIDATION_ERROR_DESCRIPTION="The request has values that the farm can't take.",
    )
    app.extensions[FARM] = farm
    app.extensions[HOSTS] = hosts_of(farm.settings, listens)
    app.extensions[PLACES] = Places(threads)
    app.extensions["csrf-check"] = CSRFProtect(app)
    app.before_request(start_request)
    app.after_request(finish_request)
    problems.register(app)
    for api in (people.blueprint, worker.blueprint, admin.blueprint, public.blueprint, public.well_known):
        app.register_blueprint(api)
    assets.register(app)
    pages.register(app)
    return app
