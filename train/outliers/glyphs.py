"""Characters of the world's scripts, as pen strokes along the middle of printed ones.

The fonts are those that Matplotlib brings: DejaVu, with some 5,000 characters, and STIX. A printed character is thinned to
its skeleton, which is about the way a pen would take.
"""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import MissingExtraError
from mnist_edge.train.outliers.pen import Strokes
from mnist_edge.train.outliers.skeleton import skeleton_strokes

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

#: Scripts that no training sees, to measure with; the first word of the Unicode names of their characters.
HELD_OUT_SCRIPTS: Final = ("GEORGIAN", "HEBREW", "LAO", "TIFINAGH", "NKO", "OLD")

#: Shares of the drawings; what is not named shares the rest, so that a script of many characters does not drown the others.
SCRIPT_SHARES: Final = {"BASIC": 0.35, "GREEK": 0.12, "CYRILLIC": 0.12, "LATIN": 0.06, "SYMBOL": 0.10}

_FONTS: Final = (
    "DejaVuSans",
    "DejaVuSerif",
    "DejaVuSansMono",
    "DejaVuSans-Oblique",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralItalic",
)
_PIXELS: Final = 56  # size of the em, fine enough for a skeleton
# Characters that somebody's digit may look like, and characters that are a plain bar, dot or ring. Others that come near a
# digit in some hand, C and 6, U and 0, T and 7, are sorted out drawing by drawing, by the comparison with digits.
_LIKE_DIGITS: Final = frozenset(
    "0OoQD()1IlijıłƚɫɭɬſƖɩɿʅɼɾℓǀǃ¬|¡!/\\'`,.:;-_~^2Zz?¿3ЗзЭэЄє45Ss§$6b7٧Гг>8B&%@ß9qgρ"
    "ΟοσδθΘΦφΙιΖζξςЅѕОоІіЇїЈјЬьЪъЫыЮюВвƷʒƐɛƧƨƂƃƄƅЂЋѲѳѴѵΡ¢"
)
_TELLTALE: Final = frozenset({"DIGIT", "NUMBER", "CIRCLE", "HARPOON", "BOX", "BAR", "LINE"})  # words of Unicode names


class Glyph(NamedTuple):
    """A character of a font."""

    font: str
    code: int
    script: str


def script_of(character: str) -> str | None:
    """The script of a letter or symbol by its Unicode name; ``None`` for what is none, or may be taken for a digit."""
    name = unicodedata.name(character, "")
    category = unicodedata.category(character)
    plain = unicodedata.normalize("NFKD", character)[0]
    if not name or category[0] not in "LSP" or category == "Lm":
        return None
    if plain in _LIKE_DIGITS or unicodedata.category(plain)[0] in "NM":
        return None
    if not _TELLTALE.isdisjoint(name.split()):
        return None
    first = name.split()[0]
    if character.isascii() and character.isalpha():
        return "BASIC"
    if category[0] in "SP":
        return None if first in ("BRAILLE", "HEXAGRAM", "TETRAGRAM", "PLAYING", "COMBINING") else "SYMBOL"
    return first


@functools.cache
def glyphs() -> dict[str, tuple[Glyph, ...]]:
    """All usable characters by script; scripts of fewer than 20 are left out.

    Raises:
        MissingExtraError: If Matplotlib, whose fonts these are, is not installed.
    """
    found: dict[str, list[Glyph]] = {}
    for font in _FONTS:
        for code in _font(font).get_charmap():
            if (script := script_of(chr(code))) is not None:
                found.setdefault(script, []).append(Glyph(font, code, script))
    return {script: tuple(members) for script, members in sorted(found.items()) if len(members) >= 20}


def draw_glyph(rng: np.random.Generator, *, held_out: bool = False) -> Strokes:
    """The strokes of a random character, in a unit square.

    Args:
        rng: Chooses script, character and font.
        held_out: Whether of :data:`HELD_OUT_SCRIPTS`, or of all others.
    """
    while not (strokes := strokes_of(_choose(rng, held_out))):
        pass
    return strokes


def print_glyph(rng: np.random.Generator) -> NDArray[np.uint8] | None:
    """A random character of a training script as the font prints it, see :func:`printed`."""
    return printed(_choose(rng, held_out=False))


def _choose(rng: np.random.Generator, held_out: bool) -> Glyph:
    scripts, odds = _script_odds(held_out)
    members = glyphs()[scripts[int(rng.choice(len(scripts), p=odds))]]
    return members[int(rng.integers(len(members)))]


@functools.cache
def _script_odds(held_out: bool) -> tuple[list[str], list[float]]:
    """The scripts to choose from, and how often each is."""
    scripts = [script for script in glyphs() if (script in HELD_OUT_SCRIPTS) == held_out]
    rest = 1 - sum(SCRIPT_SHARES.get(script, 0.0) for script in scripts)
    weight = {script: len(glyphs()[script]) ** 0.5 for script in scripts if script not in SCRIPT_SHARES}
    odds = [SCRIPT_SHARES.get(script) or rest * weight[script] / sum(weight.values()) for script in scripts]
    return scripts, [value / sum(odds) for value in odds]


def strokes_of(glyph: Glyph) -> Strokes:
    """The skeleton of a character in a unit square; empty if there is nothing to see."""
    return list(_skeleton(glyph))


@functools.lru_cache(maxsize=20_000)
def _skeleton(glyph: Glyph) -> NDArray[np.float64]:
    """``[n, 2, 2]``: one array for all strokes takes a fifth of the memory of one for each."""
    picture = printed(glyph)
    strokes = [] if picture is None else skeleton_strokes(picture > 127)
    return np.array(strokes, np.float64).reshape(-1, 2, 2)


def printed(glyph: Glyph) -> NDArray[np.uint8] | None:
    """The character as the font prints it: uint8 ``[h, w]``, 255 ink, with a margin; ``None`` if it is blank."""
    font = _font(glyph.font)
    font.set_text(chr(glyph.code), 0.0)
    font.draw_glyphs_to_bitmap(antialiased=True)
    picture = np.asarray(font.get_image(), np.uint8)
    if picture.size == 0 or not picture.any():
        return None
    return np.asarray(cv2.copyMakeBorder(picture, 2, 2, 2, 2, cv2.BORDER_CONSTANT), np.uint8)


@functools.cache
def _font(name: str) -> FT2Font:
    try:
        import matplotlib as mpl
        from matplotlib.ft2font import FT2Font
    except ModuleNotFoundError as error:
        raise MissingExtraError("Drawing letters", extra="train", module="matplotlib") from error
    font = FT2Font(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"))
    font.set_size(_PIXELS, 72)
    return font
