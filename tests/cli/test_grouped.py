"""The help of commands whose options are grouped."""

from __future__ import annotations

import click
from click.testing import CliRunner

from mnist_edge.cli.common import data_options
from mnist_edge.cli.grouped import GroupedCommand, grouped


def _help(command: click.Command) -> list[str]:
    return CliRunner().invoke(command, ["--help"]).output.splitlines()


def _sections(command: click.Command) -> dict[str, list[str]]:
    """The options under each title, in the order of the page."""
    found: dict[str, list[str]] = {}
    for line in _help(command):
        if line and not line.startswith(" ") and line.endswith(":") and not line.startswith("Usage"):
            title = line.rstrip(":")
            found[title] = []
        elif found and line.strip().startswith("-"):
            found[title].append(line.split()[0])
    return found


def test_one_section_a_group_in_the_order_of_the_decorators() -> None:
    @click.command(cls=GroupedCommand)
    @grouped("One", click.option("--first"))
    @grouped("Two", click.option("--second"), click.option("--third"))
    @grouped("One", click.option("--fourth"))
    @click.option("--loose")
    def command(**options: str) -> None:
        """Does nothing."""

    assert _sections(command) == {"One": ["--first", "--fourth"], "Two": ["--second", "--third"],
                                  "Other options": ["--loose", "--help"]}  # fmt: skip


def test_decorators_that_add_several_options_can_be_grouped() -> None:
    @click.command(cls=GroupedCommand)
    @grouped("Data", data_options)
    def command(**options: str) -> None:
        """Does nothing."""

    assert _sections(command) == {"Data": ["--data", "--allow-any-data"], "Other options": ["--help"]}


def test_grouping_changes_nothing_but_the_help() -> None:
    @click.command(cls=GroupedCommand)
    @grouped("One", click.option("--number", type=int, default=3))
    @click.argument("name")
    def command(name: str, number: int) -> None:
        click.echo(f"{name} {number}")

    assert CliRunner().invoke(command, ["a", "--number", "5"]).output == "a 5\n"
    assert CliRunner().invoke(command, ["a"]).output == "a 3\n"
    assert "name" not in _sections(command)["Other options"]


def test_all_groups_have_the_same_first_column() -> None:
    @click.command(cls=GroupedCommand)
    @grouped("One", click.option("--a", help="Short."))
    @grouped("Two", click.option("--much-longer", help="Long."), click.option("--no-help"))
    @grouped("Three", click.option("--so-long-that-it-has-a-line-of-its-own", help="Longest."))
    def command(**options: str) -> None:
        """Does nothing."""

    lines = _help(command)
    starts = {line.index(text) for line in lines for text in ("Short.", "Long.", "Longest.", "Show this") if text in line}
    assert starts == {34}
    assert lines == [line.rstrip() for line in lines]


def test_hidden_options_and_commands_without_groups_look_as_clicks_own() -> None:
    @click.option("--plain")
    @click.option("--secret", hidden=True)
    def body(**options: str) -> None:
        """Does nothing."""

    grouped_help = _help(click.command("x", cls=GroupedCommand)(body))

    @click.option("--plain")
    @click.option("--secret", hidden=True)
    def again(**options: str) -> None:
        """Does nothing."""

    assert grouped_help == _help(click.command("x")(again))
