from __future__ import annotations

import pytest

from mnist_edge.contract import InputSpec
from mnist_edge.errors import OptionError
from mnist_edge.export.options import ExportOptions


def test_the_defaults_are_the_contract():
    assert ExportOptions().input_spec() == InputSpec()


def test_float_input_and_fixed_batch_show_in_the_input_spec():
    spec = ExportOptions(input_dtype="float32", batch=4).input_spec()
    assert (spec.dtype, spec.shape, spec.value_range) == ("float32", ("4", "28", "28", "1"), (0.0, 1.0))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("opset", 12, "Expected: 13 to 18. Received: 12"),
        ("opset", 19, "Received: 19"),
        ("batch", 0, "batch size is out of range"),
        ("batch", 100_000, "batch size is out of range"),
        ("input_dtype", "int8", "Expected: uint8 or float32"),
    ],
)
def test_values_out_of_range_are_refused(field, value, message):
    with pytest.raises(OptionError, match=message):
        ExportOptions(**{field: value})
