"""Famous networks as lists of records, for `trace`. No weights, no download.

Each is what its paper describes and what Keras or PyTorch build: the totals agree with
theirs to the last parameter.
"""

from convcourse.arithmetic import _given
from convcourse.arithmetic.records import (
    Activation,
    BatchNorm,
    Branches,
    Conv,
    Dense,
    Depthwise,
    Flatten,
    GlobalPool,
    Pad,
    Pool,
)

__all__ = ["alexnet", "lenet5", "mobilenet", "resnet50", "vgg16"]


def lenet5():
    """Return LeNet-5, for images of (32, 32, 1).

    Returns
    -------
    list of records
        The third layer sees all six maps; the original one leaves some connections
        out.

    Notes
    -----
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, *Gradient-based learning applied to
    document recognition*, 1998. Its pooling had two parameters per map; here none.

    Examples
    --------
    >>> from convcourse.arithmetic import trace
    >>> trace(lenet5(), (32, 32, 1)).parameters
    61706
    """
    return [
        Conv(6, 5, name="c1"),
        Pool(2, name="s2"),
        Conv(16, 5, name="c3"),
        Pool(2, name="s4"),
        Conv(120, 5, name="c5"),
        Flatten(name="flatten"),
        Dense(84, name="f6"),
        Dense(10, name="output"),
    ]


def alexnet(groups=2):
    """Return AlexNet, for images of (227, 227, 3).

    Parameters
    ----------
    groups : int
        2 as in the paper, where two graphics cards shared the work; 1 joins them.

    Returns
    -------
    list of records

    Notes
    -----
    A. Krizhevsky, I. Sutskever and G. Hinton, *ImageNet classification with deep
    convolutional neural networks*, 2012. The paper says 224; without padding only
    lengths from 227 to 230 give its 55 by 55 outputs.

    Examples
    --------
    >>> from convcourse.arithmetic import trace
    >>> trace(alexnet(), (227, 227, 3)).parameters
    60965224
    """
    return [
        Conv(96, 11, 4, name="conv1"),
        Pool(3, 2, name="pool1"),
        Conv(256, 5, padding=2, groups=groups, name="conv2"),
        Pool(3, 2, name="pool2"),
        Conv(384, 3, padding=1, name="conv3"),
        Conv(384, 3, padding=1, groups=groups, name="conv4"),
        Conv(256, 3, padding=1, groups=groups, name="conv5"),
        Pool(3, 2, name="pool5"),
        Flatten(name="flatten"),
        Dense(4096, name="fc6"),
        Dense(4096, name="fc7"),
        Dense(1000, name="fc8"),
    ]


def vgg16():
    """Return VGG16, for images of (224, 224, 3).

    Returns
    -------
    list of records

    Notes
    -----
    K. Simonyan and A. Zisserman, *Very deep convolutional networks for large-scale
    image recognition*, 2015, column D.

    Examples
    --------
    >>> from convcourse.arithmetic import trace
    >>> trace(vgg16(), (224, 224, 3)).parameters
    138357544
    """
    layers, stages = [], ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    for stage, (filters, repeats) in enumerate(stages, 1):
        names = [f"conv{stage}_{number + 1}" for number in range(repeats)]
        layers += [Conv(filters, 3, padding="same", name=name) for name in names]
        layers.append(Pool(2, name=f"pool{stage}"))
    dense = [Dense(4096, name="fc1"), Dense(4096, name="fc2"), Dense(1000, name="fc3")]
    return [*layers, Flatten(name="flatten"), *dense]


def resnet50(stride_on="1x1"):
    """Return ResNet-50, for images of (224, 224, 3).

    Parameters
    ----------
    stride_on : {"1x1", "3x3"}
        Which layer of a stage's first block halves the map: the first 1 by 1, as in
        the paper and in Keras, or the 3 by 3, as in PyTorch.

    Returns
    -------
    list of records
        With biases in the convolutions, as Keras has them.

    Notes
    -----
    K. He, X. Zhang, S. Ren and J. Sun, *Deep residual learning for image recognition*,
    2016.

    Examples
    --------
    >>> from convcourse.arithmetic import trace
    >>> trace(resnet50(), (224, 224, 3)).parameters
    25636712
    """
    _given.choice("stride_on", stride_on, ("1x1", "3x3"))
    layers = [Conv(64, 7, 2, 3, name="conv1"), BatchNorm(), Pad(1), Pool(3, 2)]
    for stage, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 2):
        for block in range(blocks):
            stride = 2 if stage > 2 and block == 0 else 1
            layers += _residual(width, stride, stride_on, block == 0)
    return [*layers, GlobalPool(name="average"), Dense(1000, name="fc")]


def _residual(width, stride, stride_on, widen):
    """Return a block of 1x1, 3x3, 1x1 beside its short cut, and the ReLU after."""
    first, second = (stride, 1) if stride_on == "1x1" else (1, stride)
    long = [
        Conv(width, 1, first),
        BatchNorm(),
        Conv(width, 3, second, "same" if second == 1 else 1),
        BatchNorm(),
        Conv(4 * width, 1),
        BatchNorm(),
    ]
    short = [Conv(4 * width, 1, stride), BatchNorm()] if widen else []
    return [Branches(short, long), Activation()]


def mobilenet():
    """Return MobileNet (the first), for images of (224, 224, 3).

    Returns
    -------
    list of records
        Depthwise and 1 by 1 convolutions in turn.

    Notes
    -----
    A. Howard and others, *MobileNets: efficient convolutional neural networks for
    mobile vision applications*, 2017.

    Examples
    --------
    >>> from convcourse.arithmetic import trace
    >>> trace(mobilenet(), (224, 224, 3)).macs
    568740352
    """
    layers = [Conv(32, 3, 2, "same", bias=False, name="conv1"), BatchNorm()]
    widths = [64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
    for number, width in enumerate(widths, 1):
        stride = 2 if number in (2, 4, 6, 12) else 1
        layers += [
            Depthwise(3, stride, "same", bias=False, name=f"dw{number}"),
            BatchNorm(),
            Conv(width, 1, bias=False, name=f"pw{number}"),
            BatchNorm(),
        ]
    return [*layers, GlobalPool(name="average"), Dense(1000, name="fc")]
