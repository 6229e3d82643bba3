"""How well a model reads labelled digits. ONNX files need no TensorFlow."""
