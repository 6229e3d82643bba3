from __future__ import annotations

import itertools

import onnxruntime
import pytest

from mnist_edge.errors import OptionError
from mnist_edge.export.onnxruntime_support import RELEASES, oldest_release, release_of


def test_later_releases_never_load_less():
    for before, after in itertools.pairwise(RELEASES):
        assert before.version < after.version
        assert before.max_opset <= after.max_opset
        assert before.max_ir_version <= after.max_ir_version


@pytest.mark.parametrize(
    ("opset", "ir_version", "oldest"),
    [(17, 8, "1.15"), (20, 9, "1.17"), (17, 10, "1.18"), (22, 8, "1.21"), (23, 11, "1.23"), (26, 13, "1.25")],
)
def test_the_oldest_release_for_a_model(opset, ir_version, oldest):
    assert oldest_release(opset, ir_version).name == oldest


def test_a_model_newer_than_the_table():
    assert oldest_release(99, 8) is None


def test_versions_are_matched_by_minor_release():
    assert release_of("1.17.3").name == "1.17"
    assert release_of("1.22").max_opset == 22
    assert release_of("1.24.0.dev20251031003").name == "1.24"
    assert release_of("1.99.0") == RELEASES[-1]
    assert release_of("1.3.0") is None


@pytest.mark.parametrize("text", ["", "latest", "1", "1.17.3; rm"])
def test_what_is_no_version_is_refused(text):
    with pytest.raises(OptionError, match="no onnxruntime version"):
        release_of(text)


def test_the_installed_release_is_known_to_load_the_default_export():
    assert release_of(onnxruntime.__version__).runs(17, 8)
