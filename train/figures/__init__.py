"""The pictures of a training and of a model, each a function that returns a matplotlib ``Figure``."""
