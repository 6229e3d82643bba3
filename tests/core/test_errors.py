from __future__ import annotations

import builtins
import inspect
import pickle

import pytest

from mnist_edge import errors
from mnist_edge.errors import ImageSizeError, MissingExtraError, MnistEdgeError

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, MnistEdgeError)]


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind not in {MnistEdgeError, errors.ModelError}])
def test_every_error_is_also_a_builtin(kind: type) -> None:
    builtin_bases = [base for base in kind.__mro__ if base.__module__ == builtins.__name__]
    assert set(builtin_bases) - {Exception, BaseException, object}, f"{kind.__name__} is only an Exception"


@pytest.mark.parametrize("kind", ALL)
def test_the_tree_in_the_docstring_names_every_error(kind: type) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


def test_message_has_problem_expectation_finding_and_advice_on_one_line() -> None:
    error = ImageSizeError("Too large", expected="10 pixels", received="11\npixels", fix="Scale it down.")
    assert str(error) == "Too large. Expected: 10 pixels. Received: 11 pixels. Scale it down."


def test_missing_extra_gives_the_exact_line_to_type() -> None:
    error = MissingExtraError("Training", extra="train", module="keras")
    assert str(error) == "Training needs the module keras. Install it with: pip install 'mnist-edge[train]'."


@pytest.mark.parametrize(
    "error",
    [
        ImageSizeError("a", expected="b", received="c", fix="d"),
        MissingExtraError("Training", extra="train", module="keras"),
    ],
)
def test_errors_survive_pickling(error: MnistEdgeError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__
