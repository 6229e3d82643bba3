"""Every example is run as its first lines say, in a process of its own, and what it answers is checked."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from virtual_display import Display

from mnist_edge.runtime.sample_digits import draw_digit

EXAMPLES = Path(__file__).parents[2] / "examples"


def page(digits: str, size: int = 100) -> np.ndarray:
    """Dark digits in one line on light paper."""
    row = np.hstack([255 - draw_digit(int(digit), size=size) for digit in digits])
    return cv2.copyMakeBorder(row, size // 2, size // 2, size // 2, size // 2, cv2.BORDER_CONSTANT, value=255)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pages of two digits, ``10.png`` to ``19.png`` as their names say, and files that are no pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(10, 20):
        cv2.imwrite(str(folder / f"{number}.png"), page(str(number)))
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture either")
    return folder


def run(name: str, *arguments: str | Path, cwd: Path | None = None) -> str:
    command = [sys.executable, EXAMPLES / name, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True, timeout=120).stdout


@contextlib.contextmanager
def running(*command: str | Path, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program that goes on until it is interrupted, if not by the test; it must then end soon and without a traceback."""
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import runpy, sys; sys.argv.pop(0)"
    start = "runpy.run_path(sys.argv[0], run_name='__main__')"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", f"{listen}; {start}", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    ) as process:
        try:
            yield process
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
            assert "Traceback" not in errors
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def test_read_pictures(pictures: Path) -> None:
    out = run("read_pictures.py", "17.png", "broken.png", cwd=pictures).splitlines()
    assert out[0].startswith("17.png: ")
    assert [line.split()[0] for line in out[1:3]] == ["1", "7"]
    assert all("in line 1 at (" in line for line in out[1:3])
    assert out[3].startswith("broken.png: ")
    assert len(out) == 4


def test_thread_pool(pictures: Path) -> None:
    out = run("thread_pool.py", pictures).splitlines()
    assert out[:10] == [f"{number}.png: {number}" for number in range(10, 20)]
    assert out[10].startswith("broken.png: ")
    assert len(out) == 11


def ask(port: int, data: bytes) -> dict[str, object]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        answer: dict[str, object] = json.loads(client.makefile().readline())
    return answer


def test_asyncio_service(pictures: Path) -> None:
    with running(EXAMPLES / "asyncio_service.py", "0") as service:
        port = int(next_line(service).rpartition(" ")[2])
        assert ask(port, (pictures / "14.png").read_bytes())["text"] == "14"
        assert ask(port, b"no picture")["status"] == "error"
        assert ask(port, b"")["status"] == "error"
        assert "more than" in str(ask(port, bytes(11 * 2**20))["message"])


def test_asyncio_service_under_load(pictures: Path) -> None:
    """Forty clients at once, more than there are slots; some have sent nothing yet, some leave without waiting."""
    with running(EXAMPLES / "asyncio_service.py", "0") as service:
        port = int(next_line(service).rpartition(" ")[2])
        clients = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(40)]
        for number, client in enumerate(clients):
            if number % 4 == 3:
                client.close()
                continue
            client.sendall((pictures / f"{10 + number % 10}.png").read_bytes())
            client.shutdown(socket.SHUT_WR)
        for number, client in enumerate(clients):
            if number % 4 != 3:
                with client:
                    assert json.loads(client.makefile().readline())["text"] == str(10 + number % 10)


def post(address: str, data: bytes) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data), timeout=60) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:  # the timeout of the test ends it otherwise
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(0.1)


def test_web_app(pictures: Path, tmp_path: Path) -> None:
    port = free_port()
    flask = tmp_path / "start_flask.py"
    flask.write_text("from flask.cli import main; main()")
    with running(flask, "--app", EXAMPLES / "web_app.py", "run", "--port", str(port)) as app:
        wait_for_port(port, app)
        home = f"http://127.0.0.1:{port}"
        status, answer = post(f"{home}/digits", (pictures / "15.png").read_bytes())
        assert (status, answer["text"]) == (200, "15")
        status, answer = post(f"{home}/digits", b"no picture")
        assert (status, answer["status"]) == (422, "error")
        status, answer = post(f"{home}/digits", bytes(11 * 2**20))
        assert (status, answer["status"]) == (413, "error")
        assert post(f"{home}/nothing", b"x")[0] == 404
        with urllib.request.urlopen(home, timeout=60) as answer_page:
            assert b'<input type="file"' in answer_page.read()


def test_watch_folder(pictures: Path, tmp_path: Path) -> None:
    data = (pictures / "18.png").read_bytes()
    (tmp_path / "old.png").write_bytes(data)
    with running(EXAMPLES / "watch_folder.py", tmp_path) as watcher:
        assert next_line(watcher) == f"watching {tmp_path}"
        with (tmp_path / "slow.png").open("wb") as file:  # a copy that takes two seconds
            for start in range(0, len(data), len(data) // 9):
                file.write(data[start : start + len(data) // 9])
                file.flush()
                time.sleep(0.2)
        assert next_line(watcher) == "slow.png: 18"  # neither an error before, nor the old picture
        (tmp_path / "slow.png").write_bytes((pictures / "13.png").read_bytes())
        assert next_line(watcher) == "slow.png: 13"
        (tmp_path / "broken.png").write_bytes(b"no picture")
        assert next_line(watcher).startswith("broken.png: ")


# Strokes of a 7 and a 1 as a hand draws them, in pixels of the window.
SEVEN = [(80, 80), (160, 78), (230, 80), (200, 150), (170, 210), (145, 270)]
ONE = [(160, 60), (158, 130), (156, 200), (154, 270)]


@pytest.fixture
def tk_display(display: Display) -> Display:
    """The display, where Python has Tk."""
    if importlib.util.find_spec("_tkinter") is None:
        pytest.fail("Tk is missing: apt-get install python3-tk", pytrace=False)
    return display


def stroke(display: Display, window: str, points: list[tuple[int, int]]) -> None:
    first, *rest = points
    display.xdotool("mousemove", "--window", window, *map(str, first), "mousedown", "1")
    for x, y in rest:
        display.xdotool("mousemove", "--window", window, str(x), str(y))
        time.sleep(0.02)
    display.xdotool("mouseup", "1")


def wait_for_title(display: Display, window: str, beginning: str) -> str:
    title = ""
    for _ in range(200):
        title = display.xdotool("getwindowname", window)
        if title.startswith(beginning):
            return title
        time.sleep(0.05)
    raise AssertionError(f"the window says {title!r}, not {beginning!r}")


def test_draw_window(tk_display: Display) -> None:
    with running(EXAMPLES / "draw_window.py", env=tk_display.environment) as program:
        window = tk_display.find_window("Draw a digit", program)
        stroke(tk_display, window, SEVEN)
        wait_for_title(tk_display, window, "7")
        white = (tk_display.screenshot() == 255).all(axis=-1).sum()
        assert white > 3000  # the stroke is to be seen
        tk_display.press(window, "Escape")
        wait_for_title(tk_display, window, "Draw a digit")
        assert (tk_display.screenshot() == 255).all(axis=-1).sum() < white / 10
        stroke(tk_display, window, ONE)
        wait_for_title(tk_display, window, "1")
        tk_display.ask_to_close(window)
        assert program.wait(30) == 0


def test_draw_window_ends_with_ctrl_c(tk_display: Display) -> None:
    with running(EXAMPLES / "draw_window.py", env=tk_display.environment) as program:
        tk_display.find_window("Draw a digit", program)


PROGRAMS = sorted(EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_every_example_is_short_tested_and_listed(program: Path) -> None:
    text = program.read_text("utf-8")
    assert len(text.splitlines()) <= 70
    assert f"examples/{program.name}" in (ast.get_docstring(ast.parse(text)) or "")  # how to run it
    assert f"`{program.name}`" in (EXAMPLES / "README.md").read_text("utf-8")
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert f"def test_{program.stem}" in tests
