"""Runs every command of docs/tutorial.md and its Chinese sister on real MNIST, and keeps what they print and draw.

    python benchmarks/tutorial.py            about a quarter of an hour on two cores; then: python benchmarks/render_docs.py

Writes ``benchmarks/results/tutorial.json`` (command to output) and ``docs/pictures/tutorial/``. The commands themselves are
read from the document, so what it shows is what they do.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from mnist_edge.files import write_bytes, write_json

ROOT: Final = Path(__file__).parents[1]
TUTORIAL: Final = ROOT / "docs" / "tutorial.md"
PICTURES: Final = ROOT / "docs" / "pictures" / "tutorial"
RESULT: Final = ROOT / "benchmarks" / "results" / "tutorial.json"
DOCUMENTS: Final = (TUTORIAL, TUTORIAL.with_suffix(".zh.md"))
_BLOCK: Final = re.compile(r"^```(sh|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PICTURE: Final = re.compile(r"!\[[^\]]*\]\(pictures/tutorial/([\w/.-]+)\)")


def steps(text: str) -> list[tuple[str, str]]:
    """The code blocks of a tutorial in order: ``("sh" or "python", code)``, those that install something excepted."""
    return [(kind, code) for kind, code in _BLOCK.findall(text) if not code.startswith(("pip install", "python -m venv"))]


def pictures(text: str) -> list[str]:
    """The pictures that a tutorial shows, as paths below the folder of a report."""
    return _PICTURE.findall(text)


def run_step(kind: str, code: str, folder: Path) -> str:
    """Runs one block in ``folder`` as the reader would, and returns what it printed to stdout, the home folder as ~.

    Raises:
        SystemExit: If it fails; what it printed is shown.
    """
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}", "COLUMNS": "100"}
    command = ["sh", "-e", "-c", code] if kind == "sh" else [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"This step of the tutorial ended with exit code {done.returncode}:\n{code}\n{done.stderr}")
    return done.stdout.replace(f"{Path.home()}/", "~/")


def main() -> None:
    """Runs the tutorial and keeps its outputs."""
    parser = argparse.ArgumentParser(description="Run docs/tutorial.md on real MNIST.")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "tutorial", help="where its commands work")
    folder: Path = parser.parse_args().folder
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder} holds files of an earlier run or of yours: remove it, or name another --folder")
    folder.mkdir(parents=True, exist_ok=True)
    texts = [document.read_text("utf-8") for document in DOCUMENTS]
    outputs: dict[str, str] = {}
    for kind, code in (step for text in texts for step in steps(text)):
        if code not in outputs:
            print(code, flush=True)
            outputs[code] = run_step(kind, code, folder)
    for name in sorted({name for text in texts for name in pictures(text)}):
        write_bytes(PICTURES / name, (folder / name).read_bytes())
    write_json(RESULT, {"outputs": outputs})


if __name__ == "__main__":
    main()
