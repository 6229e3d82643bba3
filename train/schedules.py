"""How the learning rate changes from step to step."""

from __future__ import annotations

from typing import Any, Final

SCHEDULES: Final = ("constant", "cosine", "exponential", "one-cycle")
WARMED_UP: Final = ("cosine",)  # those that take a warm-up
FALLING: Final = ("cosine", "exponential")  # those that take a final rate

# One cycle after Smith and Topin, "Super-convergence" (2018), with the numbers of PyTorch's OneCycleLR but with a linear
# rise: it begins at a 25th of the peak, rises over three tenths of the steps, and ends at a 10,000th of where it began.
ONE_CYCLE_START: Final = 1 / 25
ONE_CYCLE_WARMUP: Final = 0.3
ONE_CYCLE_END: Final = ONE_CYCLE_START / 10_000


def learning_rate_schedule(
    keras: Any, kind: str, *, peak: float, steps: int, warmup_steps: int = 0, final_rate: float = 0.0
) -> Any:
    """What an optimizer of Keras takes as its learning rate; it is saved with the optimizer and follows its step counter.

    Args:
        keras: The module.
        kind: One of ``SCHEDULES``.
        peak: The highest rate.
        steps: Steps of the whole training; 1 or more.
        warmup_steps: For ``"cosine"``: steps below the peak, fewer than ``steps``. Of ``w`` such steps the first has the
            ``w + 1``-th part of the peak, and every step adds as much again.
        final_rate: For ``"cosine"`` and ``"exponential"``: what is left after ``steps``, as a share of the peak.

    Returns:
        A float for ``"constant"``, else a ``keras.optimizers.schedules.LearningRateSchedule``.
    """
    schedules = keras.optimizers.schedules
    if kind == "constant":
        return peak
    if kind == "exponential":
        return schedules.ExponentialDecay(peak, decay_steps=steps, decay_rate=final_rate)
    start, end = peak / (warmup_steps + 1), final_rate
    if kind == "one-cycle":
        start, end, warmup_steps = peak * ONE_CYCLE_START, ONE_CYCLE_END, round(steps * ONE_CYCLE_WARMUP)
    if not warmup_steps:
        return schedules.CosineDecay(peak, decay_steps=steps, alpha=end)
    return schedules.CosineDecay(
        start, decay_steps=steps - warmup_steps, alpha=end, warmup_target=peak, warmup_steps=warmup_steps
    )


def last_learning_rate(keras: Any, optimizer: Any) -> float:
    """The rate of the last step that a built optimizer made, as the shortest number that is the same in float32."""
    schedule = optimizer._learning_rate  # the public property gives the rate of the next step
    follows = isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule)
    rate = schedule(optimizer.iterations - 1) if follows else optimizer.learning_rate
    return float(str(rate.numpy()))
