"""Reads a digit as one would by hand with LiteRT: no checks, no framing, no refusal. A peer for ``startup.py``.

python benchmarks/plain_litert.py MODEL.tflite ONE.png
"""

import sys

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

model, path = sys.argv[1:]
interpreter = Interpreter(model_path=model, num_threads=1)
interpreter.allocate_tensors()
picture = cv2.resize(cv2.imread(path, cv2.IMREAD_GRAYSCALE), (28, 28), interpolation=cv2.INTER_AREA)
interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture.reshape(1, 28, 28, 1) / np.float32(255))
interpreter.invoke()
(scores,) = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
print(f"{path}: {scores.argmax()} ({scores.max():.1%})")
