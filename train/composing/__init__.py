"""Pictures made for tests and training: scenes of digits on paper, with exact truth."""

from mnist_edge.train.composing.compose import compose_scene
from mnist_edge.train.composing.kinds import SCENE_KINDS, levels_of
from mnist_edge.train.composing.truth import ComposedScene, TrueDigit, Truth

__all__ = ["SCENE_KINDS", "ComposedScene", "TrueDigit", "Truth", "compose_scene", "levels_of"]
