"""The report: one self-contained page on a run or a model. It stands above train, export and runtime."""
