"""Fonts: DejaVu Sans, which comes with matplotlib, for English; for Chinese what the machine has, judged by its glyphs."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from mnist_edge.errors import MissingExtraError, OptionError
from mnist_edge.train.figures.look import Look
from mnist_edge.train.figures.texts import needed_characters

ENGLISH_FONT: Final = "DejaVu Sans"

# Beginnings of file names without their hyphens, the most legible first: Linux, macOS, Windows.
_PREFERRED: Final = (
    "notosanscjksc",
    "notosanssc",
    "notosanscjk",
    "sourcehansanssc",
    "sourcehansanscn",
    "sourcehansans",
    "wqymicrohei",
    "wqyzenhei",
    "pingfang",
    "hiragino sans gb",
    "stheiti",
    "msyh",
    "simhei",
    "droidsansfallback",
)
_OTHER_WEIGHTS: Final = ("thin", "light", "medium", "demi", "semibold", "bold", "black", "heavy")
_OTHER_REGIONS: Final = ("tc", "hk", "jp", "kr")
_HINTING: Final = 1.05  # on the pixels of a PNG letters are up to so much wider than their outlines
_PACKAGE: Final = "pylopdf_fonts_zh_cn"  # the extra [zh]: Noto Sans SC in a package without code


def import_matplotlib() -> Any:
    """The module ``matplotlib``.

    Raises:
        MissingExtraError: If it is not installed.
    """
    try:
        return importlib.import_module("matplotlib")
    except ModuleNotFoundError as error:
        raise MissingExtraError("A figure", extra="evaluate", module="matplotlib") from error


def require_fonts(look: Look) -> None:
    """Makes sure that figures can be drawn and their labels read, before anything is computed for them.

    Raises:
        OptionError: If ``look`` is Chinese and there is no font with the characters.
        MissingExtraError: If matplotlib is not installed.
    """
    import_matplotlib()
    if look.lang == "zh":
        chinese_font()


@lru_cache(maxsize=1)
def chinese_font() -> str:
    """The file of a font that has every character of the Chinese texts; of a collection the face for Simplified Chinese.

    The package of the extra ``zh`` comes first, so that the same figure has the same bytes on every machine that has it.

    Raises:
        OptionError: If there is none.
    """
    needed = {ord(character) for character in needed_characters()}
    for file in _candidates():
        face = _fitting_face(file, needed)
        if face is not None:
            return face
    raise OptionError(
        "No installed font has the Chinese characters of the figures",
        fix="Install one with: pip install 'mnist-edge[zh]' (or: apt install fonts-noto-cjk), or leave out --lang zh",
    )


def drawable(text: str, look: Look, limit: int) -> str:
    """A name from a file as it can be drawn: one line of ``limit`` letters, with ``?`` for what the font does not have."""
    from matplotlib import font_manager

    file = chinese_font() if look.lang == "zh" else font_manager.findfont(ENGLISH_FONT)
    known = _characters(file)
    shown = "".join(character if ord(character) in known else "?" for character in text)
    return shown if len(shown) <= limit else f"{shown[: (limit - 3) // 2]}...{shown[len(shown) - (limit - 2) // 2 :]}"


def bold_width(text: str, look: Look, size: float) -> float:
    """How many inches a bold line of ``size`` points takes; in Chinese, where there is no bold face, a plain one."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    properties = FontProperties(family=ENGLISH_FONT, weight="bold", size=size)
    if look.lang == "zh":
        properties.set_file(chinese_font())
    width, _, _ = text_to_path.get_text_width_height_descent(text, properties, ismath=False)
    return _HINTING * float(width) / 72


def _candidates() -> Iterator[str]:
    with contextlib.suppress(ModuleNotFoundError):
        yield str(importlib.import_module(_PACKAGE).sans_path())
    from matplotlib import font_manager

    yield from sorted(font_manager.findSystemFonts(), key=_rank)


def _rank(file: str) -> tuple[int, bool, str]:
    name = Path(file).stem.lower().replace("-", "").replace("_", "")
    place = next((place for place, start in enumerate(_PREFERRED) if name.startswith(start)), len(_PREFERRED))
    unusual = any(weight in name for weight in _OTHER_WEIGHTS) or name.removesuffix("regular").endswith(_OTHER_REGIONS)
    return place, unusual, file


def _fitting_face(file: str, needed: set[int]) -> str | None:
    """``file``, with the number of a face if matplotlib knows collections (from 3.11 on); ``None`` if it does not fit."""
    from matplotlib import font_manager, ft2font

    try:
        font = ft2font.FT2Font(file)
        if not needed <= font.get_charmap().keys():
            return None
        face_path = getattr(font_manager, "FontPath", None)
        if face_path is None:
            return file
        # The first face of Noto and Source Han is the Japanese one, in which some characters have another form.
        for index in range(getattr(font, "num_faces", 1)):
            face: Any = ft2font.FT2Font(file, face_index=index)  # type: ignore[call-arg,unused-ignore]
            if face.family_name.endswith((" SC", " CN")):
                return face_path(file, index)  # type: ignore[no-any-return]
    except (RuntimeError, OSError):  # damaged, or of a kind that FreeType cannot read
        return None
    return file


@lru_cache(maxsize=2)
def _characters(file: str) -> frozenset[int]:
    from matplotlib import font_manager

    return frozenset(font_manager.get_font(file).get_charmap())
