"""The ranges of the options are those of the configuration: the command line refuses what a run would, and no more."""

from __future__ import annotations

import dataclasses
import itertools

import click
import pytest

from mnist_edge.cli.train import command
from mnist_edge.errors import OptionError
from mnist_edge.train.config import TrainConfig, option_name

BASE = TrainConfig(epochs=1000, schedule="cosine", warmup_epochs=0.5)  # takes all numbers
NEARBY = (-1, 0, 0.001, 0.5, 0.999, 1, 1.5, 4, 4.5, 14, 15, 45, 46, 180, 181, 2**32 - 1, 2**32)
NUMBERS = (*NEARBY, float("nan"), float("inf"), float("-inf"))
RANGED = {
    parameter.name: parameter.type
    for parameter in command.params
    if isinstance(parameter.type, click.IntRange | click.FloatRange)
}


def _taken_by_the_command(kind: click.ParamType, number: float) -> bool:
    try:
        kind.convert(str(number), None, None)
    except click.BadParameter:
        return False
    return True


def _taken_by_the_configuration(name: str, number: float) -> bool:
    try:
        dataclasses.replace(BASE, **{name: number})
    except OptionError:
        return False
    return True


def test_every_number_of_the_configuration_has_a_range() -> None:
    numbers = {field.name for field in dataclasses.fields(TrainConfig) if field.type in {"int", "float", "float | None"}}
    assert RANGED.keys() == numbers


@pytest.mark.parametrize("name", RANGED)
def test_command_and_configuration_take_the_same_numbers(name: str) -> None:
    kind = RANGED[name]
    numbers = [number for number in NUMBERS if isinstance(kind, click.FloatRange) or isinstance(number, int)]
    if name == "warmup_epochs":  # how many are too many depends on the epochs
        numbers = [number for number in numbers if not BASE.epochs <= number < float("inf")]
    answers = [(_taken_by_the_command(kind, number), _taken_by_the_configuration(name, number)) for number in numbers]
    differing = list(itertools.compress(numbers, (one != other for one, other in answers)))
    assert differing == [], option_name(name)
    assert {one for one, _ in answers} == {True, False}
