"""A display in memory: real windows, with keys and a mouse that a test moves, and screenshots."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest


@dataclass
class Display:
    """An X server that draws into memory, its keys and mouse, and what is to be seen on it."""

    name: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb"}

    def xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout.strip()

    def find_window(self, title: str, owner: subprocess.Popen[str], timeout_s: float = 60.0) -> str:
        """Waits for a window of a program; gives its number."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end and owner.poll() is None:
            if found := self.xdotool("search", "--onlyvisible", "--name", title):
                return found.split()[-1]
            time.sleep(0.05)
        code = owner.poll()
        owner.kill()
        raise AssertionError(f"no window {title}, exit code {code}: {owner.communicate()}")

    def map_again(self, window: str) -> None:
        """Takes a window off the screen and puts it back, as window managers do; it is told, and draws itself.

        On a busy machine Qt sometimes misses the first such message, and without a window manager there is no second one.
        """
        self.xdotool("windowunmap", window, "windowmap", window)

    def press(self, window: str, key: str) -> None:
        """A key of the keyboard, for the window that has the focus: this one."""
        self.xdotool("windowfocus", window, "key", key)

    def screenshot(self) -> np.ndarray:
        """uint8 [H, W, 3] BGR, from the file in which the server keeps its pixels (X11/XWDFile.h)."""
        data = (self.folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", data[:100])
        height, stride, start = header[5], header[12], header[0] + 12 * header[19]
        rows = np.frombuffer(data, np.uint8, height * stride, start).reshape(height, stride // 4, 4)
        return rows[:, : header[4], :3].copy()

    def ask_to_close(self, window: str) -> None:
        """What a window manager does when somebody clicks on the cross: the message WM_DELETE_WINDOW."""
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(f"/tmp/.X11-unix/X{self.name.lstrip(':')}")  # noqa: S108
            server.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0))
            size = 4 * struct.unpack("<xxxxxxH", _receive(server, 8))[0]
            _receive(server, size)
            protocols, delete = _atom(server, b"WM_PROTOCOLS"), _atom(server, b"WM_DELETE_WINDOW")
            event = struct.pack("<BBHIIIIIII", 33, 32, 0, int(window), protocols, delete, 0, 0, 0, 0)[:32]
            server.sendall(struct.pack("<BBHII", 25, 0, 11, int(window), 0) + event)
            _atom(server, b"WM_PROTOCOLS")  # an answer: the message before it has arrived


def _receive(server: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += server.recv(count - len(data))
    return data


def _atom(server: socket.socket, name: bytes) -> int:
    padded = name + b"\0" * (-len(name) % 4)
    server.sendall(struct.pack("<BBHHxx", 16, 0, 2 + len(padded) // 4, len(name)) + padded)
    atom: int = struct.unpack("<8xI20x", _receive(server, 32))[0]
    return atom


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    """A screen of 1000x800 pixels on a free display number."""
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.fail(f"{program} is missing: apt-get install {program.lower()}", pytrace=False)
    folder = tmp_path_factory.mktemp("screen")
    numbers, told = os.pipe()
    # Without -noreset the server begins anew when its last client leaves, and refuses whoever comes at that moment.
    command = ["Xvfb", "-displayfd", str(told), "-screen", "0", "1000x800x24", "-nolisten", "tcp", "-noreset"]
    command += ["-fbdir", str(folder)]
    server = subprocess.Popen(command, pass_fds=[told], stderr=subprocess.DEVNULL)
    os.close(told)
    with os.fdopen(numbers) as answer:
        number = answer.readline().strip()
    yield Display(f":{number}", folder)
    server.terminate()
    server.wait(30)
