"""Commands whose ``--help`` lists the options in groups.

    @click.command("train", cls=GroupedCommand)
    @grouped("Data", data_options)
    @grouped("Augmentation", click.option("--rotation", type=float), click.option("--shift", type=float))
    def command(...): ...

Groups come in the order of their first option; options of no group come last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_GROUP: Final = "help_group"  # set on click.Option
_UNGROUPED: Final = "Other options"
_WIDEST: Final = 30  # of the first column, as click has it; longer options have a line of their own


class GroupedCommand(click.Command):
    """A command whose help has one section a group."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the sections; a command without groups has the one section of click."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and (
                record[1] or isinstance(parameter, click.Option)
            ):  # newer clicks list arguments, too
                sections.setdefault(getattr(parameter, _GROUP, ""), []).append(record)
        rest = sections.pop("", [])
        if rest:
            sections[_UNGROUPED if sections else "Options"] = rest
        width = min(max((len(option) for records in sections.values() for option, _ in records), default=0), _WIDEST)
        for title, records in sections.items():
            with formatter.section(title):
                # click measures each list by itself; filled up, all have the same first column
                formatter.write_dl([(option.ljust(width) if text else option, text) for option, text in records], _WIDEST)


def grouped(group: str, *decorators: Decorator) -> Decorator:
    """Puts all options that the decorators add into a group of the help.

    Args:
        group: Title of the section.
        decorators: ``click.option(...)`` and decorators made of it, in the order of the help.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            before = len(_pending(function))
            function = decorator(function)
            for parameter in _pending(function)[before:]:
                setattr(parameter, _GROUP, group)
        return function

    return decorate


def _pending(function: Callable[..., Any]) -> list[click.Parameter]:
    """What click's decorators have collected on a function so far, last option first."""
    return list(getattr(function, "__click_params__", []))
