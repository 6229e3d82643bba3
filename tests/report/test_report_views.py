"""The chosen picture, the layers, and which models go together."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import ImageError, KerasModelError, ModelError, OptionError
from mnist_edge.report import ReportOptions, open_models
from mnist_edge.report.layer_views import MAX_BY_DEFAULT, choose_picture, look_inside, spread
from mnist_edge.report.sections_model import file_names
from mnist_edge.runtime.sample_digits import draw_digit


def test_an_index_is_a_test_digit(tiny_dataset: Dataset) -> None:
    picture = choose_picture("199", tiny_dataset)
    np.testing.assert_array_equal(picture.pixels, tiny_dataset.x_test[199])
    assert (picture.index, picture.label) == (199, int(tiny_dataset.y_test[199]))


def test_a_file_is_brought_to_the_form_of_mnist(tiny_dataset: Dataset, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "seven.png"), 255 - draw_digit(7, size=200))
    picture = choose_picture(str(tmp_path / "seven.png"), tiny_dataset)
    assert (picture.pixels.shape, picture.pixels.dtype) == ((28, 28), np.uint8)
    assert picture.index is picture.label is None


@pytest.mark.parametrize("index", ["200", "-1", "99999999999"])
def test_an_index_out_of_range_is_refused(tiny_dataset: Dataset, index: str) -> None:
    with pytest.raises(OptionError, match="Expected: 0 to 199"):
        choose_picture(index, tiny_dataset)


def test_what_is_no_picture_is_refused(tiny_dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((60, 60), 255, np.uint8))
    for name in ("bad.png", "blank.png", "absent.png"):
        with pytest.raises(ImageError):
            choose_picture(str(tmp_path / name), tiny_dataset)


def test_an_unknown_layer_is_told_with_those_that_exist(shipped_model: Path, tiny_dataset: Dataset) -> None:
    with pytest.raises(OptionError, match=r"conv9.*conv1, pool1, conv2"):
        look_inside(open_models(shipped_model), ("conv9",), choose_picture("0", tiny_dataset), tiny_dataset)


def test_layers_of_an_exported_model(shipped_model: Path, tiny_dataset: Dataset) -> None:
    views = look_inside(open_models(shipped_model), (), choose_picture("0", tiny_dataset), tiny_dataset)
    assert {name: values.shape for name, values in views.maps.items()} == {
        "conv1_bn": (26, 26, 32),
        "conv2_bn": (11, 11, 64),
        "conv3_bn": (3, 3, 64),
    }
    assert views.kernels is not None
    assert (views.kernels[0], views.kernels[1].shape) == ("conv1_bn", (3, 3, 1, 32))
    assert views.answer == 7
    assert views.comparison is None


def test_two_models_of_one_kind_are_refused(shipped_model: Path) -> None:
    with pytest.raises(OptionError, match="same kind"):
        open_models(shipped_model, "simple_cnn")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("absent.onnx", ModelError), ("absent.keras", KerasModelError), ("empty", KerasModelError), ("x.png", OptionError)],
)
def test_what_is_no_model_is_refused(tmp_path: Path, name: str, kind: type[Exception]) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(kind):
        open_models(tmp_path / name)


@pytest.mark.parametrize(
    "wrong",
    [{"num_samples": 0}, {"onnx": Path("a"), "keras": Path("b")}, {"num_samples": 101}, {"seed": -1}, {"lang": "fr"}],
)
def test_options_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        ReportOptions(**wrong)  # type: ignore[arg-type]


def test_any_layer_name_becomes_a_file_name_of_its_own() -> None:
    layers = ["conv1", "Conv1", "block/conv", "block_conv", "../../etc", "卷积", "x" * 300]
    names = file_names(layers)
    assert list(names) == layers
    assert len({name.lower() for name in names.values()}) == len(layers)
    assert all(name.replace("_", "").isalnum() or set(name) == {"_"} for name in names.values())
    assert max(map(len, names.values())) <= 80


def test_of_many_convolutions_some_are_shown_from_the_first_to_the_last() -> None:
    layers = [f"conv{number}" for number in range(15)]
    shown = spread(layers)
    assert len(shown) == MAX_BY_DEFAULT
    assert (shown[0], shown[-1]) == ("conv0", "conv14")
    assert sorted(shown, key=layers.index) == list(shown)
    assert spread(layers[:3]) == tuple(layers[:3])
    assert spread([]) == ()
