"""`--reason`: what is decided about evidence says why, and keeps it."""

import click


class _Reason(click.ParamType[str]):
    """A sentence."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Without spaces around it; how long it may be is the farm's to say."""
        if not value.strip():
            self.fail("say it in one sentence.", param, ctx)
        return value.strip()


REASON = click.option("--reason", required=True, type=_Reason(), help="Why, for whoever asks a year later.")
