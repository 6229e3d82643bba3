"""One style for all figures: colours for a light and a dark page, sizes, and the frame in which a figure is drawn.

The series colours are those of M. Okabe and K. Ito, "Color Universal Design" (2008), which colour-blind readers can tell
apart; where they carry small text or stand on a dark page they are darker or lighter shades of the same hue. Colour is
never the only difference: marks, line styles or hatches go with it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mnist_edge.train.figures.fonts import ENGLISH_FONT, chinese_font, import_matplotlib, require_fonts
from mnist_edge.train.figures.look import DEFAULT_LOOK, Look, Theme
from mnist_edge.train.figures.texts import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

WIDTH: Final = (
    5.0  # inches; on a phone 360 pixels wide a figure shrinks to two thirds, and its letters have to stay readable
)
SMALL_WIDTH: Final = 4.5  # of those that stand in pairs on a wide page
TITLE_SIZE: Final = 12.5
TEXT_SIZE: Final = 10.5
SMALL_SIZE: Final = 9.5
_FADED: Final = 0.3
RIGHT_MARK: Final = "✓"
WRONG_MARK: Final = "✗"
MARKS: Final = (RIGHT_MARK, WRONG_MARK)


@dataclass(frozen=True)
class Colours:
    """The colours of a theme, as ``#rrggbb``.

    Attributes:
        page: Background of page and figure.
        ink: Text.
        muted: Text of second rank.
        line: Grid lines and rules.
        axis: Spines and ticks.
        panel: Background of what is set off from the page, and the paper of the digits.
        accent: Links of the page.
        right: Right answers, as areas and frames.
        wrong: Wrong answers.
        right_text: The same as text.
        wrong_text: The same as text.
        series: Three colours for lines and bars that are compared.
        positive: Weights above zero.
        negative: Weights below zero; zero has the colour of ``line``.
    """

    page: str
    ink: str
    muted: str
    line: str
    axis: str
    panel: str
    accent: str
    right: str
    wrong: str
    right_text: str
    wrong_text: str
    series: tuple[str, str, str]
    positive: str
    negative: str


COLOURS: Final[Mapping[Theme, Colours]] = {
    "light": Colours(
        page="#ffffff",
        ink="#1c2127",
        muted="#5c6670",
        line="#e3e7eb",
        axis="#9aa4ae",
        panel="#f5f7f9",
        accent="#0b62a8",
        right="#009e73",
        wrong="#d55e00",
        right_text="#00734f",
        wrong_text="#b34700",
        series=("#004c80", "#b87f00", "#3391cc"),
        positive="#d55e00",
        negative="#0072b2",
    ),
    "dark": Colours(
        page="#14181d",
        ink="#e8ecf0",
        muted="#9aa6b2",
        line="#2b323a",
        axis="#5c6670",
        panel="#1d2329",
        accent="#6cb6ff",
        right="#0fb287",
        wrong="#ec6f12",
        right_text="#35c9a0",
        wrong_text="#ff9350",
        series=("#3b9fdc", "#e69f00", "#9ad4f5"),
        positive="#ff8a3c",
        negative="#4db1ee",
    ),
}


def page_colours(theme: Theme) -> dict[str, str]:
    """The colours that a page needs to match its figures, by the names of :class:`Colours`."""
    colours = COLOURS[theme]
    return {name: getattr(colours, name) for name in ("page", "ink", "muted", "line", "axis", "panel", "accent")}


@dataclass(frozen=True, eq=False)
class Canvas:
    """A figure that is being drawn.

    Attributes:
        figure: It.
        look: Its theme and language.
    """

    figure: Figure
    look: Look

    @property
    def colours(self) -> Colours:
        """The colours of its theme."""
        return COLOURS[self.look.theme]

    def words(self, key: str, /, **values: object) -> str:
        """A text in its language."""
        return words(self.look.lang, key, **values)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes without frame at a place in inches from the upper left corner."""
        total_width, total_height = self.figure.get_size_inches()
        box = (left / total_width, 1 - (top + height) / total_height, width / total_width, height / total_height)
        axes = self.figure.add_axes(box)
        axes.set_axis_off()
        return axes

    def heading(self, text: str, subtitle: str = "", *, left: float = 0.1, top: float = 0.1) -> None:
        """A title at a place in inches from the upper left corner, and a line of smaller text under it."""
        width, height = self.figure.get_size_inches()
        x = left / width
        self.figure.text(x, 1 - top / height, text, size=TITLE_SIZE, weight="bold", va="top")
        if subtitle:
            below = 1 - (top + 0.25) / height
            self.figure.text(x, below, subtitle, size=SMALL_SIZE, color=self.colours.muted, va="top")

    def faded(self, colour: str) -> tuple[float, float, float]:
        """A colour that is mostly page, for what rests on little."""
        from matplotlib.colors import to_rgb

        red, green, blue = (
            page + _FADED * (full - page) for page, full in zip(to_rgb(self.colours.page), to_rgb(colour), strict=True)
        )
        return red, green, blue

    def percent_ticks(self, axis: Axis) -> None:
        """Writes shares as percentages, with no more digits than they need."""
        axis.set_major_formatter(lambda value, place: f"{round(100 * value, 6):g}%")

    def title(self, axes: Axes, text: str, pad: float = 10) -> None:
        """A title over axes, on their left, ``pad`` points above them."""
        axes.set_title(text, loc="left", size=TITLE_SIZE, weight="bold", pad=pad)


@contextlib.contextmanager
def canvas(look: Look, width: float, height: float, layout: str | None = None) -> Iterator[Canvas]:
    """A figure of ``width`` by ``height`` inches to draw on; outside of the block matplotlib's settings are as before.

    Raises:
        OptionError: If ``look`` is Chinese and there is no font for it.
        MissingExtraError: If matplotlib is not installed.
    """
    require_fonts(look)
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    with settings(look):
        drawing = Canvas(Figure(figsize=(width, height), layout=layout), look)  # type: ignore[arg-type]
        yield drawing
        texts = drawing.figure.findobj(Text)  # makes the labels of the ticks, which would else come with other settings
        if look.lang == "zh":
            for text in texts:
                _use_chinese(text)
        if layout:
            # Laid out once and for all, as each drawing starts from the layout of the one before. Twice, because the
            # first time can change the ticks, and with them the room that their labels take.
            drawing.figure.draw_without_rendering()
            drawing.figure.draw_without_rendering()
            drawing.figure.set_layout_engine("none")


def _use_chinese(text: Any) -> None:
    if text.get_text() in MARKS:  # DejaVu Sans alone is sure to have them
        return
    properties = text.get_fontproperties().copy()
    properties.set_file(chinese_font())
    text.set_fontproperties(properties)


@contextlib.contextmanager
def settings(look: Look = DEFAULT_LOOK) -> Iterator[None]:
    """Matplotlib's own settings with ours on top, whatever the reader has in a matplotlibrc; restored at the end."""
    import_matplotlib()
    from matplotlib import style

    with style.context(["default", _settings(COLOURS[look.theme])]):
        yield


def _settings(colours: Colours) -> dict[str, Any]:
    return {
        "font.family": [ENGLISH_FONT],
        "font.size": TEXT_SIZE,
        "text.color": colours.ink,
        "text.parse_math": False,  # a layer may be called $x
        "figure.facecolor": colours.page,
        "axes.facecolor": colours.page,
        "axes.edgecolor": colours.axis,
        "axes.labelcolor": colours.ink,
        "axes.labelsize": TEXT_SIZE,
        "axes.linewidth": 0.8,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid.axis": "y",
        "grid.color": colours.line,
        "grid.linewidth": 0.8,
        "xtick.color": colours.axis,
        "ytick.color": colours.axis,
        "xtick.labelcolor": colours.ink,
        "ytick.labelcolor": colours.ink,
        "xtick.labelsize": SMALL_SIZE,
        "ytick.labelsize": SMALL_SIZE,
        "legend.fontsize": SMALL_SIZE,
        "legend.frameon": False,
        "hatch.linewidth": 0.8,
        "image.interpolation": "none",  # SVG embeds the pixels as they are
        "image.composite_image": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "mnist-edge",
        "figure.constrained_layout.h_pad": 0.12,
        "figure.constrained_layout.w_pad": 0.08,
    }
