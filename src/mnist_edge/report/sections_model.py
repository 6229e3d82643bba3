"""The layers seen from inside, architecture, parity, latency."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from mnist_edge.report.blocks import Block, Cell, Note, Paragraph, Picture, Section, Table
from mnist_edge.report.texts import Words, confidence, count

if TYPE_CHECKING:
    from numpy import float32, uint8
    from numpy.typing import NDArray

    from mnist_edge.report.contents import Contents
    from mnist_edge.report.layer_views import ChosenPicture
    from mnist_edge.report.measurements import Benchmark, MeasuredConfiguration

MAPS_PREFIX: Final = "feature_maps_"  # of the names of figures
_LONGEST_NAME: Final = 80  # characters


def layers(contents: Contents, words: Words) -> Section:
    """Kernels, feature maps, and how far Keras and ONNX are apart."""
    from mnist_edge.train.figures import kernel_grid

    views = contents.views
    shown = words(
        "layers.shown",
        picture=_picture_text(views.picture, words),
        answer=str(views.answer),
        confidence=confidence(views.confidence),
    )
    blocks: list[Block] = [Paragraph(words("layers.text")), Paragraph(shown)]
    if views.kernels:
        name, kernels = views.kernels
        blocks.append(
            Picture(
                "kernels",
                words("layers.kernels_alt", layer=name, count=kernels.shape[2] * kernels.shape[3]),
                lambda look: kernel_grid(kernels, layer=name, look=look),
                words("layers.kernels_caption", height=kernels.shape[0], width=kernels.shape[1]),
            )
        )
    if not views.maps:
        blocks.append(Paragraph(words("layers.none_shown" if views.kernels else "layers.no_convolution")))
    elif not contents.options.layers and len(views.maps) < len(views.convolutions):
        blocks.append(Note(words("layers.some", shown=len(views.maps), all=len(views.convolutions))))
    files = file_names(views.maps)
    first = next(iter(views.maps), "")  # shows the picture in its corner
    blocks += [
        _maps(name, files[name], values, views.picture.pixels if name == first else None, words)
        for name, values in views.maps.items()
    ]
    blocks += _differences(contents, words)
    return Section("layers", words("layers.title"), tuple(blocks))


def _maps(layer: str, file: str, values: NDArray[float32], image: NDArray[uint8] | None, words: Words) -> Picture:
    from mnist_edge.train.figures import feature_maps

    return Picture(
        f"{MAPS_PREFIX}{file}",
        words("layers.maps_alt", count=values.shape[-1], layer=layer),
        lambda look: feature_maps(values, layer=layer, image=image, look=look),
    )


def file_names(layers: Iterable[str]) -> dict[str, str]:
    """A part of a file name for each layer; in other people's models a layer may be called anything."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for layer in layers:
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", layer)[:_LONGEST_NAME]
        numbers = itertools.count(2)
        name = plain
        while name.lower() in taken:  # some file systems do not tell large letters from small ones
            name = f"{plain}_{next(numbers)}"
        taken.add(name.lower())
        found[layer] = name
    return found


def _picture_text(picture: ChosenPicture, words: Words) -> str:
    if picture.index is None:
        return words("layers.picture_file", name=picture.file)
    return words("layers.picture_index", index=str(picture.index), label=str(picture.label))


def _differences(contents: Contents, words: Words) -> list[Block]:
    found = contents.views.comparison
    if found is None:
        side = "keras" if contents.models.onnx is None else "onnx"
        return [Note(words(f"layers.only_{side}"), contents.commands.report(with_counterpart=True))]
    if not found.differences:
        answers = "layers.nothing_common" if found.same else "layers.answers_differ"
        return [Paragraph(words(answers, compared=found.images), strong=True)]
    rows = tuple((name, f"{difference:.1e}", f"{largest:.2f}") for name, difference, largest in found.differences)
    return [
        Paragraph(words("layers.same" if found.same else "layers.differ", compared=found.images), strong=True),
        Table(words.columns("layer", "difference", "largest"), rows, "lrr", words("layers.differences_title")),
    ]


def architecture(contents: Contents, words: Words) -> Section:
    """The layer table, and how each of its numbers comes about."""
    rows: list[tuple[str | Cell, ...]] = [
        (
            Cell(row.name, row.kind),
            Cell(row.shape_text, row.output_formula.replace(" - ", " − ")),
            Cell(count(row.parameters), _expression(row.parameter_formula)),
            Cell(count(row.multiply_adds), _expression(row.multiply_adds_formula)),
        )
        for row in contents.table
    ]
    parameters = sum(row.parameters for row in contents.table)
    rows.append((words("architecture.total"), "", count(parameters), count(contents.multiply_adds)))
    header = words.columns("layer", "output", "parameters", "multiply_adds")
    table = Table(header, tuple(rows), "llrr", words("architecture.title"), totals=1)
    text = Paragraph(words("architecture.text", name=words.data(contents.architecture)))
    return Section("architecture", words("architecture.title"), (text, table))


def _expression(formula: str) -> str:
    """A formula without its result, which stands above it."""
    return formula.rpartition(" = ")[0]


def parity(contents: Contents, words: Words) -> Section:
    """Whether the exported model computes what Keras computes."""
    title, onnx = words("parity.title"), contents.models.onnx
    if onnx is None:
        return Section("parity", title, (Note(words("parity.no_onnx"), contents.commands.export()),))
    if contents.parity is None:
        return Section("parity", title, (Note(words("parity.unknown"), contents.commands.verify()),))
    summary, file = contents.parity.summary, contents.parity.file
    proven = summary.flips == 0 and (file is None or file.passed)
    finding = words(
        "parity.of_other" if not contents.models.same_weights else "parity.equal" if proven else "parity.differs",
        keras=contents.commands.keras,
        onnx=contents.commands.onnx,
        images=summary.images,
        corners=summary.corner_inputs,
        flips=summary.flips,
        logits=f"{summary.max_logit_difference:.1e}",
        probabilities=f"{summary.max_probability_difference:.1e}",
    )
    blocks: list[Block] = [Paragraph(finding, strong=True)]
    precision = onnx.card.precision
    if precision.is_reduced:
        reduced = words(
            "parity.reduced",
            precision=precision.name,
            flips=precision.flips,
            images=precision.images,
            drop=f"{max(0.0, precision.drop):.2f}",
        )
        told = Paragraph(f"{reduced} {precision.verdict}", strong=True)
        blocks = [told, Paragraph(words("parity.float")), Paragraph(finding)]
    if file is None:
        blocks.append(Paragraph(words("parity.from_card")))
    else:
        rows = tuple(
            (
                str(run.batch),
                words("parity.on" if run.optimized else "parity.off"),
                count(run.flips),
                f"{run.max_logit_difference:.1e}",
                f"{run.max_probability_difference:.1e}",
            )
            for run in file.runs
        )
        header = words.columns("batch", "optimized", "flips", "logits", "probabilities")
        blocks.append(Table(header, rows, "rlrrr", title))
    return Section("parity", title, tuple(blocks))


def latency(contents: Contents, words: Words) -> Section:
    """How long an answer takes, as a benchmark measured it."""
    benchmark, title = contents.benchmark, words("latency.title")
    if benchmark is None:
        return Section("latency", title, (Note(words("latency.missing"), contents.commands.benchmark()),))
    rows = tuple(
        (result.model, str(result.threads), words(f"clock.{clock.clock}"), count(clock.latency.n), *_times(clock.latency))
        for result in benchmark.results
        for clock in result.clocks
    )
    header = words.columns("model", "threads", "clock", "calls", "p50", "p99", "max", "mean")
    machine = benchmark.machine
    where = words(
        "latency.text", cpu=machine.cpu, system=machine.system, threads=machine.usable_threads, date=benchmark.created[:10]
    )
    blocks: list[Block] = [Paragraph(where), Table(header, rows, "lrlrrrrr", title), *_throughput(benchmark, words)]
    if contents.latency_of_onnx is None:
        blocks.insert(1, Paragraph(words("latency.other_file"), strong=True))
    return Section("latency", title, tuple(blocks))


def _times(latency: object) -> tuple[str, ...]:
    return tuple(f"{getattr(latency, name):,.1f}" for name in ("p50_us", "p99_us", "max_us", "mean_us"))


def _throughput(benchmark: Benchmark, words: Words) -> list[Block]:
    def row(result: MeasuredConfiguration) -> tuple[str, ...]:
        rates = {batch.batch: batch.images_per_s for batch in result.batches}
        return result.model, str(result.threads), *(f"{rates[size]:,.0f}" if size in rates else "–" for size in sizes)

    sizes = sorted({batch.batch for result in benchmark.results for batch in result.batches})
    if not sizes:
        return []
    header = (*words.columns("model", "threads"), *(words("latency.batch", size=size) for size in sizes))
    rows = tuple(row(result) for result in benchmark.results)
    title = words("latency.throughput")
    return [Paragraph(title), Table(header, rows, "lr" + "r" * len(sizes), title)]
