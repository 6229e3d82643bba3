"""What a user gets with ``pip install mnist-edge``: packages and megabytes, in a throw-away environment without extras.

    python benchmarks/install_size.py                 builds a wheel of this checkout first
    python benchmarks/install_size.py --wheel dist/mnist_edge-0.1.0-py3-none-any.whl

Also proves that the install is enough: TensorFlow is absent, and ``mnist-edge doctor`` ends well.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path
from typing import Any, Final

import click

from mnist_edge.errors import MnistEdgeError, WorkerError
from mnist_edge.files import write_json

HERE: Final = Path(__file__).resolve().parent
UNWANTED: Final = ("tensorflow", "keras", "onnx", "tf2onnx", "matplotlib", "torch")
_NOT_SOURCE: Final = (".git", ".venv*", "*.egg-info", "build", "dist", "runs", ".*_cache", "__pycache__", "results")
_INSTALLER: Final = {"pip", "setuptools", "wheel"}
# Sizes by each package's own record of its files; compiled caches are made on the user's disk and counted as well.
_SIZES: Final = """
import importlib.metadata as m, json
sizes = {}
for package in m.distributions():
    files = {path for file in package.files or () if (path := file.locate()).is_file()}
    sizes[package.metadata["Name"]] = [package.version, sum(path.stat().st_size for path in files)]
print(json.dumps(sizes))
"""


@click.command()
@click.option("--wheel", type=click.Path(path_type=Path, exists=True), default=None, help="Default: build one.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "install_size.json")
def main(wheel: Path | None, output: Path) -> None:
    """Measure the runtime-only install and write install_size.json."""
    try:
        with tempfile.TemporaryDirectory(prefix="mnist-edge-size-") as folder:
            report = measure_install(Path(folder), wheel or _build_wheel(Path(folder)))
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    write_json(output, report)
    for name, package in report["packages"].items():
        click.echo(f"{name:20} {package['version']:12} {package['megabytes']:8.1f} MB")
    click.echo(
        f"{report['count']} packages, {report['megabytes']:.0f} MB; the wheel itself {report['wheel_kilobytes']:.0f} kB"
    )


def measure_install(folder: Path, wheel: Path) -> dict[str, Any]:
    """Installs the wheel into a new environment and adds up its packages.

    Raises:
        WorkerError: If the install fails, brings what the runtime must not have, or does not work.
    """
    environment = folder / "venv"
    venv.create(environment, with_pip=True)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    python = str(programs / Path(sys.executable).name.replace("pythonw", "python"))
    _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)])
    sizes: dict[str, tuple[str, int]] = json.loads(_run([python, "-c", _SIZES]))
    packages = {name: size for name, size in sorted(sizes.items(), key=lambda item: -item[1][1]) if name not in _INSTALLER}
    unwanted = sorted(set(UNWANTED) & set(packages))
    if unwanted:
        raise WorkerError("The runtime install brings too much", received=", ".join(unwanted))
    _run([str(programs / "mnist-edge"), "doctor"])
    return {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "platform": sysconfig.get_platform(),
        "python": platform.python_version(),
        "count": len(packages),
        "megabytes": sum(size for _, size in packages.values()) / 1e6,
        "wheel_kilobytes": wheel.stat().st_size / 1e3,
        "absent": list(UNWANTED),
        "packages": {name: {"version": version, "megabytes": size / 1e6} for name, (version, size) in packages.items()},
    }


def _build_wheel(folder: Path) -> Path:
    # From a copy: setuptools keeps a build folder beside the sources, whose leftovers would end up in the wheel.
    copy = shutil.copytree(HERE.parent, folder / "checkout", ignore=shutil.ignore_patterns(*_NOT_SOURCE))
    _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), str(copy)])
    return next(folder.glob("*.whl"))


def _run(command: list[str]) -> str:
    # The scratch folder is no checkout, so that nothing of the source tree can stand in for the installed package.
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tempfile.gettempdir())
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip()[-400:]
        raise WorkerError(f"{Path(command[0]).name} {' '.join(command[1:4])} failed", received=last)
    return done.stdout


if __name__ == "__main__":
    main()
