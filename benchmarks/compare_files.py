"""The same network in each engine's format: made from the packaged ONNX file and the Keras model it was exported from."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mnist_edge.dataset import Dataset
from mnist_edge.errors import MnistEdgeError, WorkerError
from mnist_edge.files import write_bytes
from mnist_edge.keras_model import resolve_keras_path
from mnist_edge.runtime.bench_process import run_worker
from mnist_edge.runtime.packaged import read_model

if TYPE_CHECKING:
    from onnx import ModelProto

Notify = Callable[[str], None]
HERE: Final = Path(__file__).resolve().parent
_ENDINGS: Final = {
    "onnx": ".onnx",
    "onnx_int8": ".int8.onnx",
    "planar": ".planar.onnx",
    "mnn": ".mnn",
    "ncnn": ".ncnn.param",
    "litert": ".tflite",
    "litert_int8": ".int8.tflite",
    "keras": ".keras",
}
FIXED_BATCH: Final = ("planar", "mnn", "litert", "litert_int8")  # kinds with a file for each batch size
_SHAPES_ONLY: Final = {"Cast", "Reshape", "Unsqueeze", "Squeeze", "Transpose", "Identity"}
_MNN_CONVERT: Final = "import sys, MNN, _tools; _tools.mnnconvert(['mnnconvert', *sys.argv[1:]])"


def file_of(folder: Path, model: str, kind: str, batch: int) -> Path:
    """Where the file of a kind lies; :func:`make_files` puts it there."""
    return folder / f"{model}{f'.{batch}' if kind in FIXED_BATCH else ''}{_ENDINGS[kind]}"


def make_files(
    folder: Path,
    model: str,
    kinds: Sequence[str],
    batches: Sequence[int],
    *,
    dataset: Dataset,
    runs: Path,
    data: Path | None,
    notify: Notify,
) -> dict[str, str]:
    """Makes a model's files.

    Args:
        folder: Where to.
        model: Name of a packaged model, or path of an exported float model.
        kinds: Which files are needed.
        batches: Batch sizes, for the kinds that have a file for each.
        dataset: MNIST; int8 is calibrated with its training digits.
        runs: Holds the folders with the ``.keras`` files that the models were exported from.
        data: Where MNIST is, for the processes that load it again.
        notify: Called with a line of text when a step begins.

    Returns:
        The kinds that could not be made, with the reason.
    """
    name = Path(model).stem
    _, content = read_model(model)
    write_bytes(file_of(folder, name, "onnx", 1), content)
    makers: dict[str, Callable[[], None]] = {
        "onnx_int8": lambda: _make_int8(folder, name, dataset),
        "keras": lambda: _link_keras(folder, name, runs),
        "planar": lambda: _make_planar(folder, name, batches),
        "litert": lambda: _make_litert(folder, name, batches, runs, data),
        "mnn": lambda: _make_mnn(folder, name, batches),
        "ncnn": lambda: _make_ncnn(folder, name),
    }
    failed = {}
    for kind, make in makers.items():
        wanted = [each for each in kinds if each == kind or (kind, each) == ("litert", "litert_int8")]
        if not wanted:
            continue
        notify(f"{name}: making {', '.join(wanted)}")
        try:
            make()
        except MnistEdgeError as error:
            failed |= dict.fromkeys(wanted, str(error))
    return failed


def _make_int8(folder: Path, model: str, dataset: Dataset) -> None:
    from mnist_edge.export.quantization.presets import ReductionOptions
    from mnist_edge.export.quantization.reduce import reduce_model
    from mnist_edge.export.signature import read_onnx
    from mnist_edge.runtime.session import read_card

    content, graph = read_onnx(str(file_of(folder, model, "onnx", 1)))
    reduced = reduce_model(graph, read_card(content, model), dataset, ReductionOptions("int8"))
    if not reduced.gate.passed:
        raise WorkerError(f"The int8 export of {model} failed its gate", received=f"{reduced.gate.drop:.2f} points lost")
    write_bytes(file_of(folder, model, "onnx_int8", 1), reduced.data)


def _link_keras(folder: Path, model: str, runs: Path) -> None:
    write_bytes(file_of(folder, model, "keras", 1), resolve_keras_path(_run_of(runs, model)).read_bytes())


def _run_of(runs: Path, model: str) -> Path:
    run = runs / model
    if not run.exists():
        raise WorkerError(
            f"There is no trained model {model} in {runs.name}",
            fix=f"Train it with: make runs/{model}/metrics.json, or name --runs",
        )
    return run


def _make_litert(folder: Path, model: str, batches: Sequence[int], runs: Path, data: Path | None) -> None:
    config = {
        "keras_path": str(resolve_keras_path(_run_of(runs, model))),
        "files": [
            [batch, *(str(file_of(folder, model, kind, batch)) for kind in ("litert", "litert_int8"))] for batch in batches
        ],
        "data": str(data) if data else None,
    }
    run_worker([sys.executable, str(HERE / "litert_models.py")], config, what="the conversion to LiteRT")


def _make_planar(folder: Path, model: str, batches: Sequence[int]) -> None:
    import onnx

    for batch in batches:
        graph = planar_graph(onnx.load(file_of(folder, model, "onnx", 1)), batch)
        write_bytes(file_of(folder, model, "planar", batch), graph.SerializeToString())


def _make_mnn(folder: Path, model: str, batches: Sequence[int]) -> None:
    # The program mnnconvert of the same package installs and loads a logging client to report its use; the tool does not.
    _make_planar(folder, model, batches)
    for batch in batches:
        source, target = (str(file_of(folder, model, kind, batch)) for kind in ("planar", "mnn"))
        options = ["-f", "ONNX", "--modelFile", source, "--MNNModel", target, "--bizCode", "mnist-edge"]
        _convert([sys.executable, "-c", _MNN_CONVERT, *options], "MNN", Path(target))


def _make_ncnn(folder: Path, model: str) -> None:
    _make_planar(folder, model, [1])
    pnnx = importlib.util.find_spec("pnnx")  # not imported: its Python part wants PyTorch, its program does not
    if pnnx is None or pnnx.origin is None:
        raise WorkerError("The package pnnx, which converts for ncnn, is not installed", fix="See benchmarks/README.md")
    program = Path(pnnx.origin).with_name("pnnx.exe" if sys.platform == "win32" else "pnnx")
    target = file_of(folder, model, "ncnn", 1)
    scratch = folder / f"{model}.pnnx"
    scratch.mkdir(exist_ok=True)
    others = [f"{key}={scratch / key}" for key in ("pnnxparam", "pnnxbin", "pnnxpy", "pnnxonnx", "ncnnpy")]
    written = [f"ncnnparam={target}", f"ncnnbin={target.with_suffix('.bin')}"]
    # fp16=0: weights stay what they are.
    source = file_of(folder, model, "planar", 1)
    _convert([str(program), str(source), "inputshape=[1,1,28,28]f32", "fp16=0", *written, *others], "pnnx", target)


def _convert(command: list[str], what: str, target: Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=target.parent)
    except OSError as error:
        raise WorkerError(f"The converter of {what} does not start", received=str(error)) from error
    if done.returncode != 0 or not target.exists():
        last = " ".join((done.stdout + done.stderr).split())[-200:]
        raise WorkerError(f"The converter of {what} failed", received=last or f"exit code {done.returncode}")


def planar_graph(model: ModelProto, batch: int) -> ModelProto:
    """A graph that starts at the first convolution: float32 ``image`` ``[batch, 1, 28, 28]``, 0 to 255.

    Other engines then need neither uint8 nor a change of layout. The scale of the pixels is in the first kernel already.
    The border that the export cuts off is there again, as in the Keras model that a user would convert.

    Args:
        model: An exported model.
        batch: Batch size of the new graph.

    Raises:
        WorkerError: If anything but a change of type or shape comes before the first convolution.
    """
    from onnx import TensorProto, helper

    from mnist_edge.export.crop_pass import without_crop

    graph = without_crop(model).graph
    made_by = {output: node for node in graph.node for output in node.output}
    start = tensor = next(node.input[0] for node in graph.node if node.op_type == "Conv")
    before: list[Any] = []
    while tensor in made_by:
        node = made_by[tensor]
        if node.op_type not in _SHAPES_ONLY:
            raise WorkerError(
                "The other engines cannot be given this graph",
                expected="a graph that starts with a convolution",
                received=f"{node.op_type} before it",
            )
        before.append(node)
        tensor = node.input[0]
    kept = [node for node in graph.node if all(node is not other for other in before)]
    for node in kept:
        node.input[:] = ["image" if name == start else name for name in node.input]
    used = {name for node in kept for name in node.input}
    kernels = [tensor for tensor in graph.initializer if tensor.name in used]
    plain = helper.make_graph(
        kept,
        "planar",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 1, 28, 28])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [batch, 10])],
        kernels,
    )
    return helper.make_model(plain, opset_imports=model.opset_import, ir_version=model.ir_version)


def missing_module(modules: Sequence[str]) -> str | None:
    """The first of these modules that is not installed."""
    for module in modules:
        with contextlib.suppress(ModuleNotFoundError):  # its package is missing
            if importlib.util.find_spec(module) is not None:
                continue
        return module.partition(".")[0]
    return None
