"""Reads a digit as one would by hand with onnxruntime: no checks, no framing, no refusal. A peer for ``startup.py``.

python benchmarks/plain_onnxruntime.py MODEL.onnx ONE.png
"""

import sys

import cv2
import onnxruntime

model, path = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
picture = cv2.resize(cv2.imread(path, cv2.IMREAD_GRAYSCALE), (28, 28), interpolation=cv2.INTER_AREA)
(probabilities,) = session.run(["probabilities"], {"image": picture.reshape(1, 28, 28, 1)})[0]
print(f"{path}: {probabilities.argmax()} ({probabilities.max():.1%})")
