"""Whole numbers on the command line, whose refusal is a sentence about the value."""

import click


class WholeNumber(click.IntRange):
    """As `click.IntRange`; it would call what is no number "not a valid integer range"."""

    name = "whole number"
