"""Recipes, overrides and ranges."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mnist_edge.errors import OptionError
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.networks.architectures import architecture_names
from mnist_edge.train.networks.blocks import LayerOptions
from mnist_edge.train.overrides import Overrides, check_no_contradiction, from_recipe, recipe_names


@pytest.mark.parametrize(("arch", "epochs", "batch_size"), [("simple_cnn", 5, 64), ("dropout_cnn", 10, 32)])
def test_the_tutorial_recipe_has_the_numbers_of_the_tutorials(arch: str, epochs: int, batch_size: int) -> None:
    assert from_recipe(Overrides(arch=arch)) == TrainConfig(
        arch=arch,
        recipe="tutorial",
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=1e-3,
        validation_split=0.1,
        seed=42,
        patience=0,
        jit_compile=False,
    )


def test_without_options_it_is_the_first_tutorial() -> None:
    assert from_recipe() == from_recipe(Overrides(arch="simple_cnn", recipe="tutorial"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 3),
        ("batch_size", 7),
        ("learning_rate", 0.5),
        ("validation_split", 0.25),
        ("seed", 0),
        ("patience", 4),
        ("schedule", "one-cycle"),
        ("warmup_epochs", 2.5),
        ("final_rate", 0.5),
        ("ema", 0.99),
        ("drawn_share", 0.3),
        ("photographed_share", 0.3),
        ("outlier_share", 0.3),
        ("views", 4),
        ("teacher", ("runs/accurate",)),
        ("distill", 0.5),
        ("dropout", 0.25),
        ("l2", 1e-4),
        ("batch_norm", True),
        ("label_smoothing", 0.1),
        ("rotation", 10.0),
        ("shift", 2.0),
        ("scale", 0.1),
        ("shear", 10.0),
        ("elastic", 1.0),
        ("stroke", 0.5),
        ("noise", 0.1),
        ("damage", 0.5),
        ("jit_compile", True),
    ],
)
def test_every_number_can_be_overridden_and_changes_nothing_else(name: str, value: Any) -> None:
    schedule = {"schedule": "cosine"} if name in {"warmup_epochs", "final_rate"} else {}  # the only one that takes both
    taught = {"teacher": ("runs/any",)} if name == "distill" else {}
    overridden = from_recipe(Overrides(arch="dropout_cnn", **{name: value}, **schedule, **taught))
    assert overridden == dataclasses.replace(
        from_recipe(Overrides(arch="dropout_cnn")), **{name: value}, **schedule, **taught
    )


@pytest.mark.parametrize("arch", architecture_names())
@pytest.mark.parametrize("recipe", recipe_names())
def test_the_label_of_a_recipe_names_what_was_changed(recipe: str, arch: str) -> None:
    plain = from_recipe(Overrides(arch=arch, recipe=recipe, seed=1))
    assert plain.recipe_label() == recipe
    changed = dataclasses.replace(plain, epochs=3, learning_rate=0.5)
    assert changed.recipe_label() == f"{recipe}, changed: epochs 3, learning_rate 0.5"


def test_overrides_and_configuration_have_the_same_fields() -> None:
    assert [f.name for f in dataclasses.fields(Overrides)] == [f.name for f in dataclasses.fields(TrainConfig)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate", -1.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("validation_split", 0.0),
        ("validation_split", 1.0),
        ("seed", -1),
        ("seed", 2**32),
        ("patience", -1),
        ("ema", 1.0),
        ("ema", float("nan")),
        ("dropout", 1.0),
        ("dropout", -0.5),
        ("l2", -1e-4),
        ("l2", float("inf")),
        ("label_smoothing", 1.0),
        ("schedule", "linear"),
        ("warmup_epochs", -1.0),
        ("warmup_epochs", 5.0),
        ("final_rate", 1.5),
        ("batch_norm", "yes"),
        ("drawn_share", 1.5),
        ("photographed_share", -0.1),
        ("photographed_share", float("nan")),
        ("views", -1),
        ("distill", 0.0),
        ("distill", 1.5),
        ("rotation", -1.0),
        ("scale", 0.6),
        ("noise", float("nan")),
        ("damage", 1.1),
    ],
)
def test_a_number_out_of_range_is_named(name: str, value: Any) -> None:
    schedule = {"schedule": "cosine"} if name in {"warmup_epochs", "final_rate"} else {}
    with pytest.raises(OptionError, match=f"{name.replace('_', '-')} is out of range.*Expected.*Received"):
        TrainConfig(**{name: value}, **schedule)


@pytest.mark.parametrize("epochs", [0.5, 99.0, -1.0])  # the schedule is to blame, whatever the number
def test_a_warm_up_belongs_to_the_cosine(epochs: float) -> None:
    assert TrainConfig(schedule="cosine", warmup_epochs=0.5).warmup_epochs == 0.5
    for schedule in ("constant", "exponential", "one-cycle"):
        message = f"^--warmup-epochs needs --schedule cosine. Received: --warmup-epochs {epochs} with --schedule {schedule}"
        with pytest.raises(OptionError, match=message):
            TrainConfig(schedule=schedule, warmup_epochs=epochs)


@pytest.mark.parametrize("schedule", ["constant", "one-cycle"])
@pytest.mark.parametrize("rate", [0.01, 0.5, 2.0])  # also if it is the default
def test_a_final_rate_belongs_to_schedules_that_fall_to_it(schedule: str, rate: float) -> None:
    assert from_recipe(Overrides(schedule=schedule)) == TrainConfig(schedule=schedule)
    with pytest.raises(OptionError, match=r"^--final-rate needs --schedule cosine or --schedule exponential"):
        from_recipe(Overrides(schedule=schedule, final_rate=rate))
    for falling in ("cosine", "exponential"):
        assert from_recipe(Overrides(schedule=falling, final_rate=0.01)).final_rate == 0.01


def test_an_exponential_cannot_fall_to_nothing() -> None:
    with pytest.raises(OptionError, match=r"--final-rate is out of range.*above 0"):
        TrainConfig(schedule="exponential", final_rate=0.0)
    assert TrainConfig(schedule="cosine", final_rate=0.0).final_rate == 0.0


def test_layers_and_augmentation_are_told_what_is_theirs() -> None:
    config = TrainConfig(dropout=0.2, l2=0.1, batch_norm=False, rotation=10, noise=0.1)
    assert config.layer_options == LayerOptions(dropout=0.2, l2=0.1, batch_norm=False)
    assert config.augmentation == Augmentation(rotation=10, noise=0.1)


@pytest.mark.parametrize("arch", architecture_names())
def test_every_network_has_a_fast_and_a_best_recipe(arch: str) -> None:
    fast, best = (from_recipe(Overrides(arch=arch, recipe=recipe)) for recipe in ("fast", "best"))
    assert fast.epochs == 1
    assert not fast.augmentation.active
    assert best.augmentation.active
    assert best.layer_options.batch_norm is fast.layer_options.batch_norm is True
    assert 0 not in (best.ema, best.drawn_share, best.photographed_share, best.outlier_share, best.damage)
    assert best.views < best.epochs  # or no picture would come again


def test_an_unknown_recipe_is_answered_with_the_known_ones() -> None:
    with pytest.raises(OptionError, match=r"Expected: tutorial, fast, best\. Received: secret"):
        from_recipe(Overrides(recipe="secret"))


@pytest.mark.parametrize(
    ("override", "option"),
    [
        ({"epochs": 6}, "--epochs"),
        ({"batch_size": 1}, "--batch-size"),
        ({"jit_compile": True}, "--xla"),
        ({"outlier_share": 0.5}, "--outliers"),
        ({"arch": "dropout_cnn"}, "--arch"),
    ],
)
def test_a_contradiction_on_resume_names_the_option(override: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError, match=f"contradicts {option}:"):
        check_no_contradiction(TrainConfig(), Overrides(**override))


def test_repeating_the_recorded_numbers_is_no_contradiction() -> None:
    check_no_contradiction(TrainConfig(), Overrides(**dataclasses.asdict(TrainConfig())))
    check_no_contradiction(TrainConfig(), TrainConfig())


def test_a_whole_configuration_contradicts_with_what_it_leaves_to_the_network() -> None:
    check_no_contradiction(TrainConfig(dropout=0.5), Overrides(dropout=None))
    with pytest.raises(OptionError, match=r"contradicts --dropout.*Expected: 0\.5.*Received: None"):
        check_no_contradiction(TrainConfig(dropout=0.5), TrainConfig())


def test_the_weight_of_a_teacher_needs_one() -> None:
    with pytest.raises(OptionError, match="--distill needs --teacher"):
        from_recipe(Overrides(distill=0.5))


def test_one_teacher_may_be_named_by_itself() -> None:
    assert TrainConfig(teacher="runs/accurate").teacher == ("runs/accurate",)  # type: ignore[arg-type]
