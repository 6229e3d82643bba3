"""Two deeper networks: one that stacks convolutions in pairs, and one with skip connections."""

from __future__ import annotations

from typing import Any

from mnist_edge.train.networks.blocks import Blocks, LayerOptions, image_input, through


def vgg_cnn(keras: Any, options: LayerOptions) -> Any:
    """Three pairs of 3x3 convolutions with pooling between: 218,274 parameters, 16.5 million multiply-adds.

    The plan of VGG (Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014) in
    widths that suit 28x28 pixels and a CPU, with batch normalisation and a dropout of 0.3 unless the options say otherwise.
    """
    blocks = Blocks(keras, options, dropout=0.3, batch_norm=True, initializer="he_normal")
    layers = [image_input(keras)]
    for stage, filters in enumerate((24, 48, 96), start=1):
        for half in (1, 2):
            layers += blocks.convolution(f"conv{stage}_{half}", filters, padding="same")
        layers.append(keras.layers.MaxPooling2D(2, name=f"pool{stage}"))
    layers += [keras.layers.Flatten(name="flatten"), blocks.dense("fc1", 64), *blocks.head()]
    return keras.Sequential(layers, name="vgg_cnn")


def resnet_cnn(keras: Any, options: LayerOptions) -> Any:
    """Six residual blocks in three stages and global average pooling: 176,090 parameters, 20.2 million multiply-adds.

    The plan for small images of He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2015), section 4.2,
    with two blocks a stage. Where a block changes the shape, a 1x1 convolution of stride 2 projects the shortcut. Batch
    normalisation is on and dropout off unless the options say otherwise.
    """
    blocks = Blocks(keras, options, batch_norm=True, initializer="he_normal")
    image = image_input(keras)
    tensor = through(blocks.convolution("conv1", 16, padding="same"), image)
    for stage, filters in enumerate((16, 32, 64), start=1):
        for index in (1, 2):
            halves = stage > 1 and index == 1
            tensor = _residual(keras, blocks, tensor, f"res{stage}_{index}", filters, halves=halves)
    tensor = keras.layers.GlobalAveragePooling2D(name="pool")(tensor)
    return keras.Model(image, through(blocks.head(), tensor), name="resnet_cnn")


def _residual(keras: Any, blocks: Blocks, tensor: Any, name: str, filters: int, *, halves: bool) -> Any:
    """Two convolutions around which the input is led and added; ``halves`` halves height and width."""
    strides = 2 if halves else 1
    shortcut = tensor
    tensor = through(blocks.convolution(f"{name}_conv1", filters, strides=strides, padding="same"), tensor)
    tensor = through(blocks.convolution(f"{name}_conv2", filters, padding="same", relu=False), tensor)
    if halves:
        projection = blocks.convolution(f"{name}_skip", filters, size=1, strides=strides, relu=False)
        shortcut = through(projection, shortcut)
    return keras.layers.ReLU(name=f"{name}_relu")(keras.layers.Add(name=f"{name}_add")([tensor, shortcut]))
