"""What an int8 or fp16 model is, in words, for ``export``, ``verify`` and ``inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnist_edge.export.quantization.gate import Flip
    from mnist_edge.precision import Precision


def precision_text(precision: Precision) -> str:
    """Which numbers are where."""
    if not precision.is_reduced:
        return "float32"
    corrected = ", biases corrected" if precision.bias_corrected else ""
    if not precision.int8_layers:
        return f"{precision.weights} weights, float arithmetic{corrected}"
    rest = f"; {', '.join(precision.float_layers)} in float" if precision.float_layers else ""
    return (
        f"{precision.weights} weights; {', '.join(precision.int8_layers)} in {precision.weights}, for {precision.target}, "
        f"with {precision.activations} between them{rest}; ranges by {precision.calibration} of "
        f"{precision.calibration_digits:,} training digits{corrected}"
    )


def gate_text(precision: Precision) -> str:
    """How far the model is from its float graph."""
    if not precision.images:
        return "not compared with its float graph"
    count, other = precision.correct, precision.float_correct
    return (
        f"{precision.flips} flips in {precision.images:,} validation digits; {count:,} right, {other:,} by the float graph "
        f"(drop {precision.drop:.3f} points); logits differ by {precision.mean_logit_difference:.3f} on average, at most "
        f"{precision.max_logit_difference:.2f}"
    )


def flip_text(flip: Flip) -> str:
    """One digit that was read differently."""
    return (
        f"training digit {flip.index}, a {flip.label}: {flip.float_answer} ({flip.float_confidence:.1%}) in float, "
        f"{flip.answer} ({flip.confidence:.1%}) reduced"
    )
