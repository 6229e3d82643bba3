"""Keras to ONNX with proven parity. Needs the extra ``export``."""
