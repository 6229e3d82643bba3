"""The presets of a training's numbers, by recipe and architecture."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

Numbers = dict[str, Any]

# One short cycle at a high rate, which batch normalisation makes bearable.
_FAST: Final[Numbers] = {
    "epochs": 1,
    "batch_size": 128,
    "learning_rate": 0.01,
    "schedule": "one-cycle",
    "batch_norm": True,
}
# For the world's handwriting, and for what else lies in front of a camera.
_BEST: Final[Numbers] = {
    "epochs": 32,
    "batch_size": 128,
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "warmup_epochs": 1.0,
    "ema": 0.999,
    "batch_norm": True,
    "drawn_share": 0.2,
    "photographed_share": 0.5,
    "outlier_share": 0.5,
    "views": 8,
    "rotation": 8.0,
    "shift": 1.0,
    "scale": 0.1,
    "shear": 8.0,
    "elastic": 0.7,
    "stroke": 0.4,
    "damage": 0.4,
}
_LARGE: Final[Numbers] = {**_BEST, "epochs": 24, "views": 0}  # large networks learn as much in fewer epochs
_SMALL: Final[Numbers] = {**_BEST, "epochs": 50, "views": 10}
# What 8,000 parameters spend on spoiled digits they lack for clean ones.
_SMALLEST: Final[Numbers] = {
    **_SMALL,
    "epochs": 80,
    "learning_rate": 4e-3,
    "distill": 0.9,
    "stroke": 0.3,
    "damage": 0.15,
}

#: What is not listed is the default of TrainConfig. "tutorial" are the recipes of the two tutorials (other networks take
#: the first one's), "fast" is for trying things out, "best" for shipping.
RECIPES: Final[MappingProxyType[str, dict[str, Numbers]]] = MappingProxyType(
    {
        "tutorial": {
            "simple_cnn": {"epochs": 5, "batch_size": 64},
            "dropout_cnn": {"epochs": 10, "batch_size": 32},
        },
        "fast": dict.fromkeys(("simple_cnn", "dropout_cnn", "vgg_cnn", "resnet_cnn", "edge", "tiny", "accurate"), _FAST),
        "best": {
            **dict.fromkeys(("simple_cnn", "dropout_cnn"), _BEST),
            **dict.fromkeys(("vgg_cnn", "resnet_cnn", "accurate"), _LARGE),
            "edge": _SMALL,
            "tiny": _SMALLEST,
        },
    }
)
