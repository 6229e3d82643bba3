"""What a layer computes: feature maps and kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import OptionError
from mnist_edge.train.figures.fonts import bold_width, drawable, require_fonts
from mnist_edge.train.figures.look import DEFAULT_LOOK, Look
from mnist_edge.train.figures.map_sheet import HEADING, HEADING_BESIDE_INPUT, map_sheet
from mnist_edge.train.figures.style import COLOURS, TITLE_SIZE
from mnist_edge.train.figures.texts import words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LONGEST_NAME: Final = 60  # letters
_SHORTEST_NAME: Final = 9


def feature_maps(
    activation: NDArray[np.float32], *, layer: str, image: NDArray[np.uint8] | None = None, look: Look = DEFAULT_LOOK
) -> Figure:
    """All feature maps of a layer side by side on one scale; the numbers on the left count them from 0.

    Args:
        activation: float32 ``[h, w, c]``: what the layer gives for one picture.
        layer: Its name.
        image: The picture, uint8 ``[h, w]``, white ink on black; shown in the upper right corner.
        look: Theme and language.

    Raises:
        OptionError: If an array has another shape or holds something that is no number, or there is no font for the
            language.
        MissingExtraError: If matplotlib is not installed.
    """
    _check(activation, 3, "An activation", "[height, width, channels]")
    if image is not None:
        _check(image, 2, "A picture", "[height, width]")
    require_fonts(look)
    height, width, channels = activation.shape
    low, high = min(0.0, float(activation.min())), max(0.0, float(activation.max()))
    subtitle = words(look.lang, "maps.subtitle", count=channels, height=height, width=width)
    zero = int((activation == 0).all(axis=(0, 1)).sum())
    if zero:
        subtitle += words(look.lang, "maps.zero", zero=zero)
    tiles = np.moveaxis(activation, 2, 0)
    with map_sheet(tiles, "viridis", (low, high), words(look.lang, "maps.scale"), look) as sheet:
        sheet.drawing.heading(
            _title("maps.title", layer, look, HEADING if image is None else HEADING_BESIDE_INPUT), subtitle
        )
        sheet.number_rows()
        if image is not None:
            sheet.show_input(image)
    return sheet.drawing.figure


def kernel_grid(kernels: NDArray[np.float32], *, layer: str, look: Look = DEFAULT_LOOK) -> Figure:
    """The kernels of a convolution on one scale, in which zero is grey.

    Those of a layer with one input channel are numbered from 0 on the left; otherwise a row is an input channel and a
    column an output channel.

    Args:
        kernels: float32 ``[kh, kw, cin, cout]``.
        layer: Name of the layer.
        look: Theme and language.

    Raises:
        OptionError: If the array has another shape or holds something that is no number, or there is no font for the
            language.
        MissingExtraError: If matplotlib is not installed.
    """
    _check(kernels, 4, "Kernels", "[height, width, input channels, output channels]")
    require_fonts(look)
    from matplotlib.colors import LinearSegmentedColormap

    height, width, inputs, outputs = kernels.shape
    colours = COLOURS[look.theme]
    diverging = LinearSegmentedColormap.from_list("weights", [colours.negative, colours.line, colours.positive])
    largest = float(np.abs(kernels).max()) or 1.0
    tiles = kernels.transpose(2, 3, 0, 1).reshape(inputs * outputs, height, width)
    subtitle = words(look.lang, "kernels.subtitle", count=inputs * outputs, height=height, width=width)
    columns = outputs if inputs > 1 else None
    with map_sheet(
        tiles, diverging, (-largest, largest), words(look.lang, "kernels.scale"), look, columns=columns
    ) as sheet:
        sheet.drawing.heading(_title("kernels.title", layer, look, HEADING), subtitle)
        if inputs > 1:
            sheet.name_axes(words(look.lang, "kernels.rows"), words(look.lang, "kernels.columns"))
        else:
            sheet.number_rows()
    return sheet.drawing.figure


def _title(key: str, layer: str, look: Look, room: float) -> str:
    """A title with as much of the layer's name as fits into ``room`` inches."""
    title = ""
    for limit in range(_LONGEST_NAME, _SHORTEST_NAME - 1, -1):
        title = words(look.lang, key, layer=drawable(layer, look, limit))
        if bold_width(title, look, TITLE_SIZE) <= room:
            break
    return title


def _check(values: NDArray[Any], dimensions: int, name: str, shape: str) -> None:
    if values.ndim != dimensions or values.size == 0:
        received = f"an array of shape {list(values.shape)}"
    elif not np.isfinite(values).all():
        received = "an array with values that are not finite"
    else:
        return
    raise OptionError(f"{name} cannot be drawn", expected=f"an array {shape} of finite numbers", received=received)
