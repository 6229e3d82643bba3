"""Exports of reduced precision: int8 and fp16, with a gate and a verdict. Needs the extra ``export``."""
