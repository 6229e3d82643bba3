"""The command line: one module a command, imported only when that command runs."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import signal
import sys
from types import FrameType
from typing import Final, NoReturn

import click

from mnist_edge import __version__
from mnist_edge.cli.collection import hold_collection, resume_collection
from mnist_edge.errors import MnistEdgeError

EXIT_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it
EXIT_SIGNAL: Final = 128  # plus the number of the signal

COMMANDS: Final = {
    "data": "Fetch, check and describe the MNIST data.",
    "train": "Train a CNN in Keras.",
    "evaluate": "Measure a model on the test set.",
    "report": "Write a page with figures on a run or a model.",
    "export": "Convert a Keras model to ONNX and prove that it computes the same.",
    "verify": "Run the parity gate on an exported model and its Keras model.",
    "inspect": "Show what is inside an ONNX model.",
    "classify": "Read the digit in pictures.",
    "camera": "Read the digits in a camera, a video or a stream.",
    "models": "List the models inside the package, with their accuracy, size and speed here.",
    "benchmark": "Measure latency and throughput on this machine.",
    "tune": "Find the session options that are fastest on this machine.",
    "doctor": "Check this installation.",
    "demo": "Run everything once: data, training, export, pictures, benchmark, report.",
}
_HOLDING: Final = frozenset({"classify"})  # commands that let the garbage collector run when they have loaded all


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is run or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in _HOLDING:
            resume_collection()
        module = importlib.import_module(f"mnist_edge.cli.{cmd_name}")
        command: click.Command = module.command
        for option in command.params:
            if isinstance(option, click.Option) and option.envvar is None:
                option.envvar = _variable(cmd_name, option)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog="Every option can also be set by a variable: MNIST_EDGE_TRAIN_EPOCHS=3 sets --epochs of train. "
    "Exit codes: 0 well, 1 error, 2 wrong usage, 3 a quality gate said no, 130 interrupted.",
)
@click.version_option(__version__, prog_name="mnist-edge")
def cli() -> None:
    """From a Keras CNN to a digit on an edge CPU: train, export with proven parity, classify, benchmark.

    \b
    Examples:
      mnist-edge classify photo.jpg          read the digit in a picture
      mnist-edge train -o runs/first         train the tutorial CNN
      mnist-edge export runs/first -o first.onnx
      mnist-edge benchmark first.onnx
    """


def _variable(command: str, option: click.Option) -> str:
    """The variable that sets an option, named as the user knows it; click would take the name of the Python parameter."""
    long = next(name for name in option.opts if name.startswith("--"))
    return f"MNIST_EDGE_{command}_{long.lstrip('-').replace('-', '_')}".upper()


def run(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code; own errors become one line on stderr.

    Args:
        arguments: What follows the program name; ``None`` takes ``sys.argv``.
    """
    try:
        # Outside standalone mode click returns the code of ctx.exit(); commands themselves return nothing.
        code = cli.main(args=arguments, prog_name="mnist-edge", standalone_mode=False)
        if sys.stdout is not None:  # closed, as some services start programs
            sys.stdout.flush()
    except MnistEdgeError as error:
        click.echo(f"mnist-edge: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("mnist-edge: interrupted.", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of stdout went away, as ``head`` does: nothing that anybody wants to read about
        _discard_stdout()
        return 1
    except OSError as error:  # what no command expects, a full disk behind stdout for instance
        _discard_stdout()
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"mnist-edge: {where}{error.strerror or error}.", err=True)
        return 1
    return code if isinstance(code, int) else 0


def _discard_stdout() -> None:
    """Gives the interpreter something to flush into at exit, when stdout cannot take it."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_any_text() -> None:
    """Lets every file name and every unit be printed, whatever the terminal's encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            utf8 = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(EXIT_SIGNAL + signum)


def main() -> NoReturn:
    """Entry point of ``mnist-edge``."""
    hold_collection()
    _print_any_text()
    for name in ("SIGTERM", "SIGHUP"):  # the second where the terminal is closed, unless nohup ignores it; not on Windows
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)  # unwinds the stack: recordings are completed, temporary files removed
    raise SystemExit(run())
