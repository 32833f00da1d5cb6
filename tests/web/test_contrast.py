"""Colours, read from the very CSS: contrast of WCAG 2.2, and verdicts that stay apart for every kind of sight."""

import math
import re
from itertools import combinations
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "web" / "assets" / "css" / "tokens.css"
VERDICTS = ("pass", "fail", "infra", "cancelled")
TIERS = ("affirming", "warning", "fail", "cancelled", "infra")  # as web/pages/tiers.py draws them
# Machado, Oliveira, Fernandes 2009, severity 1.0, over linear RGB.
SIGHTS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
Rgb = tuple[float, ...]


def tokens(theme: str) -> dict[str, Rgb]:
    """Name to linear RGB in one theme."""
    found = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS.read_text())
    assert len(found) >= 19
    return {name: linear(light if theme == "light" else dark) for name, light, dark in found}


def linear(hexed: str) -> Rgb:
    parts = [int(hexed[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def contrast(one: Rgb, other: Rgb) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: Rgb) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def seen(rgb: Rgb, sight: str) -> Rgb:
    return tuple(min(1.0, max(0.0, sum(k * v for k, v in zip(row, rgb, strict=True)))) for row in SIGHTS[sight])


def lab(rgb: Rgb) -> Rgb:
    r, g, b = rgb
    xyz = (
        (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
        0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
        (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883,
    )
    x, y, z = (part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116 for part in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: Rgb, other: Rgb) -> float:
    """CIE76."""
    return math.dist(lab(one), lab(other))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "soft", "pass", *TIERS])
def test_text_stands_out_of_page_and_panel(theme: str, name: str) -> None:
    known = tokens(theme)
    for ground in ("page", "panel"):
        assert contrast(known[name], known[ground]) >= 4.5, ground


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["pass", *TIERS])
def test_a_verdict_and_plain_text_stand_out_of_its_tint(theme: str, name: str) -> None:
    known = tokens(theme)
    assert contrast(known[name], known[f"{name}-tint"]) >= 4.5
    assert contrast(known["ink"], known[f"{name}-tint"]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_borders_of_fields_and_the_focus_ring_can_be_seen(theme: str) -> None:
    known = tokens(theme)
    for name in ("edge", "focus"):
        assert contrast(known[name], known["page"]) >= 3
        assert contrast(known[name], known["panel"]) >= 3


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_verdicts_and_tiers_differ_for_every_sight(theme: str, sight: str) -> None:
    known = tokens(theme)
    for family in (VERDICTS, TIERS):
        for one, other in combinations(family, 2):
            apart = difference(seen(known[one], sight), seen(known[other], sight))
            assert apart >= 20, f"{one} and {other} are {apart:.1f} apart"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_buttons_with_inverted_colours_can_be_read(theme: str) -> None:
    known = tokens(theme)
    assert contrast(known["page"], known["ink"]) >= 4.5
