"""The runner: onnxruntime and OpenCV, nothing heavier."""
