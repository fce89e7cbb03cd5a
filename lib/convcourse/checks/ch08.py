"""The questions of chapter 08: groups, depthwise and separable layers, and their price.

What is right comes from SciPy's correlation, channel by channel, from singular values,
and from counting connections.
"""

import functools
import itertools

import numpy as np

from .core import Misconception
from .functions import FunctionQuestion
from .values import ValueQuestion

# Functions and layers that do all the work: of the course, of Keras and of TensorFlow.
LAYERS = (
    "convcourse.ops.correlate_channels",
    "convcourse.ops.channels.correlate_channels",
    "convcourse.ops.depthwise",
    "convcourse.ops.channels.depthwise",
    "convcourse.ops.separable",
    "convcourse.ops.channels.separable",
    "convcourse.ops.block_diagonal",
    "convcourse.ops.channels.block_diagonal",
    "convcourse.layers.Conv2D",
    "keras.layers.Conv2D",
    "keras.layers.DepthwiseConv2D",
    "keras.layers.SeparableConv2D",
    "keras.ops.conv",
    "keras.ops.depthwise_conv",
    "keras.ops.separable_conv",
    "tensorflow._api.v2.nn.conv2d",
    "tensorflow._api.v2.nn.convolution",
    "tensorflow._api.v2.nn.depthwise_conv2d",
    "tensorflow._api.v2.nn.separable_conv2d",
)
SHUFFLES = (
    "convcourse.ops.channel_shuffle",
    "convcourse.ops.channels.channel_shuffle",
)


# ------------------------------------------------------------------ q1: prices by hand

GROUPED = 5 * 5 * (12 // 3) * 96
PLACES = 10 * 15  # 20 by 30, stride 2

q1 = ValueQuestion(
    id="q1",
    title="Prices by hand",
    points=2,
    parts={
        "kernels": [5, 5, 4, 96],
        "parameters_a": GROUPED + 96,
        "macs_a": PLACES * GROUPED,
        "parameters_b": 3 * 3 * 24 * 2 + 24 * 2 * 40 + 40,
        "parameters_c": 7 * 7 * 10 + 10,
        "ratio": 1 / 128 + 1 / 49,
        "fewest": 8,
        "order": [0, 4, 1, 5, 2, 6, 3, 7],
    },
    tol={"ratio": 6e-5},
    hints=(
        "Take one output channel of each layer. How many input channels does it read, and "
        "how many weights is that?",
        "A bias belongs to an output channel of the whole layer, and costs no product. For "
        "`ratio` and `fewest` write down the products per output pixel of both layers; the "
        "number of input channels cancels.",
        "With a multiplier M the depthwise step has M times as many outputs, so the "
        "pointwise step reads M times as many channels: both terms of the ratio grow. For "
        "`order` write the channels in two rows, one per group, and read the columns.",
    ),
    misconceptions=(
        Misconception(
            "no groups",
            {
                "kernels": [5, 5, 12, 96],
                "parameters_a": 3 * GROUPED + 96,
                "macs_a": PLACES * GROUPED * 3,
            },
            "that is the layer without groups. How many input channels does one output "
            "read?",
        ),
        Misconception(
            "divided twice",
            {"parameters_a": GROUPED // 3 + 96, "macs_a": PLACES * GROUPED // 3},
            "you divide by the groups twice. Each output reads fewer channels, but the "
            "outputs do not become fewer.",
        ),
        Misconception(
            "one group",
            {"kernels": [5, 5, 4, 32], "parameters_a": GROUPED // 3 + 32},
            "that is one group alone. The layer has all of them.",
        ),
        Misconception(
            "groups taken for channels",
            {
                "kernels": [5, 5, 3, 96],
                "parameters_a": 25 * 3 * 96 + 96,
                "macs_a": PLACES * 25 * 3 * 96,
            },
            "you take the number of groups for the number of channels in a group.",
        ),
        Misconception(
            "order of another library",
            ({"kernels": [96, 4, 5, 5]}, {"kernels": [5, 5, 96, 4]}),
            "these are the right numbers in another order. Here it is rows, columns, "
            "channels that are read, outputs.",
        ),
        Misconception(
            "an axis for the groups",
            ({"kernels": [3, 5, 5, 4, 32]}, {"kernels": [5, 5, 3, 4, 32]}),
            "the kernels have no axis for the groups: those of all groups lie side by side "
            "on the last axis.",
        ),
        Misconception(
            "bias forgotten",
            {
                "parameters_a": GROUPED,
                "parameters_b": 432 + 1920,
                "parameters_c": 490,
            },
            "the biases are missing: one for each output channel.",
        ),
        Misconception(
            "bias once per group",
            ({"parameters_a": GROUPED + 3}, {"parameters_a": GROUPED + 32}),
            "each output channel of the whole layer has a bias of its own, in every group.",
        ),
        Misconception(
            "one bias",
            {
                "parameters_a": GROUPED + 1,
                "parameters_b": 432 + 1920 + 1,
                "parameters_c": 491,
            },
            "a layer has more than one bias: one for each output channel.",
        ),
        Misconception(
            "bias in the MACs",
            {"macs_a": PLACES * (GROUPED + 96)},
            "you count the biases. A bias is added, not multiplied.",
        ),
        Misconception(
            "stride forgotten",
            {"macs_a": 4 * PLACES * GROUPED},
            "you count every place of the input. The stride leaves fewer outputs.",
        ),
        Misconception(
            "twice too many",
            {"macs_a": 2 * PLACES * GROUPED},
            "that is twice too many. A stride works along rows and along columns; and a "
            "product with its addition is one MAC.",
        ),
        Misconception(
            "no padding",
            {"macs_a": 8 * 13 * GROUPED},
            'that is padding "valid". With "same" there are more places.',
        ),
        Misconception(
            "one place",
            {"macs_a": GROUPED},
            "that is one place of the output. Each weight is used at all of them.",
        ),
        Misconception(
            "multiplier forgotten",
            {"parameters_b": 216 + 960 + 40, "fewest": 2},
            "the multiplier does not count in your result.",
        ),
        Misconception(
            "multiplier in the first step only",
            {"parameters_b": 432 + 960 + 40, "fewest": 5},
            "your pointwise step reads as many channels as the picture has. How many does "
            "the depthwise step hand on?",
        ),
        Misconception(
            "multiplier in the second step only",
            {"parameters_b": 216 + 1920 + 40},
            "your depthwise step has one kernel for each channel. The multiplier says how "
            "many it has.",
        ),
        Misconception(
            "bias after both steps",
            {"parameters_b": 432 + 48 + 1920 + 40},
            "you count biases after both steps. Keras has one bias, after the second.",
        ),
        Misconception(
            "ordinary layer",
            {"parameters_b": 9 * 24 * 40 + 40, "parameters_c": 49 * 100 + 10},
            "that is an ordinary layer, in which each output reads all channels.",
        ),
        Misconception(
            "one kernel for all channels",
            {"parameters_b": 18 + 1920 + 40, "parameters_c": 49 + 10},
            "your channels share one depthwise kernel. Each has its own.",
        ),
        Misconception(
            "window only",
            {"ratio": 1 / 49},
            "that is where the ratio goes for very many outputs. Here they are fewer.",
        ),
        Misconception(
            "outputs only",
            {"ratio": 1 / 128},
            "that is the depthwise step alone. The pointwise step costs more.",
        ),
        Misconception(
            "multiplied",
            {"ratio": 1 / 128 / 49},
            "you multiply two shares. The products of the two steps are added.",
        ),
        Misconception(
            "upside down",
            {"ratio": 1 / (1 / 128 + 1 / 49)},
            "that is how many times dearer the ordinary layer is. Asked is the share.",
        ),
        Misconception(
            "inputs for outputs",
            {"ratio": 1 / 32 + 1 / 49},
            "you take the input channels. They cancel: try it with other numbers of them.",
        ),
        Misconception(
            "side for window",
            {"ratio": 1 / 128 + 1 / 7},
            "you take the side of the kernel. How many weights has its window?",
        ),
        Misconception(
            "one too few",
            {"fewest": 7},
            "there the separable layer is still dearer, by a little.",
        ),
        Misconception(
            "wrong way round",
            {"order": [0, 2, 4, 6, 1, 3, 5, 7]},
            "you cut into pairs. Cut into two groups, then take one of each in turn.",
        ),
        Misconception(
            "nothing moved",
            {"order": [0, 1, 2, 3, 4, 5, 6, 7]},
            "nothing has moved: reshape twice without a transpose?",
        ),
        Misconception(
            "groups exchanged",
            {"order": [4, 5, 6, 7, 0, 1, 2, 3]},
            "the two groups have changed places as they were. Deal their channels out, one "
            "of each in turn.",
        ),
        Misconception(
            "second group first",
            {"order": [4, 0, 5, 1, 6, 2, 7, 3]},
            "you begin with the second group.",
        ),
        Misconception(
            "counted from 1",
            {"order": [1, 5, 2, 6, 3, 7, 4, 8]},
            "the channels are counted from 0.",
        ),
    ),
)


# ------------------------------------------------------------------- a layer by SciPy


def _layer(x, w):
    """Return an ordinary layer, pair of channels by pair of channels."""
    from scipy.signal import correlate2d

    def output(image, o):
        pairs = range(w.shape[2])
        return sum(correlate2d(image[..., c], w[:, :, c, o], "valid") for c in pairs)

    return np.array(
        [
            np.stack([output(image, o) for o in range(w.shape[3])], axis=-1)
            for image in x
        ]
    )


def _whole(rng, *shape):
    """Return whole numbers without zero: no product is lost."""
    return rng.integers(1, 10, shape) * rng.choice([-1, 1], shape)


def _levels(rng, *shape):
    """Return grey levels of eight bits: too narrow for sums, and for fractions."""
    return rng.integers(1, 256, shape).astype(np.uint8)


def _cut(function, place=None):
    """Return a function whose result gets the type of one of its arguments.

    With no `place` it is the other way round: the kernels get the type of the images.
    """

    def cut(*args):
        if place is None:
            return function(args[0], args[1].astype(args[0].dtype), *args[2:])
        return function(*args).astype(args[place].dtype)

    return cut


CUT = (
    "Your numbers lose their fractions where images are whole numbers and kernels are not, "
    "or the other way round: an array on the way has the type of one of them. Let NumPy "
    "choose the type, or take np.zeros without dtype."
)


# -------------------------------------------------------------------------- q2: grouped


def _grouped(x, w, g):
    c, n = x.shape[3], w.shape[3]
    if c % g or n % g:
        raise ValueError("g must divide inputs and outputs")
    if w.shape[2] != c // g:
        raise ValueError("the kernels read another number of channels")
    ins, outs = np.split(x, g, axis=3), np.split(w, g, axis=3)
    return np.concatenate(list(map(_layer, ins, outs)), axis=3)


def _group_cases(rng):
    """Yield (x, w, g)."""
    fixed = {
        "one pixel, two groups": ((1, 1, 1, 4), (1, 1, 2, 6), 2),
        "one group": ((1, 4, 5, 3), (2, 3, 3, 2), 1),
        "two groups": ((2, 5, 7, 4), (3, 2, 2, 6), 2),
        "three groups": ((2, 6, 5, 6), (2, 3, 2, 12), 3),
        "as many groups as channels": ((1, 5, 6, 4), (3, 2, 1, 8), 4),
        "more inputs than outputs": ((3, 4, 6, 12), (2, 3, 4, 3), 3),
    }
    for label, (x, w, g) in fixed.items():
        yield label, (_whole(rng, *x), _whole(rng, *w), g)
    for number in range(3):
        g, c, n, kh = (int(v) for v in rng.integers(2, 5, 4))
        x = rng.normal(size=(2, 6 + number, 8, g * c))
        yield (
            f"random numbers {number + 1}",
            (x, rng.normal(size=(kh, 3, c, g * n)), g),
        )
    x, w = rng.normal(size=(2, 4, 5, 6)), rng.normal(size=(3, 2, 3, 4))
    yield "grey levels of eight bits", (_levels(rng, *x.shape), w, 2)
    yield "kernels of whole numbers", (x, _whole(rng, *w.shape), 2)
    refused = {
        "groups that do not divide the inputs": ((1, 3, 3, 7), (2, 2, 3, 4), 2),
        "groups that do not divide the outputs": ((1, 3, 3, 6), (2, 2, 2, 8), 3),
        "kernels that read all channels": ((1, 3, 3, 6), (2, 2, 6, 4), 2),
        "kernels that read too few": ((1, 3, 3, 8), (2, 2, 2, 4), 2),
    }
    for label, (x, w, g) in refused.items():
        yield label, (_whole(rng, *x), _whole(rng, *w), g)


def _block(i, size, groups):
    return np.arange(i * size, (i + 1) * size)


def _turns(i, size, groups):
    return np.arange(i, size * groups, groups)


def _first(i, size, groups):
    return np.arange(size)


def _sliding(i, size, groups):
    return np.arange(i, i + size)


def _all(i, size, groups):
    return np.arange(size * groups)


def _from_the_end(i, size, groups):
    return _block(groups - 1 - i, size, groups)


def _next(i, size, groups):
    return _block((i + 1) % groups, size, groups)


def _ends(parts):
    return np.concatenate(parts, axis=-1)


def _wrong_groups(ins=_block, outs=_block, join=_ends, layer=_layer):
    """Return a grouped layer with other channels in its groups, or joined otherwise."""

    def grouped(x, w, g):
        c, n = x.shape[3] // g, w.shape[3] // g
        return join(
            [layer(x[..., ins(i, c, g)], w[..., outs(i, n, g)]) for i in range(g)]
        )

    return grouped


def _in_turns(parts):
    """Return the outputs of all groups, one of each in turn."""
    stacked = np.stack(parts, axis=-1)
    return stacked.reshape(*stacked.shape[:-2], -1)


def _first_image(layer):
    """Return a layer that leaves all images but the first at zero."""

    def first(*args):
        y = layer(*args)
        y[1:] = 0
        return y

    return first


def _flipped(x, w):
    return _layer(x, w[::-1, ::-1])


def _surrounded(x, w, left=False):
    """Return images with zeros around: a layer of kernels w keeps their size."""
    sides = [((k - 1) // 2, k // 2) for k in w.shape[:2]]
    sides = [side[::-1] for side in sides] if left else sides
    return np.pad(x, ((0, 0), *sides, (0, 0)))


q2 = FunctionQuestion(
    id="q2",
    title="Groups from scratch",
    points=3,
    call="grouped(x, w, g)",
    result="y",
    reference=_grouped,
    cases=_group_cases,
    forbidden=LAYERS,
    hints=(
        "Draw four channels in and six out, with two groups. Which inputs does output "
        "number 2 read, and which number 3?",
        "Group i has a block of C / g inputs and a block of N / g kernels. Both blocks "
        "move on with i. Its maps stand on the last axis, behind those of the groups "
        "before.",
        "np.split(x, g, axis=3) and np.split(w, g, axis=3) give both lists of blocks, and "
        "raise a ValueError if g does not divide. Call ordinary() for each pair, and join "
        "with np.concatenate(..., axis=3).",
    ),
    misconceptions=(
        Misconception(
            "outputs in turns",
            (
                _wrong_groups(outs=_turns),
                _wrong_groups(join=_in_turns),
                _wrong_groups(outs=_turns, join=_in_turns),
            ),
            "Your outputs belong to the groups in turns. The first N / g outputs belong to "
            "the first group, the next ones to the second.",
        ),
        Misconception(
            "inputs in turns",
            _wrong_groups(ins=_turns),
            "Your groups take the inputs in turns, every g-th one. A group is a block of "
            "neighbours.",
        ),
        Misconception(
            "all in turns",
            (
                _wrong_groups(ins=_turns, outs=_turns),
                _wrong_groups(ins=_turns, join=_in_turns),
                _wrong_groups(ins=_turns, outs=_turns, join=_in_turns),
            ),
            "Your groups take inputs and outputs in turns, every g-th one. A group is a "
            "block of neighbours, on both sides.",
        ),
        Misconception(
            "first inputs for all",
            _wrong_groups(ins=_first),
            "All your groups read the first block of inputs. Each has a block of its own.",
        ),
        Misconception(
            "first kernels for all",
            _wrong_groups(outs=_first),
            "All your groups use the kernels of the first one. The last axis of w holds "
            "those of all groups, block by block.",
        ),
        Misconception(
            "all kernels in each group",
            (
                _wrong_groups(outs=_all),
                _wrong_groups(outs=_all, join=lambda parts: parts[-1]),
            ),
            "Each of your groups uses all kernels. The last axis of w is shared out among "
            "the groups, block by block.",
        ),
        Misconception(
            "blocks overlap",
            (
                _wrong_groups(ins=_sliding),
                _wrong_groups(outs=_sliding),
                _wrong_groups(ins=_sliding, outs=_sliding),
            ),
            "Your blocks overlap: each begins one channel after the one before. A block "
            "begins where the last one has ended.",
        ),
        Misconception(
            "transposed",
            _wrong_groups(layer=lambda x, w: _layer(x, w.swapaxes(0, 1))),
            "Your kernels are transposed: their rows and columns are exchanged.",
        ),
        Misconception(
            "divided by the groups",
            lambda x, w, g: _wrong_groups()(x, w, g) / g,
            "You divide by the number of groups. Nothing is averaged: each output belongs "
            "to one group.",
        ),
        Misconception(
            "first group only",
            lambda x, w, g: _wrong_groups()(
                x[..., : x.shape[3] // g], w[..., : w.shape[3] // g], 1
            ),
            "Only the first group comes out. Is the `return` inside the loop?",
        ),
        Misconception(
            "last group only",
            lambda x, w, g: _wrong_groups()(
                x[..., -(x.shape[3] // g) :], w[..., -(w.shape[3] // g) :], 1
            ),
            "Only the last group comes out: each one replaces the one before.",
        ),
        Misconception(
            "added",
            _wrong_groups(join=sum),
            "You add the groups up. Their maps stand side by side, and never mix.",
        ),
        Misconception(
            "stacked",
            (
                _wrong_groups(join=np.array),
                _wrong_groups(join=lambda parts: np.stack(parts, axis=-1)),
                _wrong_groups(join=lambda parts: np.stack(parts, axis=-2)),
                _wrong_groups(join=lambda parts: np.stack(parts, axis=1)),
            ),
            "The groups have got an axis of their own. Join their maps on the axis of the "
            "channels.",
        ),
        Misconception(
            "joined along another axis",
            tuple(
                _wrong_groups(join=functools.partial(np.concatenate, axis=axis))
                for axis in (0, 1, 2)
            ),
            "You join the groups along images, rows or columns. The channels are on the "
            "last axis.",
        ),
        Misconception(
            "groups in reversed order",
            (
                _wrong_groups(ins=_from_the_end, outs=_from_the_end),
                _wrong_groups(join=lambda parts: _ends(parts[::-1])),
            ),
            "The maps of the last group come first.",
        ),
        Misconception(
            "inputs of another group",
            (_wrong_groups(ins=_from_the_end), _wrong_groups(ins=_next)),
            "The kernels of one group read the inputs of another. Both blocks move on "
            "together.",
        ),
        Misconception(
            "all channels",
            lambda x, w, g: _layer(x, np.tile(w, (1, 1, g, 1))),
            "Each of your outputs reads all channels. In a group it reads its own block "
            "only.",
        ),
        Misconception(
            "flipped",
            (
                _wrong_groups(layer=_flipped),
                _wrong_groups(layer=lambda x, w: _layer(x, w[::-1, ::-1, ::-1])),
            ),
            "Your kernels are flipped: that is a convolution. Layers correlate.",
        ),
        Misconception(
            "padded",
            (
                _wrong_groups(layer=lambda x, w: _layer(_surrounded(x, w), w)),
                _wrong_groups(layer=lambda x, w: _layer(_surrounded(x, w, True), w)),
            ),
            "Your maps are as large as the input. Here nothing is padded.",
        ),
        Misconception(
            "first image only",
            (
                _wrong_groups(layer=lambda x, w: _layer(x[:1], w)),
                _wrong_groups(layer=_first_image(_layer)),
            ),
            "Only the first image comes out. x holds a batch.",
        ),
        Misconception(
            "one channel of each group",
            _wrong_groups(layer=lambda x, w: _layer(x[..., :1], w[:, :, :1])),
            "You read the first channel of each group only. A kernel goes through all "
            "channels of its group.",
        ),
        Misconception(
            "mean",
            lambda x, w, g: _wrong_groups()(x, w, g) / w.shape[2],
            "You take the mean over the channels of a group. A layer adds them up.",
        ),
        Misconception(
            "cut off",
            (_cut(_grouped, 0), _cut(_grouped, 1), _cut(_grouped)),
            CUT,
        ),
    ),
)


# ----------------------------------------------------------------------- q3: unshuffle


def _unshuffle(y, g):
    if y.shape[-1] % g:
        raise ValueError("g must divide the channels")
    back = np.empty_like(y)
    dealt = np.arange(y.shape[-1]).reshape(g, -1).T.ravel()
    back[..., dealt] = y
    return back


def _shuffle(y, g):
    """Return what ShuffleNet does."""
    return y.reshape(*y.shape[:-1], g, -1).swapaxes(-1, -2).reshape(y.shape)


def _each_reversed(y, size):
    """Return the channels with each run of this size reversed."""
    return y.reshape(*y.shape[:-1], -1, size)[..., ::-1].reshape(y.shape)


def _shuffle_cases(rng):
    """Yield (y, g)."""
    yield "six channels, two groups", (_shuffle(np.arange(6), 2), 2)
    yield "twelve channels, three groups", (_shuffle(10 * np.arange(12), 3), 3)
    yield "four channels, two groups", (np.array([7, -1, 5, 2]), 2)
    yield "one group", (np.array([3, 1, 2]), 1)
    yield "as many groups as channels", (np.array([4, 9, 1, 6, 2]), 5)
    yield "many groups of two", (_whole(rng, 3, 10), 5)
    yield "maps", (_whole(rng, 2, 6, 4, 12), 3)
    yield "maps of one size in all axes", (_whole(rng, 6, 6, 6), 2)
    yield "a single image", (rng.normal(size=(6, 8, 18)), 6)
    for number in range(2):
        g, c = (int(v) for v in rng.permutation([2, 3, 4, 5])[:2])
        yield f"random numbers {number + 1}", (rng.normal(size=(2, 3, 4, g * c)), g)
    yield "groups that do not divide", (_whole(rng, 2, 2, 7), 3)
    yield "more groups than channels", (_whole(rng, 2, 4), 8)


def _along(axis):
    """Return the right inverse on a wrong axis."""

    def unshuffle(y, g):
        moved = np.moveaxis(y, axis, -1)
        return np.moveaxis(_unshuffle(moved, g), -1, axis)

    return unshuffle


q3 = FunctionQuestion(
    id="q3",
    title="Shuffle back",
    points=2,
    call="unshuffle(y, g)",
    reference=_unshuffle,
    cases=_shuffle_cases,
    forbidden=SHUFFLES,
    hints=(
        "Deal six cards with two groups, on paper: 0, 3, 1, 4, 2, 5. In which steps does "
        "the hand go back to 0, 1, 2, 3, 4, 5?",
        "The shuffle reads a table of g rows column by column. After it, the table lies "
        "in memory with its rows and columns exchanged: how many rows has it now?",
        "Reshape the last axis to (C / g, g), exchange these two axes, and reshape to the "
        "shape of y. reshape itself raises a ValueError if g does not divide.",
    ),
    misconceptions=(
        Misconception(
            "shuffled again",
            _shuffle,
            "You shuffle a second time. That brings the order back only where there are as "
            "many groups as channels in a group.",
        ),
        Misconception(
            "nothing moved",
            (
                lambda y, g: y,
                lambda y, g: y.reshape(*y.shape[:-1], -1, g).reshape(y.shape),
                lambda y, g: y.reshape(*y.shape[:-1], g, -1).reshape(y.shape),
            ),
            "Nothing has moved. Two reshapes without an exchange of axes leave the order "
            "as it is.",
        ),
        Misconception(
            "reversed",
            lambda y, g: y[..., ::-1],
            "You reverse the channels. The shuffle reverses nothing: it keeps the order "
            "within each group.",
        ),
        Misconception(
            "reversed and dealt",
            (
                lambda y, g: _unshuffle(y, g)[..., ::-1],
                lambda y, g: _each_reversed(y, y.shape[-1] // g),
                lambda y, g: _each_reversed(y, g),
                lambda y, g: _each_reversed(_unshuffle(y, g), y.shape[-1] // g),
                lambda y, g: _unshuffle(y[..., ::-1], g),
                lambda y, g: _shuffle(y, g)[..., ::-1],
                lambda y, g: _shuffle(y[..., ::-1], g),
            ),
            "You reverse the channels as well. The shuffle keeps the order within each "
            "group, and so does the way back.",
        ),
        Misconception(
            "twice",
            (
                lambda y, g: _shuffle(_shuffle(y, g), g),
                lambda y, g: _unshuffle(_unshuffle(y, g), g),
            ),
            "You do it twice. One exchange of axes is undone by one.",
        ),
        Misconception(
            "groups reversed",
            lambda y, g: y.reshape(*y.shape[:-1], g, -1)[..., ::-1, :].reshape(y.shape),
            "You take the groups in reversed order, each as it is. The shuffle deals the "
            "channels out of them.",
        ),
        Misconception(
            "rolled",
            (
                lambda y, g: np.roll(y, -1, axis=-1),
                lambda y, g: np.roll(y, 1, axis=-1),
                lambda y, g: np.roll(y, -(y.shape[-1] // g), axis=-1),
                lambda y, g: np.roll(y, y.shape[-1] // g, axis=-1),
                lambda y, g: np.roll(y, g, axis=-1),
                lambda y, g: np.roll(y, -g, axis=-1),
            ),
            "You roll the channels round. The shuffle deals them out.",
        ),
        Misconception(
            "sorted",
            lambda y, g: np.sort(y, axis=-1),
            "You sort the values. What has to move is places, whatever stands there.",
        ),
        Misconception(
            "shape of the table",
            (
                lambda y, g: y.reshape(*y.shape[:-1], -1, g).swapaxes(-1, -2),
                lambda y, g: y.reshape(*y.shape[:-1], g, -1).swapaxes(-1, -2),
            ),
            "The channels are still a table with two axes. Make one axis of them again.",
        ),
        Misconception(
            "flat",
            (
                lambda y, g: y.reshape(-1, g).T.ravel(),
                lambda y, g: _unshuffle(y, g).ravel(),
            ),
            "One long list comes out. The other axes stay as they are; only the last one "
            "is dealt with.",
        ),
        Misconception(
            "all axes together",
            (
                lambda y, g: y.reshape(-1, g).T.reshape(y.shape),
                lambda y, g: y.reshape(g, -1).T.reshape(y.shape),
            ),
            "You deal out all numbers of all pixels together. Keep the other axes: the "
            "order changes within each pixel.",
        ),
        Misconception(
            "another axis",
            (_along(0), _along(1)),
            "You deal out the images or the rows. The channels are on the last axis.",
        ),
        Misconception(
            "two groups always",
            lambda y, g: _unshuffle(y, 2),
            "Yours is written for two groups. Their number is g.",
        ),
        Misconception(
            "all axes turned",
            (
                lambda y, g: y.reshape(*y.shape[:-1], -1, g).T.reshape(y.shape),
                lambda y, g: y.reshape(*y.shape[:-1], g, -1).T.reshape(y.shape),
                lambda y, g: (
                    y.reshape(*y.shape[:-1], -1, g).swapaxes(0, 1).reshape(y.shape)
                ),
                lambda y, g: (
                    y.reshape(*y.shape[:-1], g, -1).swapaxes(0, 1).reshape(y.shape)
                ),
            ),
            "You exchange axes of the images as well, or other axes: that is right for a "
            "list only. Exchange the last two.",
        ),
        Misconception(
            "channels mixed with columns",
            (
                lambda y, g: (
                    y.reshape(*y.shape[:-1], -1, g).swapaxes(-1, -3).reshape(y.shape)
                ),
                lambda y, g: (
                    y.reshape(*y.shape[:-1], g, -1).swapaxes(-1, -3).reshape(y.shape)
                ),
            ),
            "You exchange the channels with another axis. Exchange the two axes that the "
            "channels were cut into.",
        ),
    ),
)


# ----------------------------------------------------------------------- q4: depthwise


def _depthwise(x, d):
    """Return the depthwise layer, kernel by kernel, in Keras' order."""
    maps = [
        _layer(x[..., c : c + 1], d[:, :, c : c + 1, m : m + 1])
        for c, m in itertools.product(range(d.shape[2]), range(d.shape[3]))
    ]
    return np.concatenate(maps, axis=-1)


def _placed(x, d, place):
    """Return the maps, each written to a place that may be taken."""
    maps = _depthwise(x, d)
    y = np.zeros(maps.shape)
    for c, m in itertools.product(range(d.shape[2]), range(d.shape[3])):
        y[..., place(c, m)] = maps[..., c * d.shape[3] + m]
    return y


def _kernel_first(x, d):
    """Return the same maps in another order."""
    maps = [
        _layer(x[..., c : c + 1], d[:, :, c : c + 1, m : m + 1])
        for m, c in itertools.product(range(d.shape[3]), range(d.shape[2]))
    ]
    return np.concatenate(maps, axis=-1)


def _depthwise_cases(rng):
    """Yield (x, d)."""
    fixed = {
        "one pixel": ((1, 1, 1, 2), (1, 1, 2, 3)),
        "one kernel for each channel": ((1, 4, 6, 3), (2, 3, 3, 1)),
        "one channel, several kernels": ((1, 5, 4, 1), (3, 2, 1, 4)),
        "two kernels for each channel": ((2, 5, 7, 3), (3, 2, 3, 2)),
        "more kernels than channels": ((2, 6, 4, 2), (2, 3, 2, 5)),
        "as many kernels as channels": ((1, 5, 6, 3), (3, 3, 3, 3)),
    }
    for label, (x, d) in fixed.items():
        yield label, (_whole(rng, *x), _whole(rng, *d))
    for number in range(3):
        c, m, kh, kw = (int(v) for v in rng.permutation([2, 3, 4, 5]))
        x = rng.normal(size=(3, 8, 7 + number, c))
        yield f"random numbers {number + 1}", (x, rng.normal(size=(kh, kw, c, m)))
    x, d = rng.normal(size=(2, 4, 5, 3)), rng.normal(size=(3, 2, 3, 2))
    yield "grey levels of eight bits", (_levels(rng, *x.shape), d)
    yield "kernels of whole numbers", (x, _whole(rng, *d.shape))


def _table(maps, d):
    """Return the maps with one axis for channels and one for kernels."""
    return maps.reshape(*maps.shape[:-1], d.shape[2], d.shape[3])


def _read_as(change):
    """Return a depthwise layer whose kernels are read in another way."""
    return lambda x, d: _depthwise(x, change(d))


q4 = FunctionQuestion(
    id="q4",
    title="Depthwise, in the order of Keras",
    points=3,
    call="depthwise(x, d)",
    result="y",
    reference=_depthwise,
    cases=_depthwise_cases,
    forbidden=LAYERS,
    hints=(
        "One pixel, channels 1 and 2, for each of them the kernels 1 and 10: in section 4 "
        "the outputs were 1, 10, 2, 20. Which loop is the outer one?",
        "Each output map reads one channel and has one kernel: d[:, :, c, m]. Nothing is "
        "added over the channels. There are C times M maps.",
        "With sliding_window_view(x, (kh, kw), axis=(1, 2)) the windows have the shape "
        "(images, rows, columns, C, kh, kw). np.einsum can keep both c and m in its "
        "result, in this order; a reshape makes one axis of them.",
    ),
    misconceptions=(
        Misconception(
            "kernels first",
            _kernel_first,
            "The right maps come in another order: first kernel 0 of all channels. Keras "
            "puts all maps of channel 0 first.",
        ),
        Misconception(
            "flipped",
            (
                _read_as(lambda d: d[::-1, ::-1]),
                lambda x, d: _kernel_first(x, d[::-1, ::-1]),
            ),
            "Your kernels are flipped: that is a convolution. Layers correlate.",
        ),
        Misconception(
            "summed over channels",
            (
                lambda x, d: _layer(x, d),
                lambda x, d: _table(_depthwise(x, d), d).mean(-2),
            ),
            "You add up the channels: that is an ordinary layer with M outputs. A "
            "depthwise one keeps the channels apart.",
        ),
        Misconception(
            "summed over kernels",
            (
                lambda x, d: _table(_depthwise(x, d), d).sum(-1),
                lambda x, d: _table(_depthwise(x, d), d).mean(-1),
            ),
            "You add up the maps of the kernels of one channel. Each of them is an output.",
        ),
        Misconception(
            "first kernel only",
            _read_as(lambda d: d[..., :1]),
            "You use the first kernel of each channel only. There are M.",
        ),
        Misconception(
            "first kernel for all",
            _read_as(lambda d: np.repeat(d[..., :1], d.shape[3], axis=3)),
            "All M maps of a channel are made with its first kernel. Each has its own.",
        ),
        Misconception(
            "places overlap",
            (
                lambda x, d: _placed(x, d, lambda c, m: c + m),
                lambda x, d: _placed(x, d, lambda c, m: c * m),
                lambda x, d: _placed(x, d, lambda c, m: c),
                lambda x, d: _placed(x, d, lambda c, m: m),
            ),
            "Several maps get the same place, and the last one wins. The M maps of a "
            "channel take M places; where do those of the next one begin?",
        ),
        Misconception(
            "order of the arguments",
            lambda x, d: _depthwise(x, d)[:, ::-1, ::-1],
            "Your maps are turned round: the kernel stands before the image in the call. "
            "A correlation slides its second argument over the first.",
        ),
        Misconception(
            "small integers",
            (
                lambda x, d: _depthwise(x, d).astype(np.int8),
                lambda x, d: _depthwise(x, d).astype(np.uint8),
            ),
            "Your numbers run over: the array that holds them has whole numbers of eight "
            "bits. Take floats.",
        ),
        Misconception(
            "last kernel only",
            _read_as(lambda d: d[..., -1:]),
            "One map for each channel comes out, that of its last kernel: each replaces "
            "the one before. There are M.",
        ),
        Misconception(
            "kernels of channel 0",
            _read_as(lambda d: np.repeat(d[:, :, :1], d.shape[2], axis=2)),
            "All your channels use the kernels of channel 0. Each has its own.",
        ),
        Misconception(
            "channel 0 only",
            lambda x, d: _depthwise(np.repeat(x[..., :1], x.shape[3], axis=3), d),
            "All your kernels read channel 0. Each reads its own.",
        ),
        Misconception(
            "axes read the other way",
            _read_as(lambda d: d.reshape(*d.shape[:2], d.shape[3], -1).swapaxes(2, 3)),
            "You read the last two axes of d the other way round. Channels come first, "
            "then the kernels of each.",
        ),
        Misconception(
            "transposed",
            _read_as(lambda d: d.swapaxes(0, 1)),
            "Your kernels are transposed: their rows and columns are exchanged.",
        ),
        Misconception(
            "full",
            lambda x, d: _depthwise(
                np.pad(x, [(0, 0), *((k - 1, k - 1) for k in d.shape[:2]), (0, 0)]), d
            ),
            "Your maps are larger than the input: SciPy's functions add a border of zeros "
            'if they are not told "valid".',
        ),
        Misconception(
            "padded",
            (
                lambda x, d: _depthwise(_surrounded(x, d), d),
                lambda x, d: _depthwise(_surrounded(x, d, left=True), d),
            ),
            "Your maps are as large as the input. Here nothing is padded.",
        ),
        Misconception(
            "two axes",
            (
                lambda x, d: _table(_depthwise(x, d), d),
                lambda x, d: _table(_depthwise(x, d), d).swapaxes(-1, -2),
            ),
            "Channels and kernels have an axis each in your result. Make one axis of "
            "them; the channel changes more slowly.",
        ),
        Misconception(
            "a list of maps",
            (
                lambda x, d: np.moveaxis(_depthwise(x, d), -1, 0),
                lambda x, d: np.moveaxis(_kernel_first(x, d), -1, 0),
                lambda x, d: np.moveaxis(_depthwise(x, d), -1, 1),
            ),
            "The maps stand on another axis than the last: stack them along axis=-1.",
        ),
        Misconception(
            "first image only",
            (
                lambda x, d: _depthwise(x[:1], d),
                _first_image(_depthwise),
                lambda x, d: _depthwise(np.repeat(x[:1], len(x), axis=0), d),
            ),
            "Only the first image is used. x holds a batch.",
        ),
        Misconception(
            "pairs only",
            lambda x, d: _depthwise(x, d)[..., :: d.shape[3] + 1],
            "You pair kernel 0 with channel 0, kernel 1 with channel 1, and so on. Each "
            "channel has all M kernels.",
        ),
        Misconception(
            "cut off",
            (_cut(_depthwise, 0), _cut(_depthwise, 1), _cut(_depthwise)),
            CUT,
        ),
    ),
)


# -------------------------------------------------------- q5: repair a separable layer

FAULTS = {
    "flip": "it still flips its kernels. Layers correlate.",
    "order": "its maps do not come in the order that the pointwise kernels expect.",
    "relu": "something not linear is left between the two steps.",
    "bias": "the bias is still added more than once.",
}
NUMBER = {1: "One fault is", 2: "Two faults are", 3: "Three faults are", 4: "Four are"}


def _pointwise(maps, p, b=0):
    return np.einsum("nijc,co->nijo", maps, p[0, 0]) + b


def _separable(x, d, p, b):
    return _pointwise(_depthwise(x, d), p, b)


def _with_faults(faults, x, d, p, b):
    """Return what a half repaired layer gives."""
    kernels = d[::-1, ::-1] if "flip" in faults else d
    step = _kernel_first if "order" in faults else _depthwise
    maps = step(x, kernels)
    if "relu" in faults:
        maps = np.maximum(maps, 0)
    return _pointwise(maps, p, b * maps.shape[-1] if "bias" in faults else b)


def _wrong_axes(faults, x, d, p, b):
    """Return what the layer gives with d[c, m] for a kernel, and some other faults."""
    from scipy.signal import convolve2d, correlate2d

    slide = convolve2d if "flip" in faults else correlate2d
    C, M = d.shape[2:]
    order = (
        sorted(np.ndindex(C, M), key=lambda cm: cm[::-1])
        if "order" in faults
        else (np.ndindex(C, M))
    )
    maps = [[slide(image[..., c], d[c, m], "valid") for image in x] for c, m in order]
    maps = np.moveaxis(maps, 0, -1)
    if "relu" in faults:
        maps = np.maximum(maps, 0)
    return _pointwise(maps, p, b * maps.shape[-1] if "bias" in faults else b)


def _crossed(x, d, p, b):
    """Return the layer with d[:, :, m, c] for a kernel."""
    C, M = d.shape[2:]
    kernels = [[d[:, :, m, c] for m in range(M)] for c in range(C)]
    return _separable(x, np.moveaxis(kernels, (0, 1), (2, 3)), p, b)


def _half_repaired():
    """Return a misconception for each number of faults and the first of them."""
    found = {}
    for many in range(1, len(FAULTS) + 1):
        for some in itertools.combinations(FAULTS, many):
            wrong = functools.partial(_with_faults, some)
            found.setdefault((many, some[0]), []).append(wrong)
    return tuple(
        Misconception(
            f"{many} left, first {name}",
            tuple(wrong),
            f"{NUMBER[many]} left{', for example:' if many > 1 else ':'} {FAULTS[name]}",
        )
        for (many, name), wrong in found.items()
    )


def _separable_cases(rng):
    """Yield (x, d, p, b)."""
    fixed = {
        "two channels": ((1, 4, 5, 2), (2, 2, 2, 2), 3),
        "three channels, one kernel each": ((1, 5, 6, 3), (3, 2, 3, 1), 2),
        "more channels than rows in a kernel": ((2, 4, 6, 5), (2, 3, 5, 2), 4),
        "one output": ((2, 6, 5, 4), (3, 3, 4, 3), 1),
    }
    for label, (x, d, n) in fixed.items():
        c, m = d[2:]
        yield (
            label,
            (
                _whole(rng, *x),
                _whole(rng, *d),
                _whole(rng, 1, 1, c * m, n),
                _whole(rng, n),
            ),
        )
    for number in range(3):
        c, m, kh, n = (int(v) for v in rng.permutation([2, 3, 4, 5]))
        shapes = (2, 6, 7, c), (kh, 3, c, m), (1, 1, c * m, n), (n,)
        yield (
            f"random numbers {number + 1}",
            tuple(rng.normal(size=shape) for shape in shapes),
        )
    shapes = (2, 4, 5, 3), (2, 3, 3, 2), (1, 1, 6, 4), (4,)
    x, *weights = (rng.normal(size=shape) for shape in shapes)
    yield "grey levels of eight bits", (_levels(rng, *x.shape), *weights)
    yield "weights of whole numbers", (x, *(_whole(rng, *s) for s in shapes[1:]))


def _every_bias(x, d, p, b):
    """Return the layer with a bias after both steps."""
    return _separable(x, d, p, b + b * np.sum(p[0, 0], axis=0))


def _maps_cut(place):
    """Return the layer with maps that get the type of x or of d."""
    maps = _cut(_depthwise, place)
    return lambda x, d, p, b: _pointwise(maps(x, d), p, b)


q5 = FunctionQuestion(
    id="q5",
    title="Repair a separable layer",
    points=3,
    call="separable(x, d, p, b)",
    result="y",
    reference=_separable,
    cases=_separable_cases,
    forbidden=LAYERS,
    hints=(
        "The error names an index: on which axes of d do channels and kernels lie? The "
        "other four faults raise nothing. Compare each line with the sentences above.",
        "Try it on one pixel and kernels of 1 by 1, with numbers that you follow on paper: "
        "two channels, two kernels each. Then with p of ones and b of ones.",
        "d[:, :, c, m], with the channel in the outer loop; correlate2d instead of "
        "convolve2d; no maximum between the steps; and b is added once, after the loop.",
    ),
    misconceptions=(
        *_half_repaired(),
        Misconception(
            "as given",
            tuple(
                functools.partial(_wrong_axes, some)
                for many in reversed(range(len(FAULTS) + 1))
                for some in itertools.combinations(FAULTS, many)
            ),
            "d[c, m] takes rows and columns of the kernels for channel and kernel, and "
            "where they are few it does not even raise. Which axes come first in d?",
        ),
        Misconception(
            "channel and kernel exchanged",
            _crossed,
            "d[:, :, m, c] takes the axis of the kernels for that of the channels.",
        ),
        Misconception(
            "bias left out",
            lambda x, d, p, b: _separable(x, d, p, 0 * b),
            "Now the bias is not added at all.",
        ),
        Misconception(
            "bias after each step",
            _every_bias,
            "The bias comes after both of your steps. It is added once, at the end.",
        ),
        Misconception(
            "one output",
            lambda x, d, p, b: _separable(x, d, p[..., :1], b[:1]),
            "One map comes out. Each column of p makes one.",
        ),
        Misconception(
            "pointwise step left out",
            lambda x, d, p, b: _depthwise(x, d),
            "That is the depthwise step alone.",
        ),
        Misconception(
            "ReLU at the end",
            lambda x, d, p, b: np.maximum(_separable(x, d, p, b), 0),
            "You have moved the maximum to the end. This layer has none.",
        ),
        Misconception(
            "first bias for all",
            lambda x, d, p, b: _separable(x, d, p, b[:1]),
            "All outputs get the first bias. Each has its own.",
        ),
        Misconception(
            "bias taken away",
            lambda x, d, p, b: _separable(x, d, p, -b),
            "The bias is taken away. Add it.",
        ),
        Misconception(
            "first output for all",
            lambda x, d, p, b: _separable(
                x, d, np.repeat(p[..., :1], p.shape[3], axis=3), b
            ),
            "All outputs are made with the first column of p. Each has its own.",
        ),
        Misconception(
            "first row for all",
            lambda x, d, p, b: _separable(
                x, d, np.repeat(p[:, :, :1], p.shape[2], axis=2), b
            ),
            "All maps are weighed with the first row of p. Each has its own.",
        ),
        Misconception(
            "padded",
            (
                lambda x, d, p, b: _separable(_surrounded(x, d), d, p, b),
                lambda x, d, p, b: _separable(_surrounded(x, d, True), d, p, b),
            ),
            "Your maps are as large as the input. Here nothing is padded.",
        ),
        Misconception(
            "kernels read the other way",
            lambda x, d, p, b: _separable(
                x, d.reshape(*d.shape[:2], d.shape[3], -1).swapaxes(2, 3), p, b
            ),
            "You read the last two axes of d the other way round: channels come first, "
            "then the kernels of each.",
        ),
        Misconception(
            "first kernel of each channel",
            lambda x, d, p, b: _separable(
                x,
                d[..., :1],
                p[:, :, :: d.shape[3]],
                b,
            ),
            "Of each channel you use the first kernel only. There are M.",
        ),
        Misconception(
            "cut off",
            (
                *(_cut(_separable, place) for place in (0, 1)),
                _cut(_separable),
                *(_maps_cut(place) for place in (0, 1)),
            ),
            CUT,
        ),
    ),
)


# -------------------------------------------------------------- q6: one layer out of two


def _merge(d, p):
    kh, kw, c, m = d.shape
    each = p[0, 0].reshape(c, m, p.shape[3])
    w = np.zeros((kh, kw, c, p.shape[3]), np.result_type(d, p))
    for channel, kernel in itertools.product(range(c), range(m)):
        w[:, :, channel] += np.multiply.outer(
            d[:, :, channel, kernel], each[channel, kernel]
        )
    return w


def _merge_cases(rng):
    """Yield (d, p)."""
    fixed = {
        "one weight, one kernel": ((1, 1, 2, 1), 3),
        "one kernel for each channel": ((2, 3, 4, 1), 5),
        "two kernels for each channel": ((3, 2, 3, 2), 4),
        "as many kernels as channels": ((2, 3, 3, 3), 2),
        "more kernels than channels": ((3, 4, 2, 5), 3),
        "one channel": ((2, 3, 1, 4), 2),
        "one output": ((3, 2, 4, 3), 1),
    }
    for label, (d, n) in fixed.items():
        c, m = d[2:]
        yield label, (_whole(rng, *d), _whole(rng, 1, 1, c * m, n))
    for number in range(3):
        c, m, kh, n = (int(v) for v in rng.permutation([2, 3, 4, 5]))
        d, p = rng.normal(size=(kh, 3, c, m)), rng.normal(size=(1, 1, c * m, n))
        yield f"random numbers {number + 1}", (d, p)
    d, p = rng.normal(size=(2, 3, 3, 2)), rng.normal(size=(1, 1, 6, 4))
    yield "a first step of whole numbers", (_whole(rng, *d.shape), p)
    yield "a second step of whole numbers", (d, _whole(rng, *p.shape))


def _long(d, p):
    """Return (kh, kw, C * M, N): each product, nothing added."""
    return d.reshape(*d.shape[:2], -1)[..., None] * p[0, 0]


def _terms(d, p):
    """Return (kh, kw, C, M, N): each product, nothing added."""
    return _long(d, p).reshape(*d.shape, -1)


def _other_order(d, p):
    c, m = d.shape[2:]
    each = p[0, 0].reshape(m, c, -1)
    return np.einsum("abcm,mco->abco", d, each)


q6 = FunctionQuestion(
    id="q6",
    title="One layer out of two",
    points=2,
    call="merge(d, p)",
    result="w",
    reference=_merge,
    cases=_merge_cases,
    forbidden=(),
    hints=(
        "Begin with M = 1: the chapter has the formula. Which weight stands between input "
        "c and output o?",
        "With more kernels there are M ways from channel c to output o: through the maps "
        "number c M, c M + 1, and so on. What happens to weights of ways that end in the "
        "same place?",
        "p[0, 0].reshape(C, M, N) has the pointwise weight of map (c, m). Multiply by "
        "d[a, b, c, m] and add over m: one np.einsum, or a loop over m.",
    ),
    misconceptions=(
        Misconception(
            "kernels first",
            _other_order,
            "You take the maps in another order: kernel 0 of all channels first. The "
            "pointwise kernels expect all maps of channel 0 first.",
        ),
        Misconception(
            "not added",
            (_long, _terms, lambda d, p: _terms(d, p).swapaxes(2, 3)),
            "Each way through a map has a weight of its own in your result. Ways from the "
            "same input to the same output are added.",
        ),
        Misconception(
            "first kernel only",
            lambda d, p: _terms(d, p)[:, :, :, 0],
            "Only the way through the first map of each channel counts. There are M.",
        ),
        Misconception(
            "last kernel only",
            lambda d, p: _terms(d, p)[:, :, :, -1],
            "Only the way through the last map of each channel is left: each replaces the "
            "one before. Add them.",
        ),
        Misconception(
            "first kernel for all ways",
            lambda d, p: _merge(np.repeat(d[..., :1], d.shape[3], axis=3), p),
            "All ways from a channel use its first depthwise kernel. Each has its own.",
        ),
        Misconception(
            "row of the channel",
            lambda d, p: d.sum(axis=3)[..., None] * p[0, 0, : d.shape[2]],
            "You take row c of p for channel c, whatever M is. With M kernels the maps of "
            "a channel have M rows.",
        ),
        Misconception(
            "first channel only",
            (
                lambda d, p: _merge(d, p) * (np.arange(d.shape[2]) == 0)[:, None],
                lambda d, p: _merge(d, p)[:, :, :1],
            ),
            "Only the first channel gets weights. Is the `return` inside the loop?",
        ),
        Misconception(
            "added over channels",
            (
                lambda d, p: _long(d, p).sum(axis=2),
                lambda d, p: _long(d, p).sum(axis=2, keepdims=True),
            ),
            "You add over the channels too. The layer still reads them one by one.",
        ),
        Misconception(
            "sums multiplied",
            lambda d, p: (
                d.sum(axis=3)[..., None] * p[0, 0].reshape(*d.shape[2:], -1).sum(axis=1)
            ),
            "You add over the kernels first and multiply then. Each map is multiplied by "
            "its own weight, and then they are added.",
        ),
        Misconception(
            "mean",
            lambda d, p: _terms(d, p).mean(axis=3),
            "You take the mean over the kernels of a channel. Their ways are added.",
        ),
        Misconception(
            "added for multiplied",
            lambda d, p: (d[..., None] + p[0, 0].reshape(*d.shape[2:], -1)).sum(axis=3),
            "You add the weights of the two steps. What passes two steps is multiplied "
            "twice.",
        ),
        Misconception(
            "flipped",
            lambda d, p: _merge(d[::-1, ::-1], p),
            "Your kernels are flipped. Both steps correlate, and so does the merged layer.",
        ),
        Misconception(
            "outputs before inputs",
            (
                lambda d, p: _merge(d, p).swapaxes(2, 3),
                lambda d, p: np.einsum("abco->ocab", _merge(d, p)),
            ),
            "The axes come in another order. Here it is rows, columns, inputs, outputs.",
        ),
        Misconception(
            "same kernels for all channels",
            lambda d, p: _merge(np.repeat(d[:, :, :1], d.shape[2], axis=2), p),
            "All your channels use the depthwise kernels of channel 0. Each has its own.",
        ),
        Misconception(
            "same pointwise weights for all channels",
            lambda d, p: np.einsum("abcm,mo->abco", d, p[0, 0, : d.shape[3]]),
            "All your channels use the first M rows of p. Those of channel c begin at row "
            "c M.",
        ),
        Misconception(
            "transposed",
            lambda d, p: _merge(d.swapaxes(0, 1), p),
            "Rows and columns of the kernels are exchanged.",
        ),
        Misconception(
            "cut off",
            (_cut(_merge, 0), _cut(_merge, 1)),
            "Your weights lose their fractions where one of the two steps has whole "
            "numbers: the result has the type of that step. Take np.zeros without dtype.",
        ),
    ),
)


# ------------------------------------------------------ q7: two meanings of separable

TYPED = np.array([[10, 8, -14], [-5, -4, 7], [15, 12, -21]])
FOUR = np.array(
    [
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[1, 2, 3], [2, 4, 6], [3, 6, 10]],
    ]
)
ENOUGH = 0.85


def four_layers():
    """Return the kernels of four small layers, for question 7.

    Returns
    -------
    dict of str to (3, 3, 2, 3) ndarray
        "a" to "d": whole numbers, two channels in and three out.

    Examples
    --------
    >>> {name: w.shape for name, w in four_layers().items()}["b"]
    (3, 3, 2, 3)
    """
    rng = np.random.default_rng(8)
    free = _whole(rng, 3, 3, 2)
    column, row = _whole(rng, 3, 2), _whole(rng, 3, 2)
    columns, rows = _whole(rng, 3, 2, 3), _whole(rng, 3, 2, 3)
    scale = _whole(rng, 2, 2, 3)
    return {
        "a": free[..., None] * scale[0],
        "b": _whole(rng, 3, 3, 2, 3),
        "c": np.einsum("ac,bc,co->abco", column, row, scale[1]),
        "d": np.einsum("aco,bco->abco", columns, rows),
    }


def _second_layer():
    """Return the kernels of the second layer of the network for textures."""
    from convcourse import datasets

    return np.asarray(datasets.recorded("texture_cnn")["w2"], float)


def _values(w):
    """Return the singular values of each input channel, (C, min(k * k, N))."""
    kh, kw, c, n = w.shape
    tables = [w[:, :, i].reshape(kh * kw, n) for i in range(c)]
    return np.linalg.svd(np.array(tables), compute_uv=False)


def _kept(many=1, power=2):
    """Return a function for the share that each channel keeps."""

    def share():
        s = _values(_second_layer()) ** power
        return s[:, :many].sum(axis=1) / s.sum(axis=1)

    return share


def _kept_otherwise(change, power=2):
    """Return a function for the share of tables made in a wrong way."""

    def share():
        s = np.linalg.svd(change(_second_layer()), compute_uv=False) ** power
        return s[..., 0] / s.sum(axis=-1)

    return share


def _needed():
    """Return the smallest multiplier with which each channel keeps enough."""
    return next(m for m in range(1, 10) if _kept(m)().min() >= ENOUGH)


def _judge_split(pieces):
    """Say what is wrong with a column and a row of the typed kernel."""
    if pieces.shape != (2, 3):
        return (
            f"it has the shape {pieces.shape}; two lists of three numbers are wanted, the "
            "column and the row."
        )
    product = np.outer(*pieces)
    if np.allclose(product, TYPED, rtol=0, atol=1e-6 * np.abs(TYPED).max()):
        return ""
    if np.allclose(product.T, TYPED, rtol=0, atol=1e-4):
        return "column and row are exchanged: the column comes first."
    if np.allclose(product, -TYPED, rtol=0, atol=1e-4):
        return "their product has all signs the other way round."
    right = int(np.isclose(product, TYPED).sum())
    return f"their product is not the kernel: {right} of nine numbers agree."


q7 = ValueQuestion(
    id="q7",
    title="Two meanings of separable",
    points=4,
    parts={
        "split": [[2, -1, 3], [5, 4, -7]],
        "ranks": [1, 2, 3, 2],
        "layer_a": "depthwise",
        "layer_b": "neither",
        "layer_c": "both",
        "layer_d": "spatially",
        "least": 4,
        "kept": _kept(),
        "needed": _needed,
        "price": lambda: _needed() * (9 * 8 + 8 * 16),
    },
    judges={"split": _judge_split},
    tol={"kept": 0.006},
    hints=(
        "Spatially: look at one kernel, a table of rows and columns. Depthwise: look at "
        "one input channel, a table of nine places and as many columns as outputs. In both "
        "the question is the rank.",
        "np.linalg.matrix_rank takes w[:, :, c, o], or w[:, :, c].reshape(9, -1). For "
        "`least`: how large can the rank of a table with four rows be, whatever stands in "
        "it?",
        "The singular values s of the table of channel c: with M = 1 the share "
        "s[0]**2 / sum(s**2) is kept, with M kernels the sum of the first M squares. Both "
        "steps grow with M: 9 C M depthwise weights, and C M N pointwise ones.",
    ),
    misconceptions=(
        Misconception(
            "factors of one weight",
            {"split": [[10, -5, 15], [10, 8, -14]]},
            "you take the first column and the first row as they stand. Their product is "
            "ten times the kernel: share out the common corner.",
        ),
        Misconception(
            "column and row exchanged",
            {"split": [[5, 4, -7], [2, -1, 3]]},
            "column and row are exchanged: the column comes first.",
        ),
        Misconception(
            "sums of rows and columns",
            {"split": [TYPED.sum(axis=1), TYPED.sum(axis=0)]},
            "you take the sums of the rows and of the columns. They point the right way; "
            "divide by the sum of all weights.",
        ),
        Misconception(
            "symmetric means separable",
            {"ranks": [1, 1, 1, 1]},
            "these four are symmetric. That does not make every row a multiple of one row.",
        ),
        Misconception(
            "nearly rank 1",
            {"ranks": [1, 2, 3, 1]},
            "look at the last one again: one number keeps its third row from being a "
            "multiple of the first.",
        ),
        Misconception(
            "all full",
            {"ranks": [3, 3, 3, 3]},
            "you count rows. Asked is how many of them are independent.",
        ),
        Misconception(
            "equal rows forgotten",
            {"ranks": [1, 3, 3, 2]},
            "two rows of the second kernel are the same.",
        ),
        Misconception(
            "numbers of zeros ignored",
            {"ranks": [1, 2, 1, 2]},
            "the third kernel is one diagonal. Is any row of it a multiple of another?",
        ),
        Misconception(
            "the other meaning",
            {"layer_a": "spatially", "layer_d": "depthwise"},
            "you mix up the two meanings. One looks at a single kernel; the other at all "
            "kernels that read the same channel.",
        ),
        Misconception(
            "one includes the other",
            {"layer_a": "both", "layer_d": "both"},
            "neither of the two follows from the other. One of them holds here, the other "
            "must be tested for itself.",
        ),
        Misconception(
            "nothing seen",
            {"layer_a": "neither", "layer_c": "neither", "layer_d": "neither"},
            "there is a structure. Compute the ranks of all single kernels, and those of "
            "the table of each channel.",
        ),
        Misconception(
            "half of it",
            ({"layer_c": "spatially"}, {"layer_c": "depthwise"}),
            "that holds, and more does. Test the other one, too.",
        ),
        Misconception(
            "structure in noise",
            ({"layer_b": "spatially"}, {"layer_b": "depthwise"}, {"layer_b": "both"}),
            "this layer has no such structure: a rank above one is enough to say so.",
        ),
        Misconception(
            "the same layer",
            {"least": 1},
            "it is often said, and wrong: with one kernel for each channel all outputs "
            "share one little picture of it, and may only scale it.",
        ),
        Misconception(
            "as many as outputs",
            {"least": 16},
            "with one kernel for each output it works, but fewer do. The table of a "
            "channel has few rows.",
        ),
        Misconception(
            "as many as inputs",
            {"least": 24},
            "the channels are treated one by one; their number plays no part.",
        ),
        Misconception(
            "as wide as the kernel",
            {"least": 2},
            "that is the largest rank of a single kernel: the other meaning of the word.",
        ),
        Misconception(
            "not squared",
            {"kept": _kept(power=1)},
            "you take shares of the singular values. Energy is the sum of their squares.",
        ),
        Misconception(
            "lost, not kept",
            {"kept": lambda: 1 - _kept()()},
            "that is what each channel loses.",
        ),
        Misconception(
            "root of the share",
            {"kept": lambda: np.sqrt(_kept()())},
            "that is a share of lengths. Energy is their square.",
        ),
        Misconception(
            "outputs for inputs",
            {
                "kept": _kept_otherwise(
                    lambda w: w.transpose(3, 0, 1, 2).reshape(16, 9, 8)
                )
            },
            "you have a table for each output. A depthwise kernel belongs to an input "
            "channel.",
        ),
        Misconception(
            "reshaped",
            {
                "kept": _kept_otherwise(lambda w: w.reshape(8, 9, 16)),
            },
            "reshape fills its tables in the order of memory, so that weights of other "
            "channels come in. Take w2[:, :, c] first, or move the axis of the inputs.",
        ),
        Misconception(
            "single kernels",
            {
                "kept": lambda: _kept_otherwise(
                    lambda w: w.transpose(2, 3, 0, 1)
                )().mean(axis=1)
            },
            "you split the single kernels, spatially. Here one table holds all kernels "
            "that read the channel.",
        ),
        Misconception(
            "the whole layer",
            {
                "kept": lambda: (
                    np.sum(_values(_second_layer())[:, 0] ** 2)
                    / np.sum(_second_layer() ** 2)
                )
            },
            "that is the share of the whole layer. Asked is one number for each channel.",
        ),
        Misconception(
            "enough in the mean",
            {
                "needed": lambda: next(
                    m for m in range(1, 10) if _kept(m)().mean() >= ENOUGH
                )
            },
            "in the mean over the channels that is enough. Asked is the worst one.",
        ),
        Misconception(
            "enough for the best",
            {
                "needed": lambda: next(
                    m for m in range(1, 10) if _kept(m)().max() >= ENOUGH
                )
            },
            "that is enough for one channel. All of them are to keep so much.",
        ),
        Misconception(
            "one less",
            {"needed": lambda: _needed() - 1},
            "one channel keeps a little less than that.",
        ),
        Misconception(
            "full rank",
            {"needed": 9},
            "with so many nothing is lost at all. Fewer are enough.",
        ),
        Misconception(
            "one kernel each",
            {"price": 9 * 8 + 8 * 16},
            "that is the price for one kernel on each channel.",
        ),
        Misconception(
            "depthwise step only",
            (
                {"price": lambda: _needed() * 9 * 8},
                {"price": lambda: _needed() * 9 * 8 + 8 * 16},
            ),
            "the pointwise step reads all maps of the depthwise one. How many are they?",
        ),
        Misconception(
            "pointwise step only",
            (
                {"price": lambda: _needed() * 8 * 16},
                {"price": lambda: 9 * 8 + _needed() * 8 * 16},
            ),
            "the depthwise step has as many kernels on each channel as its multiplier "
            "says.",
        ),
        Misconception(
            "ordinary layer",
            {"price": 9 * 8 * 16},
            "that is the layer as it was.",
        ),
    ),
)


# ------------------------------------------------------------ q8: design under a budget

START = (32, 32)  # side of the maps, and channels
GOAL = (8, 128)
MOST = {"weights": 8_000, "MACs": 800_000}
SEEN = 19
HEAVY = [(64, 3, 2, 1, 1), (64, 3, 1, 1, 1), (128, 3, 2, 1, 1), (128, 3, 1, 1, 1)]
MOBILE = [
    (32, 3, 2, 32, 1),
    (64, 1, 1, 1, 1),
    (64, 3, 1, 64, 1),
    (64, 1, 1, 1, 1),
    (64, 3, 2, 64, 1),
    (128, 1, 1, 1, 1),
    (128, 3, 1, 128, 1),
    (128, 1, 1, 1, 1),
]
LIGHT = [
    (32, 3, 2, 32, 1),
    (64, 1, 1, 4, 4),
    (64, 3, 2, 64, 1),
    (128, 1, 1, 4, 4),
    (128, 3, 1, 128, 1),
    (128, 3, 1, 128, 1),
]


def _price(rows, side=START[0], c=START[1]):
    """Return (weights, MACs) of each layer."""
    prices = []
    for n, k, s, g, _ in rows:
        side = len(range(0, side, s))
        weights = k * k * (c // g) * n
        prices.append((weights, weights * side * side))
        c = n
    return prices


def _macs(rows):
    return sum(macs for _, macs in _price(rows))


def _reads(rows, c=START[1]):
    """Return for each output on how many inputs it depends."""
    reach = np.eye(c, dtype=bool)
    for n, _, _, g, deal in rows:
        of_input = np.arange(reach.shape[1]) // (reach.shape[1] // g)
        wired = of_input[:, None] == np.arange(n) // (n // g)
        reach = (reach[:, :, None] & wired).any(axis=1)
        reach = _shuffle(reach, deal)
    return reach.sum(axis=0)


def _field(rows):
    """Return the side of the square that a unit of the last layer sees."""
    seen = {0}
    for _, k, s, _, _ in reversed(rows):
        seen = {s * u + i for u in seen for i in range(k)}
    return max(seen) - min(seen) + 1


def _refuse(rows):
    """Say which row is no layer, or an empty text; and follow side and channels."""
    side, c = START
    for number, (n, k, s, g, deal) in enumerate(rows):
        name = f"row {number}, {(n, k, s, g, deal)}:"
        if min(n, k, s, g, deal) < 1 or n > 1024 or k > 31:
            return f"{name} all numbers are 1 or more, N at most 1024, k at most 31."
        if c % g or n % g:
            return f"{name} {g} groups do not divide {c} inputs and {n} outputs."
        if n % deal:
            return f"{name} a shuffle of {deal} groups does not divide {n} channels."
        if s > 2 or k < s:
            return f"{name} a stride is 1 or 2, and no larger than the kernel."
        side, c = -(-side // s), n
    if (side, c) != GOAL:
        return (
            f"it ends in {side} x {side} pixels with {c} channels; {GOAL[0]} x {GOAL[0]} "
            f"with {GOAL[1]} are wanted."
        )
    return ""


def _judge_network(got):
    """Say what keeps a network from being right, or an empty text."""
    if got.ndim != 2 or got.shape[1] != 5 or not 1 <= len(got) <= 40:
        return (
            "a list of rows (N, k, s, g, shuffle) is wanted, at most forty; this has the "
            f"shape {got.shape}."
        )
    if not np.all(np.isfinite(got) & (got == np.round(got.real))):
        return "its numbers are to be whole."
    rows = [tuple(int(v) for v in row) for row in got]
    refused = _refuse(rows)
    if refused:
        return refused
    totals = dict(zip(MOST, np.sum(_price(rows), axis=0).tolist(), strict=True))
    for name, total in totals.items():
        if total > MOST[name]:
            return f"{total:,} {name} are too many: at most {MOST[name]:,}."
    if _field(rows) < SEEN:
        return (
            f"the budget is met, but a unit sees {_field(rows)} x {_field(rows)} pixels; "
            f"at least {SEEN} x {SEEN}."
        )
    fewest = int(_reads(rows).min())
    if fewest < START[1]:
        return (
            f"the budget is met, but an output depends on {fewest} of {START[1]} input "
            "channels. How do the groups get to know of each other?"
        )
    return ""


def _unshuffled(rows):
    return [(*row[:4], 1) for row in rows]


def _per_value(values):
    """Return MACs for each value, with `values` for the number of them."""
    return [25 * 64 * 64 / values, 25 * 64 / values, 64 * 64 / values]


q8 = ValueQuestion(
    id="q8",
    title="Project: three prices, one budget",
    points=4,
    parts={
        "heavy_macs": _macs(HEAVY),
        "mobile_macs": _macs(MOBILE),
        "share": sum(m for _, m in _price(MOBILE)[1::2]) / _macs(MOBILE),
        "per_value": _per_value(64 + 64),
        "waits": "depthwise",
        "time_share": "between",
        "network": LIGHT,
    },
    tol={"share": 0.006},
    judges={"network": _judge_network},
    hints=(
        "A layer costs k k (C / g) N products at each pixel of its output. Write the side "
        "and the channels after each layer beside the rows.",
        "For `per_value` the number of pixels cancels: divide the products of one pixel by "
        "the numbers that go in and out there. For the design look where the MobileNet "
        "still spends its products, and what could make that cheaper.",
        "Leave the large maps soon. Give the pointwise layers groups, and shuffle after "
        "them. Depthwise layers widen the field for little: put one or two more at the "
        "end, where the maps are small.",
    ),
    misconceptions=(
        Misconception(
            "strides forgotten",
            {
                "heavy_macs": 1024 * sum(w for w, _ in _price(HEAVY)),
                "mobile_macs": 1024 * sum(w for w, _ in _price(MOBILE)),
            },
            "you count all layers at the size of the first map. A stride of 2 leaves a "
            "quarter of its pixels.",
        ),
        Misconception(
            "size before the layer",
            {
                "heavy_macs": sum(
                    w * side * side
                    for (w, _), side in zip(_price(HEAVY), (32, 16, 16, 8), strict=True)
                ),
                "mobile_macs": sum(
                    w * side * side
                    for (w, _), side in zip(
                        _price(MOBILE), (32, 16, 16, 16, 16, 8, 8, 8), strict=True
                    )
                ),
            },
            "you count with the size of each layer's input, or two for each MAC. A product "
            "is done for each pixel of the output; with its addition it is one MAC.",
        ),
        Misconception(
            "weights",
            {
                "heavy_macs": sum(w for w, _ in _price(HEAVY)),
                "mobile_macs": sum(w for w, _ in _price(MOBILE)),
            },
            "these are the weights. Each is used at all pixels of the output.",
        ),
        Misconception(
            "no padding",
            {
                "heavy_macs": sum(
                    w * side * side
                    for (w, _), side in zip(_price(HEAVY), (15, 13, 6, 4), strict=True)
                )
            },
            'that is padding "valid". All layers here pad to "same".',
        ),
        Misconception(
            "groups ignored",
            {
                "mobile_macs": _macs([(n, k, s, 1, 1) for n, k, s, _, _ in MOBILE]),
            },
            "the groups do not count in your result. A depthwise layer has as many as "
            "channels.",
        ),
        Misconception(
            "pointwise layers only",
            {"mobile_macs": sum(m for _, m in _price(MOBILE)[1::2])},
            "these are the pointwise layers, or the heavy network divided by its window. "
            "The depthwise layers cost something, too.",
        ),
        Misconception(
            "share of the depthwise layers",
            {"share": 1 - sum(m for _, m in _price(MOBILE)[1::2]) / _macs(MOBILE)},
            "that is the share of the depthwise layers.",
        ),
        Misconception(
            "share of the weights",
            {
                "share": sum(w for w, _ in _price(MOBILE)[1::2])
                / sum(w for w, _ in _price(MOBILE))
            },
            "that is a share of the weights. Asked is one of the MACs.",
        ),
        Misconception(
            "percent",
            {
                "share": 100 * sum(m for _, m in _price(MOBILE)[1::2]) / _macs(MOBILE),
            },
            "that is a number of percent. Give a share, from zero to one.",
        ),
        Misconception(
            "written only",
            {"per_value": _per_value(64)},
            "you count the values that are written, or those that are read. Both travel.",
        ),
        Misconception(
            "values for each MAC",
            {"per_value": [1 / v for v in _per_value(128)]},
            "these are values for each MAC. Asked is the other way round.",
        ),
        Misconception(
            "the whole pixel",
            {"per_value": _per_value(1)},
            "these are the MACs of a pixel. Divide them by the values that are read and "
            "written there.",
        ),
        Misconception(
            "dense pairs",
            {"per_value": _per_value(64 * 64)},
            "you divide by pairs of channels. At a pixel 64 values are read, and as many "
            "are written.",
        ),
        Misconception(
            "most products wait",
            ({"waits": "ordinary"}, {"waits": "pointwise"}),
            "the processor waits where it has little to compute with each value that it "
            "fetches. Look at your three numbers.",
        ),
        Misconception(
            "MACs are time",
            {"time_share": "equal"},
            "it is what counting promises, and section 10 has measured it. What is done "
            "besides multiplying?",
        ),
        Misconception(
            "faster than counted",
            {"time_share": "less"},
            "nothing makes the remaining products quicker than those of the ordinary "
            "layer. Look at the measurement of section 10.",
        ),
        Misconception(
            "still heavy",
            {"network": HEAVY},
            "this is the heavy network itself.",
        ),
        Misconception(
            "MobileNet as it is",
            {"network": MOBILE},
            "this is the MobileNet of the question. It is cheaper than the heavy one, but "
            "its pointwise layers are still too dear.",
        ),
        Misconception(
            "groups without shuffle",
            {"network": _unshuffled(LIGHT)},
            "the budget is met, but the groups never exchange a channel. Shuffle between "
            "them.",
        ),
        Misconception(
            "shuffled before anything is grouped",
            {
                "network": [
                    (*row[:4], 4 if number in (0, 3) else 1)
                    for number, row in enumerate(LIGHT)
                ]
            },
            "you shuffle, but not between two layers with groups of several channels. "
            "There it has to happen.",
        ),
        Misconception(
            "short-sighted",
            {"network": LIGHT[:4]},
            "the budget is met, but the units see too little. Which kind of layer widens "
            "the field for few products?",
        ),
        Misconception(
            "never mixed",
            {
                "network": [
                    (32, 3, 2, 32, 1),
                    (64, 3, 2, 32, 1),
                    (128, 3, 1, 64, 1),
                    (128, 3, 1, 128, 1),
                ]
            },
            "each channel is treated by itself to the end. Something has to read several "
            "channels.",
        ),
    ),
)
