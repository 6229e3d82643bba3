"""Keras: architectures, recipes, fitting, evaluation. Needs the extra ``train``."""
