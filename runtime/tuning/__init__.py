"""Which onnxruntime options are fastest on this machine: measuring them, and the profile that keeps the answer."""
