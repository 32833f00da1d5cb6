"""How the farm's processes log: constant event names with fields, one line each, from `info` up.

BOOTFARM_LOG_FORMAT is `console` (the default) or `json`; BOOTFARM_LOG_LEVEL is `debug`, `info`, `warning` or `error`.

Tracebacks name files and lines and never show variables, as structlog does by default: tokens and keys are among them.
"""

import logging
import os
import sys

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer


def configure_logs() -> None:
    """Set up structlog once per process; gunicorn's workers inherit it.

    Raises:
        SystemExit: a variable has a value that it does not take.
    """
    level = os.environ.get("BOOTFARM_LOG_LEVEL", "info").upper()
    form = os.environ.get("BOOTFARM_LOG_FORMAT", "console")
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR") or form not in ("console", "json"):
        raise SystemExit("BOOTFARM_LOG_LEVEL is debug, info, warning or error; BOOTFARM_LOG_FORMAT is console or json.")
    last: list[structlog.typing.Processor] = (
        [ExceptionRenderer(ExceptionDictTransformer(show_locals=False)), structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        cache_logger_on_first_use=True,
    )
