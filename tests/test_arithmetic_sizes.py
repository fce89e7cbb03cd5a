"""Lengths against Keras, TensorFlow, and windows that are counted one by one.

Every setting in a range is tried, not a sample: the numbers of settings are asserted,
so that a loop that skips its body fails.
"""

from itertools import product

import numpy as np
import pytest
from convcourse import arithmetic

LENGTHS, KERNELS, STRIDES, DILATIONS = range(1, 15), range(1, 8), range(1, 5), (1, 2, 3)


def count_windows(n, kernel, stride, left, right, dilation):
    """Lay the kernel at every place of the padded signal and count: the definition."""
    padded = [None] * left + list(range(n)) + [None] * right
    reads, start = [], 0
    while True:
        places = [start + tap * dilation for tap in range(kernel)]
        if places[-1] >= len(padded):
            return reads, padded
        reads.append([padded[place] for place in places])
        start += stride


def ours(function, *args):
    """Return the result, or None where the setting is refused."""
    try:
        return function(*args)
    except ValueError:
        return None


# ---------------------------------------------------------------- counted literally


def test_lengths_starts_usage_and_left_out_equal_counted_windows():
    tried = refused = 0
    sides = list(product(range(4), range(4)))
    for n, k, s, d, (left, right) in product(
        LENGTHS, KERNELS, STRIDES, DILATIONS, sides
    ):
        reads, padded = count_windows(n, k, s, left, right, d)
        setting = (n, k, s, (left, right), d)
        tried += 1
        if not reads:
            refused += 1
            with pytest.raises(ValueError, match="kernel spans"):
                arithmetic.output_length(*setting)
            continue
        assert arithmetic.output_length(*setting) == len(reads), setting
        starts = list(arithmetic.window_starts(*setting))
        assert starts == [i * s - left for i in range(len(reads))], setting
        seen = [sum(window.count(i) for window in reads) for i in range(n)]
        assert arithmetic.usage(*setting).tolist() == seen, setting
        last = (len(reads) - 1) * s + (k - 1) * d
        assert arithmetic.left_out(*setting) == len(padded) - 1 - last, setting
    assert (tried, refused) == (18816, 4932)


def test_inverse_problems_equal_a_search():
    """Which inputs, and which paddings, give an output: tried one by one."""
    tried = 0
    for k, s, d, p in product(range(1, 6), range(1, 4), DILATIONS, range(4)):
        lengths = {}
        for n in range(1, 40):
            reads, _ = count_windows(n, k, s, p, p, d)
            lengths.setdefault(len(reads), []).append(n)
        for out in range(1, 6):
            found = list(arithmetic.inputs_for(out, k, s, p, d))
            assert found == lengths.get(out, []), (out, k, s, p, d)
            tried += 1
    for n, k, s, d in product(range(1, 12), range(1, 6), range(1, 4), DILATIONS):
        totals = {}
        for total in range(30):
            reads, _ = count_windows(n, k, s, 0, total, d)
            totals.setdefault(len(reads), []).append(total)
        for out in range(1, 6):
            found = list(arithmetic.paddings_for(n, out, k, s, d))
            assert found == totals.get(out, []), (n, out, k, s, d)
            tried += 1
    assert tried == 900 + 2475


@pytest.mark.parametrize("padding", ["valid", "same", "half", "full", "causal"])
def test_inputs_for_named_paddings(padding):
    """The named ones lead to all and only those lengths that `left, right` allow."""
    for k, s, d in product(range(1, 6), range(1, 5), DILATIONS):
        reach = (k - 1) * d
        lengths = {}
        for n in range(1, 30):
            left, right = {
                "valid": (0, 0),
                "half": ((reach + 1) // 2,) * 2,
                "full": (reach, reach),
                "causal": (reach, 0),
                "same": (0, max(0, (-(-n // s) - 1) * s + reach + 1 - n)),
            }[padding]
            reads, _ = count_windows(n, k, s, left, right, d)
            lengths.setdefault(len(reads), []).append(n)
        for out in range(1, 5):
            found = list(arithmetic.inputs_for(out, k, s, padding, d))
            assert found == lengths.get(out, []), (out, k, s, padding, d)


def test_settings_for_finds_the_classics():
    search = arithmetic.settings_for
    found = search(227, 55, range(1, 12), range(1, 5), range(6))
    assert (11, 4, 0, 1) in found
    for k, s, p, d in found:
        assert len(count_windows(227, k, s, p, p, d)[0]) == 55
    assert search(28, 28, (2, 3, 4, 5), (1,), range(3)) == [(3, 1, 1, 1), (5, 1, 2, 1)]
    assert search(7, 1, range(1, 9)) == [(7, 1, 0, 1)]


# ---------------------------------------------------------------- against Keras


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


def test_lengths_equal_keras(keras):
    """valid and same through DepthwiseConv2D, which takes stride and dilation at once;
    causal through Conv1D; pooling through MaxPooling1D."""
    tried = 0
    layers = keras.layers
    for k, s, d in product(KERNELS, STRIDES, DILATIONS):
        makers = [
            (p, layers.DepthwiseConv2D((k, 1), s, p, dilation_rate=(d, 1)), (1, 1))
            for p in ("valid", "same")
        ]
        if d == 1:
            makers += [
                (p, layers.MaxPooling1D(k, s, p), (1,)) for p in ("valid", "same")
            ]
        if 1 in (s, d):
            makers.append(
                ("causal", layers.Conv1D(1, k, s, "causal", dilation_rate=d), (1,))
            )
        for (padding, layer, rest), n in product(makers, LENGTHS):
            tried += 1
            try:
                expected = layer.compute_output_shape((1, n, *rest))[1]
            except ValueError:
                expected = None
            if expected is not None and expected < 1:  # pooling says 0, and then fails
                expected = None
            found = ours(arithmetic.output_length, n, k, s, padding, d)
            assert found == expected, (type(layer).__name__, n, k, s, padding, d)
    assert tried == 2352 + 784 + 588


def test_windows_of_same_and_valid_equal_tensorflow(keras):
    """A kernel of k taps with k outputs shows which sample each tap reads."""
    tf = pytest.importorskip("tensorflow")
    tried = 0
    for k, s, d in product(KERNELS, STRIDES, DILATIONS):
        taps = np.eye(k, dtype=np.float32)[None, :, None]
        for n, padding in product(LENGTHS, ("VALID", "SAME")):
            setting = (n, k, s, padding.lower(), d)
            if padding == "VALID" and (k - 1) * d >= n:
                continue
            x = np.arange(1, n + 1, dtype=np.float32)[None, None, :, None]
            y = tf.nn.conv2d(x, taps, (1, s), padding, dilations=(1, d))
            reads = y.numpy()[0, 0].astype(int)
            starts = np.array(arithmetic.window_starts(*setting))
            places = starts[:, None] + d * np.arange(k)
            inside = (places >= 0) & (places < n)
            assert np.array_equal(reads, np.where(inside, places + 1, 0)), setting
            seen = np.bincount(reads.ravel(), minlength=n + 1)[1:]
            assert np.array_equal(arithmetic.usage(*setting), seen), setting
            tried += 1
    assert tried == 1176 + 692


# ---------------------------------------------------------------- published tables

# oracles.md 7.1: the worked examples of the arithmetic guide, relations 1 to 15
GUIDE = [  # i, k, p, s, d -> o; i', stretched, p', a -> o'
    ("1 and 8", 4, 3, 0, 1, 1, 2, (2, 2, 2, 0, 4)),
    ("2 and 9", 5, 4, 2, 1, 1, 6, (6, 6, 1, 0, 5)),
    ("3 and 10", 5, 3, 1, 1, 1, 5, (5, 5, 1, 0, 5)),
    ("4 and 11", 5, 3, 2, 1, 1, 7, (7, 7, 0, 0, 5)),
    ("5 and 12", 5, 3, 0, 2, 1, 2, (2, 3, 2, 0, 5)),
    ("6 and 13", 5, 3, 1, 2, 1, 3, (3, 5, 1, 0, 5)),
    ("6 and 14", 6, 3, 1, 2, 1, 3, (3, 5, 1, 1, 6)),
    ("7, pooling", 5, 3, 0, 1, 1, 3, None),
    ("15", 7, 3, 0, 1, 2, 3, None),
]


@pytest.mark.parametrize("relation, i, k, p, s, d, o, back", GUIDE)
def test_relations_of_the_guide(relation, i, k, p, s, d, o, back):
    assert arithmetic.output_length(i, k, s, p, d) == o
    if back:
        n, stretched, padding, a, out = back
        assert n == o and arithmetic.output_padding_for(i, k, s, p) == a
        assert arithmetic.transposed_length(n, k, s, p, a) == out
        direct = arithmetic.direct_equivalent(n, k, s, p, a)
        assert direct == (stretched, (padding, padding + a))
        assert len(count_windows(stretched, k, 1, *direct[1], 1)[0]) == out


def test_named_relations_of_the_guide():
    """Half keeps the size with an odd kernel; full adds k - 1."""
    for i, k in product(range(1, 12), (1, 3, 5, 7)):
        assert arithmetic.output_length(i, k, padding="half") == i
    for i, k in product(range(1, 12), range(1, 8)):
        assert arithmetic.output_length(i, k, padding="full") == i + k - 1
        if k <= i:
            assert arithmetic.output_length(i, k) == i - k + 1


# oracles.md 7.2
SIZES = """5,3,0,1,1>3 7,3,0,2,1>3 32,5,2,1,1>32 227,11,0,4,1>55 224,11,2,4,1>55
224,7,3,2,1>112 112,3,1,2,1>56 64,3,0,2,1>31 28,5,0,1,1>24 10,3,0,2,1>4 16,3,2,1,2>16
16,3,1,2,2>7 8,5,1,4,1>2 8,3,0,3,1>2 224,16,0,16,1>14 8,3,0,3,1>2 8,5,1,4,1>2"""
SAME = """5,3,1,1>5,1,1 5,2,1,1>5,0,1 5,4,1,1>5,1,2 6,3,2,1>3,0,1 5,3,2,1>3,1,1
224,7,2,1>112,2,3 225,7,2,1>113,3,3 7,3,3,1>3,1,1 10,5,4,1>3,1,2 28,2,2,1>14,0,0
6,1,2,1>3,0,0 8,3,1,2>8,2,2 9,3,1,3>9,3,3 13,6,5,1>3,1,2 32,11,4,1>8,3,4 10,4,3,1>4,1,2"""
TRANSPOSED = """2,3,2,valid>5 2,3,2,same>4 4,4,2,same>8 4,2,2,valid>8 5,3,2,valid>11
5,3,2,same>10 5,3,2,same,0>9 5,3,2,same,1>10 5,2,2,same,1>9 4,1,3,valid>12"""


def rows(text):
    """Read 'a,b>c' as numbers and names."""
    for entry in text.split():
        yield [
            tuple(v if v.isalpha() else int(v) for v in part.split(","))
            for part in entry.split(">")
        ]


def test_tables_of_sizes():
    for (i, k, p, s, d), (o,) in rows(SIZES):
        assert arithmetic.output_length(i, k, s, p, d) == o
    for (i, k, s, d), (o, left, right) in rows(SAME):
        assert arithmetic.output_length(i, k, s, "same", d) == o
        assert arithmetic.same_padding(i, k, s, d) == (left, right)
    for setting, (o,) in rows(TRANSPOSED):
        assert arithmetic.transposed_length(*setting) == o


# ---------------------------------------------------------------- transposed


def test_transposed_lengths_equal_keras(keras):
    """Every setting: the length that Keras computes and really makes, or its refusal."""
    tried = refused = 0
    settings = product(
        range(1, 6), range(1, 4), ("valid", "same"), (None, 0, 1, 2, 3), (1, 2)
    )
    for k, s, padding, added, d in settings:
        for n in (1, 2, 3, 5):
            tried += 1
            expected = keras_transposed(keras, n, k, s, padding, added, d)
            setting = (n, k, s, padding, added, d)
            found = ours(arithmetic.transposed_length, *setting)
            assert found == expected, setting
            refused += expected is None
    assert (tried, refused) == (1200, 784)


def keras_transposed(keras, n, k, s, padding, added, d):
    """Return the length, or None where the layer cannot be made or does not run."""
    try:
        layer = keras.layers.Conv1DTranspose(
            1, k, s, padding, output_padding=added, dilation_rate=d
        )
    except ValueError:
        return None
    told = layer.compute_output_shape((1, n, 1))[1]
    try:
        made = layer(np.ones((1, n, 1), np.float32)).shape[1]
    except Exception:  # TensorFlow aborts: no forward convolution has these sizes
        return None
    assert made == told
    return told or None  # an output of length 0 is no output


def test_transposed_lengths_equal_stamping():
    """As PyTorch defines it: stamp, cut the padding, add at the right end. And no two
    neighbouring output paddings belong to one input: the way back tells them apart."""
    tried = 0
    for n, k, s, d, p, a in product(
        range(1, 6), range(1, 6), range(1, 4), (1, 2), range(3), range(3)
    ):
        stamps = np.zeros(200, bool)
        for i in range(n):
            stamps[i * s + d * np.arange(k)] = True
        length = np.flatnonzero(stamps)[-1] + 1 - 2 * p + a
        setting = (n, k, s, p, a, d)
        tried += 1
        if length < 1 or a >= max(s, d):
            assert ours(arithmetic.transposed_length, *setting) is None, setting
            continue
        assert arithmetic.transposed_length(*setting) == length, setting
        if a < s:
            assert len(count_windows(length, k, s, p, p, d)[0]) == n, setting
            assert arithmetic.output_padding_for(length, k, s, p, d) == a, setting
    assert tried == 1350


def test_none_is_not_zero():
    length = arithmetic.transposed_length
    assert length(5, 3, 2, "same") == 10 != length(5, 3, 2, "same", 0) == 9
    assert length(4, 1, 3) == 12 != length(4, 1, 3, output_padding=0) == 10
    assert length(5, 3, 2, padding=1) == length(5, 3, 2, padding=1, output_padding=0)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "error, words, call",
    [
        (
            ValueError,
            "n must be an integer >= 1, got 0",
            lambda a: a.output_length(0, 3),
        ),
        (TypeError, "n must be .* got 5.0", lambda a: a.output_length(5.0, 3)),
        (TypeError, "n must be .* got 5.0", lambda a: a.usage(5.0, 3)),
        (TypeError, "kernel must be .* got True", lambda a: a.output_length(5, True)),
        (ValueError, "stride must be .* got 0", lambda a: a.output_length(5, 3, 0)),
        (
            ValueError,
            "dilation=1 for no gaps",
            lambda a: a.output_length(5, 3, 1, 0, 0),
        ),
        (
            ValueError,
            "padding must be .* got -1",
            lambda a: a.output_length(5, 3, 1, -1),
        ),
        (
            ValueError,
            "padding must be one of 'valid'",
            lambda a: a.output_length(5, 3, 1, "SAME"),
        ),
        (
            ValueError,
            "padding must be one value",
            lambda a: a.output_length(5, 3, 1, (1, 1, 1)),
        ),
        (
            ValueError,
            "kernel spans 5 samples, .* only 4",
            lambda a: a.output_length(4, 3, dilation=2),
        ),
        (ValueError, "out must be", lambda a: a.inputs_for(0, 3)),
        (
            ValueError,
            "Set one of them to 1",
            lambda a: a.transposed_length(5, 3, 2, dilation=2),
        ),
        (
            ValueError,
            "output_padding must be below stride=2",
            lambda a: a.transposed_length(5, 3, 2, "same", 2),
        ),
        (
            ValueError,
            "Use output_padding=None, or an odd kernel",
            lambda a: a.transposed_length(5, 2, 2, "same", 0),
        ),
        (
            ValueError,
            "below stride=1 or dilation=2",
            lambda a: a.transposed_length(5, 3, 1, 0, 2, 2),
        ),
        (
            ValueError,
            "cuts all 3 samples away",
            lambda a: a.transposed_length(1, 3, 1, 2),
        ),
        (
            ValueError,
            "output_padding must be an integer >= 0",
            lambda a: a.transposed_length(5, 3, 2, "same", -1),
        ),
        (
            ValueError,
            "'valid', 'same'; got 'half'",
            lambda a: a.transposed_length(5, 3, 2, "half"),
        ),
        (ValueError, "does not fit into n=2", lambda a: a.output_padding_for(2, 5)),
    ],
)
def test_refusals_name_the_argument_and_the_remedy(error, words, call):
    with pytest.raises(error, match=words):
        call(arithmetic)


def test_numpy_integers_are_integers():
    assert arithmetic.output_length(np.int64(224), np.uint8(7), np.int32(2), 3) == 112
    assert type(arithmetic.output_length(np.int64(9), 3)) is int
