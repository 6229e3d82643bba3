from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

from mnist_edge.runtime.sha256 import sha256_hex


@pytest.mark.parametrize("data", [b"", b"abc", bytes(100_000)])
def test_it_is_sha_256(data: bytes) -> None:
    assert sha256_hex(data) == hashlib.sha256(data).hexdigest()


def test_loading_a_model_does_not_load_openssl() -> None:
    script = (
        "import sys, numpy, onnxruntime, cv2; already = '_hashlib' in sys.modules\n"
        "from mnist_edge.runtime.session import Engine; Engine()\n"
        "print(already or '_hashlib' not in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
