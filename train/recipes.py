"""The presets of a training's numbers, by recipe and architecture."""

from __future__ import annotations

from typing import Any, Final

_WORLD: Final[dict[str, Any]] = {
    "schedule": "cosine",
    "drawn_share": 0.2,
    "outlier_share": 0.35,
    "rotation": 8.0,
    "shift": 1.0,
    "scale": 0.08,
    "shear": 8.0,
    "elastic": 0.7,
    "stroke": 0.3,
}

# What is not listed is the default of TrainConfig. "tutorial" are the recipes of the two tutorials (the deeper networks
# take the first one's), "mixed" is for the world's handwriting, and for what else lies in front of a camera.
RECIPES: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "tutorial": {
        "simple_cnn": {"epochs": 5, "batch_size": 64},
        "dropout_cnn": {"epochs": 10, "batch_size": 32},
    },
    "mixed": {
        "simple_cnn": {"epochs": 20, "batch_size": 64, **_WORLD},
        "dropout_cnn": {"epochs": 20, "batch_size": 32, **_WORLD},
        "vgg_cnn": {"epochs": 20, "batch_size": 64, **_WORLD},
        "resnet_cnn": {"epochs": 20, "batch_size": 64, **_WORLD},
    },
}
