"""Reads the digits in pictures: the shortest program that does.

python examples/read_pictures.py seven.jpg page.jpg
"""

from __future__ import annotations

import sys

from mnist_edge import DigitClassifier


def main(paths: list[str]) -> None:
    """Prints the digit of each picture, then all digits with their places."""
    classifier = DigitClassifier()  # once: loading takes longer than reading
    for path in paths:
        one = classifier.classify(path)  # the picture as one digit
        print(f"{path}: {one.digit} ({one.confidence:.0%})" if one.digit is not None else f"{path}: {one.message}")
        scene = classifier.read(path)  # the picture as lines of digits
        for digit in scene:
            print(f"  {digit.digit} ({digit.confidence:.0%}) in line {digit.line + 1} at {tuple(digit.box)}")


if __name__ == "__main__":
    main(sys.argv[1:])
