"""From a float model that passed the parity gate to a file of reduced precision: make, judge, time, describe."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnist_edge.contract import ModelCard, TestResult
from mnist_edge.dataset import Dataset
from mnist_edge.export.card import serialize
from mnist_edge.export.graph import finish
from mnist_edge.export.layers import encode, inner_tensors
from mnist_edge.export.quantization.bias import correct_biases
from mnist_edge.export.quantization.calibration import (
    Digits,
    available_digits,
    calibration_digits,
    find_range,
    observe,
    validation_digits,
)
from mnist_edge.export.quantization.gate import PrecisionVerdict, judge, run_logits
from mnist_edge.export.quantization.int8_graph import int8_graph
from mnist_edge.export.quantization.layer_choice import Choice, choose_layers
from mnist_edge.export.quantization.presets import ALL, AUTO, NONE, ReductionOptions, own_target
from mnist_edge.export.quantization.stored import store_fp16
from mnist_edge.export.quantization.stretches import named_layers, weighted_layers
from mnist_edge.export.quantization.verdict import MachineVerdict, measure_verdict
from mnist_edge.export.signature import graph_hash
from mnist_edge.precision import FP16, INT8, Precision
from mnist_edge.runtime.session import Engine

if TYPE_CHECKING:
    from onnx import ModelProto

Notify = Callable[[str], None]
_CORRECTION_DIGITS = 256


@dataclass(frozen=True)
class Reduced:
    """A model of reduced precision.

    Attributes:
        data: The file, with its card.
        card: The card.
        gate: How far it is from the float model.
        machine: What it brings here; ``None`` if it did not pass the gate.
        choice: How the layers were chosen; ``None`` if nothing was timed for it.
    """

    data: bytes
    card: ModelCard
    gate: PrecisionVerdict
    machine: MachineVerdict | None = None
    choice: Choice | None = None

    def to_dict(self) -> dict[str, Any]:
        """What the report beside the file says about the precision, ready for JSON."""
        return {
            **dataclasses.asdict(self.card.precision),
            "drop": self.card.precision.drop,
            "gate": self.gate.to_dict(),
            "machine": self.machine.to_dict() if self.machine else None,
            "choice": dataclasses.asdict(self.choice) if self.choice else None,
        }


def reduce_model(
    model: ModelProto, card: ModelCard, dataset: Dataset, options: ReductionOptions, *, notify: Notify = lambda text: None
) -> Reduced:
    """Reduces the precision of a float model, and judges the result on validation digits.

    The test images are not looked at before the file is final, and then once, for the card.

    Args:
        model: The float graph.
        card: Its card, as it passed the parity gate.
        dataset: Ranges come from its training pictures, choices and gate from the last tenth of them.
        options: How.
        notify: Called with a line of text when a step begins.

    Raises:
        OptionError: If a layer is named that there is not.
        ExportError: If the reduced graph is not valid, or weights do not fit.
    """
    digits = validation_digits(dataset)
    options = dataclasses.replace(options, calibration_digits=min(options.calibration_digits, available_digits(dataset)))
    float_data = serialize(model, card)
    reference = run_logits(Engine(float_data), digits)

    def judged(graph: ModelProto) -> PrecisionVerdict:
        drafted = dataclasses.replace(card, graph_sha256=graph_hash(graph))
        return judge(serialize(graph, drafted), reference, digits, options.max_drop, where=f"the {options.precision} model")

    graph, choice = make_graph(model, card, dataset, options, lambda each: judged(each).passed, notify)
    notify(f"Comparing {len(digits.labels):,} validation digits with the float model")
    gate = judged(graph)
    made = describe(graph, model, card, options, gate)
    if not gate.passed:
        return Reduced(serialize(graph, made), made, gate, choice=choice)
    notify("Timing it against the float model")
    suits = options.precision == FP16 or options.processor == own_target()
    machine = measure_verdict(
        options.precision,
        serialize(graph, made),
        float_data,
        digits.images,
        drop=gate.drop,
        flips=gate.flips,
        own_target=suits,
    )
    precision = dataclasses.replace(made.precision, verdict=machine.sentence)
    final = dataclasses.replace(made, precision=precision, test=_test(serialize(graph, made), dataset))
    return Reduced(serialize(graph, final), final, gate, machine, choice)


def make_graph(
    model: ModelProto,
    card: ModelCard,
    dataset: Dataset,
    options: ReductionOptions,
    passes: Callable[[ModelProto], bool],
    notify: Notify = lambda text: None,
) -> tuple[ModelProto, Choice | None]:
    """The reduced graph, and how its layers were chosen if that was measured.

    Args:
        model: The float graph.
        card: Its card.
        dataset: Where the calibration digits come from.
        options: How.
        passes: Whether a graph is accurate enough.
        notify: Called with a line of text when a step begins.
    """
    import onnx

    if options.precision == FP16:
        made = onnx.ModelProto()
        made.CopyFrom(model)
        store_fp16(made)
        finish(made)
        return made, None
    known = weighted_layers(model.graph)
    fixed = _fixed_layers(options, known)
    images = calibration_digits(dataset, options.calibration_digits, options.seed)
    notify(f"Calibrating with {len(images):,} training digits")
    histograms = observe(model, inner_tensors(model), images, card.input.dtype)
    ranges = {name: find_range(histogram, options.calibration) for name, histogram in histograms.items()}

    def build(layers: Sequence[str]) -> ModelProto:
        return int8_graph(model, layers, ranges, options.preset)

    choice = None
    if fixed is None:
        choice = choose_layers(model, known, build, passes, encode(images, card.input.dtype), notify=notify)
        fixed = choice.layers
    if not options.bias_correction:
        return build(fixed), choice
    few = encode(images[:_CORRECTION_DIGITS], card.input.dtype)
    # Of all layers: those in float have rounded weights too.
    corrected = correct_biases(model, known, few, lambda graph: int8_graph(graph, fixed, ranges, options.preset))
    return int8_graph(corrected, fixed, ranges, options.preset), choice


def _fixed_layers(options: ReductionOptions, known: tuple[str, ...]) -> tuple[str, ...] | None:
    """The layers in int8 that need no measurement; ``None`` if they shall be measured."""
    if options.layers == ALL:
        return known
    if options.layers == NONE:
        return ()
    if options.layers != AUTO:
        return named_layers(options.layers, known)
    # Another machine's latency cannot be measured here. The first layer reads one channel, and the last one is tiny.
    return None if options.processor == own_target() else known[1:-1]


def describe(
    graph: ModelProto, model: ModelProto, card: ModelCard, options: ReductionOptions, gate: PrecisionVerdict
) -> ModelCard:
    """The card of a reduced graph, without verdict and test result.

    Args:
        graph: The reduced graph.
        model: The float graph.
        card: Of the float graph.
        options: How it was reduced.
        gate: What the gate found.
    """
    made = {output for node in graph.graph.node for output in node.output}
    known = weighted_layers(model.graph)
    is_int8 = options.precision == INT8
    whole = int8_layers(graph, known) if is_int8 else ()
    first = gate.runs[0] if gate.runs else None
    precision = Precision(
        name=options.precision,
        weights=INT8 if is_int8 else "float16",
        activations=options.preset.activations if whole else "float32",
        target=options.processor if whole else "",
        int8_layers=whole,
        float_layers=tuple(layer for layer in known if layer not in whole),
        calibration=options.calibration if whole else "",
        calibration_digits=options.calibration_digits if whole else 0,
        bias_corrected=options.bias_correction and is_int8,
        images=gate.images,
        correct=first.correct if first else 0,
        float_correct=gate.float_correct,
        flips=first.flips if first else 0,
        mean_logit_difference=first.mean_logit_difference if first else 0.0,
        max_logit_difference=first.max_logit_difference if first else 0.0,
    )
    return dataclasses.replace(
        card,
        graph_sha256=graph_hash(graph),
        layers={layer: tensor for layer, tensor in card.layers.items() if tensor in made},
        precision=precision,
        test=None,
    )


def int8_layers(graph: ModelProto, known: Sequence[str]) -> tuple[str, ...]:
    """The layers whose kernel and input both come out of DequantizeLinear: what onnxruntime computes with whole numbers."""
    from mnist_edge.export.onnx_graph import producers
    from mnist_edge.export.quantization.stored import WEIGHTED
    from mnist_edge.export.quantization.stretches import layer_of

    made_by = producers(graph.graph)
    found = {
        layer_of(node)
        for node in graph.graph.node
        if node.op_type in WEIGHTED
        and all(name in made_by and made_by[name].op_type == "DequantizeLinear" for name in node.input[:2])
    }
    return tuple(layer for layer in known if layer in found)


def _test(data: bytes, dataset: Dataset) -> TestResult:
    logits = run_logits(Engine(data), Digits(dataset.x_test[..., None], dataset.y_test))
    return TestResult(dataset.name, int((logits.argmax(axis=1) == dataset.y_test).sum()), len(dataset.y_test))
