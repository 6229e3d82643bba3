"""A window to draw a digit in with the mouse; what it is read as appears below.

    python examples/draw_window.py

Tk comes with Python; on Debian and Ubuntu it is a package of its own: apt install python3-tk.
"""

from __future__ import annotations

import signal
import tkinter as tk

import cv2
import numpy as np

from mnist_edge import DigitClassifier

SIDE, PEN = 320, 22  # pixels


class DrawWindow:
    """The canvas is drawn twice: by Tk to be seen, by OpenCV to be read."""

    def __init__(self, root: tk.Tk) -> None:
        self.classifier = DigitClassifier()
        self.root = root
        self.picture = np.zeros((SIDE, SIDE), np.uint8)
        self.last = (0, 0)
        self.canvas = tk.Canvas(root, width=SIDE, height=SIDE, background="black", cursor="pencil", highlightthickness=0)
        self.answer = tk.Label(root, font=("sans-serif", 18))
        self.canvas.pack()
        self.answer.pack(fill="x")
        tk.Button(root, text="Clear (Esc)", command=self.clear).pack(fill="x")
        self.canvas.bind("<ButtonPress-1>", lambda event: self.draw(event, begin=True))
        self.canvas.bind("<B1-Motion>", self.draw)
        self.canvas.bind("<ButtonRelease-1>", self.read)
        root.bind("<Escape>", self.clear)
        self.clear()

    def draw(self, event: tk.Event[tk.Canvas], *, begin: bool = False) -> None:
        """A stroke begins, with a dot, or goes on."""
        here = (event.x, event.y)
        self.last = here if begin else self.last
        self.canvas.create_line(*self.last, *here, fill="white", width=PEN, capstyle="round")
        cv2.line(self.picture, self.last, here, 255, PEN, cv2.LINE_AA)
        self.last = here

    def read(self, event: object = None) -> None:
        """A stroke is done; reading takes about a millisecond, so no thread is needed."""
        answer = self.classifier.classify(self.picture)
        self.show(answer.message if answer.digit is None else f"{answer.digit}  ({int(answer.confidence * 100)}%)")

    def clear(self, event: object = None) -> None:
        """An empty canvas."""
        self.canvas.delete("all")
        self.picture[:] = 0
        self.show("Draw a digit")

    def show(self, text: str) -> None:
        """Below the canvas and in the title."""
        self.answer["text"] = text
        self.root.title(text)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Tk would see a Ctrl-C only when the mouse moves
    window = tk.Tk()
    DrawWindow(window)
    window.mainloop()
