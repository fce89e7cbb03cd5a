"""Costs, receptive fields and tables of networks against Keras and its gradients.

MACs have an oracle of their own: with every weight and every input 1 and no padding,
the sum of all outputs is the number of products.
"""

import math
from itertools import product

import numpy as np
import pytest
from convcourse import arithmetic
from convcourse.arithmetic import (
    Activation,
    BatchNorm,
    Branches,
    Conv,
    Crop,
    Dense,
    Depthwise,
    Flatten,
    GlobalPool,
    Pad,
    Pool,
    ReceptiveField,
    Separable,
    Transposed,
    Upsample,
    networks,
)


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


# ---------------------------------------------------------------- one layer

SHAPE = (9, 10, 6)  # no two sizes alike


def pairs(layers):
    """Return settings as (layer of Keras, the same as our record)."""
    yield layers.Dense(7), Dense(7)
    yield layers.Dense(7, use_bias=False), Dense(7, bias=False)
    for bias, k, s, p in product(
        (True, False), (1, 2, (3, 4)), (1, 2, (2, 3)), ("valid", "same")
    ):
        window = (k, s, p)
        yield layers.Conv2D(8, *window, use_bias=bias), Conv(8, *window, bias=bias)
        if not isinstance(s, tuple):
            yield (
                layers.DepthwiseConv2D(*window, depth_multiplier=2, use_bias=bias),
                Depthwise(*window, multiplier=2, bias=bias),
            )
            yield (
                layers.SeparableConv2D(8, *window, depth_multiplier=3, use_bias=bias),
                Separable(8, *window, multiplier=3, bias=bias),
            )
        yield (
            layers.Conv2DTranspose(5, *window, use_bias=bias),
            Transposed(5, *window, bias=bias),
        )
        yield layers.MaxPooling2D(*window), Pool(*window)
    for groups, d in product((1, 2, 3, 6), (1, 2)):
        yield (
            layers.Conv2D(12, 3, groups=groups, dilation_rate=d),
            Conv(12, 3, dilation=d, groups=groups),
        )
    yield (
        layers.Conv2DTranspose(4, 3, 2, "same", output_padding=(0, 1)),
        Transposed(4, 3, 2, "same", (0, 1)),
    )
    yield layers.AveragePooling2D(3), Pool(3)
    yield layers.GlobalMaxPooling2D(), GlobalPool()
    yield layers.GlobalAveragePooling2D(keepdims=True), GlobalPool(keepdims=True)
    yield layers.BatchNormalization(), BatchNorm()
    yield layers.BatchNormalization(scale=False), BatchNorm(scale=False)
    yield layers.BatchNormalization(center=False), BatchNorm(centre=False)
    yield layers.Flatten(), Flatten()
    yield layers.ZeroPadding2D(2), Pad(2)
    yield layers.ZeroPadding2D(((0, 1), (2, 3))), Pad(((0, 1), (2, 3)))
    yield layers.Cropping2D(((0, 1), (2, 3))), Crop(((0, 1), (2, 3)))
    yield layers.UpSampling2D((2, 3)), Upsample((2, 3))
    yield layers.ReLU(), Activation()
    yield layers.Dropout(0.5), Activation()


def test_cost_of_every_layer_equals_keras(keras):
    """Shape and parameters as Keras has them, read from the record and the layer."""
    tried = 0
    for layer, record in pairs(keras.layers):
        layer.build((None, *SHAPE))
        expected = (
            tuple(layer.compute_output_shape((None, *SHAPE))[1:]),
            layer.count_params(),
            sum(math.prod(w.shape) for w in layer.trainable_weights),
        )
        for described in (record, layer):
            found = arithmetic.cost(described, SHAPE)
            assert found[:3] == expected, record
            assert found.activations == math.prod(expected[0])
        assert found == arithmetic.cost(record, SHAPE)
        tried += 1
    assert tried == 180


def test_macs_equal_the_sum_of_ones(keras):
    """No padding, no bias, all weights and inputs 1: each product adds 1."""
    tried = 0
    for layer, record in pairs(keras.layers):
        same = getattr(layer, "padding", "valid") == "same"
        if record.kind not in ("conv", "depthwise", "dense", "transposed") or same:
            continue
        layer.use_bias = False
        layer.build((None, *SHAPE))
        layer.set_weights([np.ones(w.shape) for w in layer.get_weights()])
        products = np.sum(layer(np.ones((1, *SHAPE), np.float32)), dtype=float)
        assert arithmetic.cost(record, SHAPE).macs == products, record
        tried += 1
    assert tried == 58


def test_macs_of_same_count_the_padding_too():
    """By hand: 4 windows of 9 weights, 3 channels in, 5 out, also over the border."""
    assert arithmetic.cost(Conv(5, 3, 2, "same"), (4, 4, 3)).macs == 4 * 9 * 3 * 5
    assert arithmetic.cost(Depthwise(3, 2, "same"), (4, 4, 3)).macs == 4 * 9 * 3


def test_separable_is_its_two_steps(keras):
    for k, s, p in product((1, 3), (1, 2), ("valid", "same")):
        whole = arithmetic.cost(Separable(8, k, s, p, multiplier=2), SHAPE)
        first = arithmetic.cost(Depthwise(k, s, p, multiplier=2, bias=False), SHAPE)
        second = arithmetic.cost(Conv(8, 1), first.output_shape)
        assert whole.macs == first.macs + second.macs
        assert whole.parameters == first.parameters + second.parameters


def test_one_and_three_axes(keras):
    layers = keras.layers
    for layer, shape in (
        (layers.Conv1D(4, 3, padding="causal", dilation_rate=2), (9, 2)),
        (layers.Conv1DTranspose(4, 3, 2), (9, 2)),
        (layers.Conv3D(8, 3), (4, 5, 6, 2)),
        (layers.MaxPooling3D(2), (4, 5, 6, 2)),
    ):
        layer.build((None, *shape))
        found = arithmetic.cost(layer, shape)
        assert (
            found.output_shape == tuple(layer.compute_output_shape((None, *shape)))[1:]
        )
        assert found.parameters == layer.count_params()


def test_published_costs():
    """oracles.md 7.4, 7.5 and 7.8, and the exercises of chapters 9 and 10."""
    cost = arithmetic.cost
    assert cost(Conv(64, 5), (32, 32, 3)).parameters == 4864
    assert cost(Conv(64, 5, padding="same"), (32, 32, 3)).macs == 4_915_200
    assert cost(Conv(64, 3, groups=4), (32, 32, 32)).parameters == 4672
    assert cost(Separable(64, 3), (32, 32, 32)).parameters == 2400
    for groups, weights in ((1, 147_456), (4, 36_864), (32, 4608)):
        layer = Conv(128, 3, groups=groups, bias=False)
        assert cost(layer, (56, 56, 128)).parameters == weights
    full = cost(Conv(512, 3, padding="same", bias=False), (14, 14, 512))
    small = cost(Separable(512, 3, padding="same", bias=False), (14, 14, 512))
    assert (full.macs, small.macs) == (462_422_016, 52_283_392)
    assert (full.parameters, small.parameters) == (2_359_296, 266_752)
    for filters, kernel, ratio in (
        (64, 3, 0.126736),
        (1024, 3, 0.112088),
        (256, 5, 0.043906),
    ):
        shape = (20, 20, 32)
        parts = (
            cost(Separable(filters, kernel), shape),
            cost(Conv(filters, kernel), shape),
        )
        assert round(parts[0].macs / parts[1].macs, 6) == ratio
    image = 64 * 64 * 3
    assert cost(Dense(62 * 62 * 32, bias=False), (image,)).parameters == 1_511_522_304
    assert cost(Conv(32, 3), (64, 64, 3)).parameters == 896
    alexnet = cost(Conv(96, 11, 4), (227, 227, 3))
    assert alexnet.parameters == 34_944
    positions = math.prod(alexnet.output_shape)  # without sharing, one kernel for each
    assert positions * (11 * 11 * 3 + 1) == 105_705_600
    three = 3 * cost(Conv(64, 3, padding="same"), (224, 224, 3)).activations
    assert three == 9_633_792


# ---------------------------------------------------------------- receptive fields


def sizes(windows):
    return [field.size for field in arithmetic.receptive_fields(windows)]


def test_tables_of_receptive_fields():
    """oracles.md 7.6: the table that was published with the algorithm."""
    c, p = (3, 1, "same"), (2, 2, "same")
    vgg = [c, c, p, c, c, p, c, c, c, p, c, c, c, p, c, c, c, p]
    assert sizes(vgg) == [
        3, 5, 6, 10, 14, 16, 24, 32, 40, 44, 60, 76, 92, 100, 132, 164, 196, 212
    ]  # fmt: skip
    last = arithmetic.receptive_field(vgg, n=224)
    assert last == ReceptiveField(212, 32, -90)
    assert arithmetic.receptive_field([*vgg, (7,)]).size == 404
    alex = [(11, 4), (3, 2), (5, 1, 2), (3, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2)]
    assert sizes(alex) == [11, 19, 51, 67, 99, 131, 163, 195]
    assert sizes([(5,), (2, 2), (5,), (2, 2), (5,)]) == [5, 6, 14, 16, 32]
    steps = [2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]
    assert sizes([(3, s) for s in steps]) == [
        3, 7, 11, 19, 27, 43, 59, 91, 123, 155, 187, 219, 251, 315
    ]  # fmt: skip
    assert sizes([(3,), (3,), (2, 2), (3,), (3,), (2, 2)])[-1] == 16
    assert sizes([(3, 2), (3, 2)])[-1] == 7
    # dilated stacks: WaveNet, three of them, and the context module
    wave = [(2, 1, 0, 2**i) for i in range(10)]
    assert sizes(wave)[-1] == 1024 and sizes(wave * 3)[-1] == 3070
    assert sizes([(3, 1, 0, d) for d in (1, 2, 4, 8)])[-1] == 31
    assert sizes([(3, 1, 0, d) for d in (1, 1, 2, 4, 8, 16, 1)])[-1] == 67


def resnet(blocks, stride_at):
    """Return the windows on the longest way through a ResNet: 0 or 1 for the stride
    on the first 1x1 or on the 3x3."""
    windows = [(7, 2, 3), (3, 2, 1)]
    for stage, count in enumerate(blocks):
        for block in range(count):
            strides = [1, 1, 1]
            if stage and not block:
                strides[stride_at] = 2
            kernels = (1, 3, 1)
            windows += [(k, s, k // 2) for k, s in zip(kernels, strides, strict=True)]
    return windows


def test_receptive_field_of_resnets_hangs_on_where_the_stride_stands():
    for blocks, first, second in (
        ((3, 4, 6, 3), 483, 427),
        ((3, 4, 23, 3), 1027, 971),
        ((3, 8, 36, 3), 1507, 1451),
    ):
        assert sizes(resnet(blocks, 0))[-1] == first
        assert sizes(resnet(blocks, 1))[-1] == second


STACKS = [  # (kernel, stride, padding, dilation) of each layer
    [(3, 1, "valid", 1)] * 3,
    [(3, 2, "same", 1), (3, 2, "same", 1), (3, 1, "same", 1)],
    [(4, 2, "same", 1), (2, 1, "valid", 1), (5, 3, "same", 1)],
    [(3, 1, "same", 2), (3, 1, "same", 4), (2, 2, "valid", 1)],
    [(2, 2, "same", 1), (4, 1, "same", 1), (2, 2, "same", 1)],
]


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("n", [23, 32])
def test_regions_equal_the_gradient(keras, stack, n):
    """All weights 1: what a unit sees is where its gradient is not 0."""
    layers = [
        keras.layers.Conv1D(
            1, k, s, p, dilation_rate=d, kernel_initializer="ones", use_bias=False
        )
        for k, s, p, d in stack
    ]
    jacobian = gradient_of(keras, layers, (n, 1))
    field = arithmetic.receptive_field(stack, n)
    assert len(jacobian) > 1
    for unit, row in enumerate(jacobian):
        seen = np.flatnonzero(row)
        assert field.region(unit, n) == (seen[0], seen[-1]), (stack, unit)
    traced = arithmetic.trace([Conv(1, *window) for window in stack], (n, 1))
    assert traced.rows[-1].field == field
    assert traced.output_shape == (len(jacobian), 1)


def test_gaps_at_a_padded_border_hide_a_part_of_the_region(keras):
    """A dilated layer that reads its own padding skips real samples there."""
    stack, n = [(7, 2, "valid", 1), (1, 2, "valid", 1), (3, 1, "same", 2)], 47
    layers = [
        keras.layers.Conv1D(
            1, k, s, p, dilation_rate=d, kernel_initializer="ones", use_bias=False
        )
        for k, s, p, d in stack
    ]
    jacobian = gradient_of(keras, layers, (n, 1))
    field, smaller = arithmetic.receptive_field(stack, n), []
    for unit, row in enumerate(jacobian):
        first, last = np.flatnonzero(row)[[0, -1]]
        told = field.region(unit, n)
        assert told[0] <= first and last <= told[1]
        smaller.append(told != (first, last))
    assert smaller == [False, True] + [False] * (len(jacobian) - 4) + [True, False]


def gradient_of(keras, layers, shape):
    """Return d output[unit] / d x, one row for each unit along the only axis."""
    import tensorflow as tf

    x = tf.Variable(np.ones((1, *shape), np.float32))
    with tf.GradientTape(persistent=True) as tape:
        y = x
        for layer in layers:
            y = layer(y)
        y = y[0, :, 0]
    return tape.jacobian(y, x, experimental_use_pfor=False).numpy()[:, 0, :, 0]


UP = [
    [Transposed(1, 3, 2)],
    [Transposed(1, 4, 2, "same")],
    [Transposed(1, 3, 2, "same")],  # "same" cuts more on the right than on the left
    [Transposed(1, 5, 2, "same", 0)],
    [Conv(1, 3, 2, "same"), Transposed(1, 2, 2), Conv(1, 3, 1, "same")],
    [Conv(1, 3, 2, "same"), Upsample(2), Conv(1, 3, 1, "valid")],
    [Pool(2), Pool(2), Upsample(4)],
]


@pytest.mark.parametrize("stack", UP)
def test_fields_of_upsampled_units_equal_the_gradient(keras, stack):
    """The size is that of the largest unit, the jump the mean distance of centres."""
    layers, n = [], 24
    for record in stack:
        look = {"kernel_initializer": "ones", "use_bias": False}
        if isinstance(record, Upsample):
            layers.append(keras.layers.UpSampling1D(record.size))
        elif isinstance(record, Pool):
            layers.append(keras.layers.AveragePooling1D(record.kernel))
        else:
            window = (1, record.kernel, record.stride, record.padding)
            if isinstance(record, Transposed):
                look["output_padding"] = record.output_padding
                layers.append(keras.layers.Conv1DTranspose(*window, **look))
            else:
                layers.append(keras.layers.Conv1D(*window, **look))
    jacobian = gradient_of(keras, layers, (n, 1))
    row = arithmetic.trace(stack, (n, 1)).rows[-1]
    assert row.output_shape == (len(jacobian), 1)
    ends = np.array([np.flatnonzero(line)[[0, -1]] for line in jacobian])
    inner = slice(len(ends) // 3, -(len(ends) // 3))
    widths = (ends[:, 1] - ends[:, 0] + 1)[inner]
    exact = len(stack) == 1 or isinstance(stack[-1], Upsample)
    assert widths.max() == row.field.size if exact else widths.max() <= row.field.size
    centres = ends.mean(1)[inner]
    units = np.arange(len(ends))[inner]
    told = np.array([float(row.field.centre(int(u))) for u in units])
    # centres of neighbours zigzag by less than one field; their mean does not
    period = 4 if isinstance(stack[-1], Upsample) and stack[-1].size == 4 else 2
    whole = len(units) // period * period
    assert abs(np.mean(centres[:whole] - told[:whole])) < 1e-9


def test_branches_equal_the_gradient(keras):
    """A short cut and two ways of unlike length, added and joined."""
    layers, n = keras.layers, 20
    look = {"kernel_initializer": "ones", "use_bias": False, "padding": "same"}
    x = keras.Input((n, 1))
    long = layers.Conv1D(1, 3, strides=2, **look)(x)
    long = layers.Conv1D(1, 5, **look)(long)
    short = layers.Conv1D(1, 1, strides=2, **look)(x)
    both = layers.Add()([long, short])
    wide = layers.Conv1D(1, 3, dilation_rate=3, **look)(both)
    y = layers.Concatenate()([wide, both])
    y = layers.Conv1D(1, 1, **look)(y)
    model = keras.Model(x, y)
    found = arithmetic.trace(model)
    jacobian = gradient_of(keras, [model], (n, 1))
    for unit, row in enumerate(jacobian):
        seen = np.flatnonzero(row)
        assert found.rows[-1].field.region(unit, n) == (seen[0], seen[-1])
    stacks = Branches([Conv(1, 3, 2, "same"), Conv(1, 5, 1, "same")], [Conv(1, 1, 2)])
    again = arithmetic.trace(
        [
            stacks,
            Branches([Conv(1, 3, 1, "same", 3)], [], join="concatenate"),
            Conv(1, 1),
        ],
        (n, 1),
    )
    assert again.rows[-1].fields == found.rows[-1].fields


def test_a_unit_behind_a_global_branch_sees_everything(keras):
    """Squeeze and excite: one number per channel, from all positions."""
    layers, n = keras.layers, 12
    x = keras.Input((n, 1))
    y = layers.Conv1D(1, 3, padding="same", kernel_initializer="ones")(x)
    gate = layers.GlobalAveragePooling1D()(y)
    gate = layers.Dense(1, kernel_initializer="ones")(gate)
    gate = layers.Reshape((1, 1))(gate)
    model = keras.Model(x, layers.Multiply()([y, gate]))
    jacobian = gradient_of(keras, [model], (n, 1))
    assert np.count_nonzero(jacobian) == n * n
    row = arithmetic.trace(model).rows[-1]
    assert row.output_shape == (n, 1)
    assert [row.field.region(unit, n) for unit in (0, 5, 11)] == [(0, n - 1)] * 3


def test_start_of_same_depends_on_the_length():
    windows = [(3, 2, "same"), (3, 1, "same")]
    assert arithmetic.receptive_field(windows).start is None
    with pytest.raises(ValueError, match="Pass n="):
        arithmetic.receptive_field(windows).region(0)
    starts = [arithmetic.receptive_field(windows, n).start for n in (23, 24)]
    assert starts == [-3, -2]
    assert arithmetic.receptive_field([(3, 1, "same")]).start == -1
    assert arithmetic.receptive_field([]) == ReceptiveField(1, 1, 0)


def test_union_refuses_branches_that_drift_apart():
    with pytest.raises(ValueError, match="same strides"):
        ReceptiveField(3, 2, 0).union(ReceptiveField(3, 1, 0))


# ---------------------------------------------------------------- networks as lists


def test_lenet():
    found = arithmetic.trace(networks.lenet5(), (32, 32, 1))
    rows = [found[name].parameters for name in ("c1", "c3", "c5", "f6", "output")]
    assert rows == [156, 2416, 48_120, 10_164, 850]
    assert found.parameters == 61_706
    fields = [row.field.size for row in found.rows[:5]]
    assert fields == [5, 6, 14, 16, 32]


def test_alexnet():
    found = arithmetic.trace(networks.alexnet(2), (227, 227, 3))
    assert (found.parameters, found.macs) == (60_965_224, 724_406_816)
    table = [
        (r.output_shape[0], r.output_shape[-1], r.parameters, r.macs)
        for r in found.rows
        if r.kind == "conv"
    ]
    assert table == [
        (55, 96, 34_944, 105_415_200), (27, 256, 307_456, 223_948_800),
        (13, 384, 885_120, 149_520_384), (13, 384, 663_936, 112_140_288),
        (13, 256, 442_624, 74_760_192),
    ]  # fmt: skip
    dense = [row.parameters for row in found.rows if row.kind == "dense"]
    assert dense == [37_752_832, 16_781_312, 4_097_000]
    whole = arithmetic.trace(networks.alexnet(1), (227, 227, 3))
    assert (whole.parameters, whole.macs) == (62_378_344, 1_135_256_096)


def test_alexnet_of_2014():
    """The single-column one, for images of 224."""
    layers = [
        Conv(64, 11, 4, 2), Pool(3, 2), Conv(192, 5, padding=2), Pool(3, 2),
        Conv(384, 3, padding=1), Conv(256, 3, padding=1), Conv(256, 3, padding=1),
        Pool(3, 2), Flatten(), Dense(4096), Dense(4096), Dense(1000),
    ]  # fmt: skip
    found = arithmetic.trace(layers, (224, 224, 3))
    assert (found.parameters, found.macs) == (61_100_840, 714_188_480)


def test_a_stack_of_three_layers():
    """oracles.md 7.4, last line."""
    found = arithmetic.trace([Conv(32), Conv(64), Conv(128)], (64, 64, 3))
    assert [row.parameters for row in found.rows] == [896, 18_496, 73_856]
    assert [row.output_shape[0] for row in found.rows] == [62, 60, 58]
    assert found.parameters == 93_248 and len(found) == 3


VGG_ROWS = """1_1 1792 86704128 1_2 36928 1849688064 2_1 73856 924844032
2_2 147584 1849688064 3_1 295168 924844032 3_2 590080 1849688064 3_3 590080 1849688064
4_1 1180160 924844032 4_2 2359808 1849688064 4_3 2359808 1849688064
5_1 2359808 462422016 5_2 2359808 462422016 5_3 2359808 462422016"""


def test_vgg16_row_by_row():
    found, words = arithmetic.trace(networks.vgg16(), (224, 224, 3)), VGG_ROWS.split()
    for name, parameters, macs in zip(
        words[::3], words[1::3], words[2::3], strict=True
    ):
        row = found[f"conv{name}"]
        assert (row.parameters, row.macs) == (int(parameters), int(macs)), name
    heads = [found[name].parameters for name in ("fc1", "fc2", "fc3")]
    assert heads == [102_764_544, 16_781_312, 4_097_000]
    assert (found.parameters, found.macs) == (138_357_544, 15_470_264_320)
    assert found["pool5"].field == ReceptiveField(212, 32, -90)
    assert found["flatten"].field.size == 212 and found["fc1"].field.size == 404


# ---------------------------------------------------------------- networks of Keras

TOTALS = {  # oracles.md 7.4: parameters, trainable, MACs, MACs of convolutions
    "VGG16": (138_357_544, 138_357_544, 15_470_264_320, 15_346_630_656),
    "VGG19": (143_667_240, 143_667_240, 19_632_062_464, 19_508_428_800),
    "ResNet50": (25_636_712, 25_583_592, 3_857_973_248, 3_855_925_248),
    "ResNet50V2": (25_613_800, 25_568_360, 3_482_255_360, 3_480_207_360),
    "MobileNet": (4_253_864, 4_231_976, 568_740_352, 568_740_352),
    "MobileNetV2": (3_538_984, 3_504_872, 300_774_272, 299_494_272),
    "Xception": (22_910_480, 22_855_952, 8_357_403_496, 8_355_355_496),
    "InceptionV3": (23_851_784, 23_817_352, 5_713_216_096, 5_711_168_096),
    "DenseNet121": (8_062_504, 7_978_856, 2_834_161_664, 2_833_137_664),
    "EfficientNetB0": (5_330_571, 5_288_548, 385_814_752, 384_534_752),
}
OTHERS = ("NASNetMobile", "InceptionResNetV2", "MobileNetV3Small", "ConvNeXtTiny")
FIELDS = {  # oracles.md 7.6, of the last layer that has positions
    "VGG16": 212,
    "VGG19": 268,
    "ResNet50": 483,
    "MobileNet": 315,
    "InceptionV3": 1311,
    "InceptionResNetV2": 3039,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TOTALS, *OTHERS])
def test_applications_equal_their_tables(keras, name):
    """Each layer's shape as Keras has it, the sums as they are published."""
    model = getattr(keras.applications, name)(weights=None)
    given = (224, 224, 3) if name == "MobileNetV3Small" else None
    found = arithmetic.trace(model, given)
    assert found.parameters == model.count_params()
    trainable = sum(math.prod(w.shape) for w in model.trainable_weights)
    assert found.trainable == trainable
    for layer in model.layers[1:]:
        if given or hasattr(layer, "layers"):  # open sizes, or a model inside
            continue
        row = found[layer.name]
        assert row.output_shape == layer.output.shape[1:], layer.name
        assert row.parameters == layer.count_params(), layer.name
    if name in TOTALS:
        macs = sum(row.macs for row in found.rows if row.kind != "dense")
        totals = (found.parameters, found.trainable, found.macs, macs)
        assert totals == TOTALS[name]
    if name in FIELDS:
        last = [row for row in found.rows if len(row.output_shape) == 3 and row.field]
        last = [row for row in last if row.field.jump == 32]
        assert last[-1].field.size == FIELDS[name]
    if name == "MobileNet":
        shares = [
            sum(row.macs for row in found.rows if row.kind == kind and part in row.name)
            for kind, part in (("depthwise", "dw"), ("conv", "pw"))
        ]
        assert [round(100 * s / found.macs, 2) for s in shares] == [3.06, 94.86]


LISTS = {
    "VGG16": networks.vgg16,
    "ResNet50": networks.resnet50,
    "MobileNet": networks.mobilenet,
}


def layers_that_count(rows):
    """Return what defines the layers that have parameters, in order of their cost."""
    cells = [(*row[1:6], row.fields[0][:2]) for row in rows if row.parameters]
    return sorted(cells, key=str)


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_our_lists_are_the_networks_of_keras(keras, name):
    """Layer by layer: shape, parameters, MACs, size and jump of the field."""
    model = getattr(keras.applications, name)(weights=None)
    ours = arithmetic.trace(LISTS[name](), (224, 224, 3))
    theirs = arithmetic.trace(model)
    totals = (ours.parameters, ours.trainable, ours.macs)
    assert (
        totals == TOTALS[name][:3] == (theirs.parameters, theirs.trainable, theirs.macs)
    )
    if name == "MobileNet":  # its last layer is a 1x1 convolution, which does the same
        ours.rows, theirs.rows = ours.rows[:-1], theirs.rows[:-6]
    assert layers_that_count(ours.rows) == layers_that_count(theirs.rows)


def test_resnet50_with_the_stride_on_either_layer():
    fields, counts = [], set()
    for where in ("1x1", "3x3"):
        found = arithmetic.trace(networks.resnet50(where), (224, 224, 3))
        fields.append([row.field for row in found.rows if row.kind == "add"][-1].size)
        counts.add(found.parameters)
    assert fields == [483, 427] and counts == {25_636_712}
    with pytest.raises(ValueError, match="stride_on must be one of '1x1', '3x3'"):
        networks.resnet50("first")


def test_small_models_of_keras(keras):
    """Sequential, a model in a model, open sizes, a record beside layers."""
    layers = keras.layers
    inner = keras.Sequential(
        [keras.Input((8, 8, 4)), layers.Conv2D(6, 3), layers.ReLU()]
    )
    outer = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Conv2D(4, 3, strides=2, padding="same", name="first"),
            inner,
            layers.Flatten(),
            layers.Dense(10, name="head"),
        ]
    )
    found = arithmetic.trace(outer)
    assert found.parameters == outer.count_params()
    assert found["first"].output_shape == (8, 8, 4)
    assert found.output_shape == (10,)
    assert found["head"].field.size == 3 + 2 * 2 + 5 * 2
    opened = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3)])
    with pytest.raises(ValueError, match=r"Pass input_shape=\(224, 224, 3\)"):
        arithmetic.trace(opened)
    assert arithmetic.trace(opened, (10, 12, 3)).output_shape == (8, 10, 4)
    with pytest.raises(ValueError, match="fit the model's"):
        arithmetic.trace(opened, (10, 12, 1))
    mixed = arithmetic.trace([Conv(4), layers.ReLU(), layers.Conv2D(2, 3)], (9, 9, 1))
    assert mixed.output_shape == (5, 5, 2)
    with pytest.raises(ValueError, match="is not built"):
        arithmetic.trace(keras.Sequential([layers.Conv2D(4, 3)]))


def test_normalisation_counts_its_own_parameters(keras):
    layers = keras.layers
    x = keras.Input((6, 6, 3))
    y = layers.LayerNormalization()(layers.Normalization(name="measured")(x))
    model = keras.Model(x, y)
    found = arithmetic.trace(model)
    assert found.parameters == model.count_params() == 13
    assert (found["measured"].parameters, found["measured"].trainable) == (7, 0)


# ---------------------------------------------------------------- table and refusals


def test_the_table_is_aligned_and_adds_up():
    found = arithmetic.trace(networks.lenet5(), (32, 32, 1))
    lines = found.table().splitlines()
    assert repr(found) == found.table() and len(lines) == len(found) + 2
    heads = lines[0].split()
    assert heads == ["layer", "output", "parameters", "MACs", "values", "field", "jump"]
    end = lines[0].index("parameters") + len("parameters")
    for line, row in zip(lines[1:-1], found.rows, strict=True):
        assert line[:end].split()[-1] == f"{row.parameters:,}"
    total = lines[-1].split()[1:]
    summed = [
        sum(int(line.split()[column].replace(",", "")) for line in lines[1:-1])
        for column in (2, 3, 4)
    ]
    assert [int(n.replace(",", "")) for n in total] == summed
    assert len(found.table("conv").splitlines()) == 3 + 2
    assert found.table("conv").splitlines()[-1].split() == lines[-1].split()
    assert found[0] is found["c1"]
    with pytest.raises(KeyError, match="no layer 'c2'; there are"):
        found["c2"]


def test_unlike_axes_are_both_told():
    found = arithmetic.trace(
        [Conv(2, (1, 7), padding="same"), Conv(2, (7, 1), (2, 1))], (20, 20, 1)
    )
    assert [field.size for field in found[1].fields] == [7, 7]
    assert found.table().splitlines()[1].split()[-2:] == ["1x7", "1"]
    assert found.table().splitlines()[2].split()[-2:] == ["7", "2x1"]


@pytest.mark.parametrize(
    "error, words, call",
    [
        (
            ValueError,
            r"groups=4 must divide .* one of \[1, 2\]",
            lambda: arithmetic.cost(Conv(8, 3, groups=4), (9, 9, 6)),
        ),
        (ValueError, "Is a Flatten in front", lambda: arithmetic.cost(Conv(8), (100,))),
        (
            ValueError,
            "axis 1 of shape .*kernel spans 5",
            lambda: arithmetic.cost(Conv(8, 5), (9, 4, 1)),
        ),
        (
            ValueError,
            r"layer 'conv2' after \(3, 3, 4\): axis 0",
            lambda: arithmetic.trace([Conv(4), Conv(4, 5)], (5, 5, 1)),
        ),
        (
            ValueError,
            "the branches end at shapes",
            lambda: arithmetic.trace([Branches([Conv(4)], [])], (5, 5, 4)),
        ),
        (
            ValueError,
            "only the channels may differ",
            lambda: arithmetic.trace(
                [Branches([Conv(4)], [], join="concatenate")], (5, 5, 4)
            ),
        ),
        (
            ValueError,
            "'add', 'concatenate'; got 'sum'",
            lambda: Branches([], [Conv(4)], join="sum"),
        ),
        (TypeError, "two or more lists", lambda: Branches([Conv(4)])),
        (TypeError, "a list of layers needs one", lambda: arithmetic.trace([Conv(4)])),
        (
            TypeError,
            r"tuple such as \(224, 224, 3\)",
            lambda: arithmetic.cost(Conv(4), 224),
        ),
        (
            TypeError,
            "input_shape must be an integer .* None",
            lambda: arithmetic.cost(Conv(4), (None, 8, 8, 3)),
        ),
        (
            TypeError,
            "network must be a list",
            lambda: arithmetic.trace(Conv(4), (8, 8, 3)),
        ),
        (
            TypeError,
            "layer must be a record such as",
            lambda: arithmetic.trace(["conv"], (8, 8, 3)),
        ),
        (TypeError, "call it", lambda: arithmetic.trace([Pool], (8, 8, 3))),
        (
            TypeError,
            "windows must hold tuples",
            lambda: arithmetic.receptive_field([3, 3]),
        ),
        (
            ValueError,
            "filters must be an integer >= 1",
            lambda: arithmetic.cost(Conv(0), (8, 8, 3)),
        ),
        (
            ValueError,
            "kernel must be one value, or one per axis",
            lambda: arithmetic.cost(Conv(4, (3, 3, 3)), (8, 8, 3)),
        ),
        (ValueError, "leaves nothing", lambda: arithmetic.cost(Crop(4), (8, 8, 3))),
    ],
)
def test_refusals_name_the_argument_and_the_remedy(error, words, call):
    with pytest.raises(error, match=words):
        call()


def test_layers_that_are_not_counted_are_refused(keras):
    layers = keras.layers
    with pytest.raises(ValueError, match="channels_first"):
        arithmetic.cost(layers.Conv2D(4, 3, data_format="channels_first"), (3, 8, 8))
    with pytest.raises(TypeError, match="Put a record in its place"):
        arithmetic.cost(layers.RepeatVector(3), (8,))


def test_importing_it_loads_numpy_alone():
    """The ground floor: no Keras, no SciPy, nothing else of the course."""
    import subprocess
    import sys

    code = (
        "import sys; from convcourse import arithmetic; "
        "heavy = {'scipy', 'keras', 'tensorflow', 'matplotlib', 'convcourse.ops'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr
