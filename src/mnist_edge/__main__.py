"""``python -m mnist_edge``."""

from mnist_edge.cli import main

main()
