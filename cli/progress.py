"""What goes on, on stderr: a line that is overwritten on a terminal; elsewhere lines, at least one a minute."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from cli.output import Output
from cli.text import clean

if TYPE_CHECKING:
    from rich.status import Status


QUIET_SECONDS = 60.0  # whoever reads a log of a cold build sees that it goes on


class Progress:
    """Sentences that stay, and one that ticks."""

    def __init__(self, output: Output) -> None:
        """Nothing is shown before the `with`."""
        self._output = output
        self._status: Status | None = None
        self._ticks = True
        self._spoke = time.monotonic()
        if sys.stderr.isatty() and not output.quiet and not output.json:
            self._status = output.console(stderr=True).status("")

    def __enter__(self) -> Progress:
        """Begin."""
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no half line behind."""
        self.stop_ticking()

    def say(self, text: str) -> None:
        """A sentence that stays."""
        self._spoke = time.monotonic()
        if self._status is None:
            self._output.say(text)
            return
        from rich.text import Text

        self._status.console.print(Text(clean(text)))

    def tick(self, text: str) -> None:
        """What goes on now. Where lines can't be overwritten it is said after a minute without any other."""
        if self._status:
            from rich.text import Text

            self._status.update(Text(clean(text)))
        elif self._ticks and time.monotonic() - self._spoke >= QUIET_SECONDS:
            self.say(text)

    def stop_ticking(self) -> None:
        """From now on other lines share the terminal."""
        if self._status:
            self._status.stop()
        self._status = None
        self._ticks = False
