"""F8 against convolved boxes and gradients of Keras, its module against its trace."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures
from convcourse.figures.receptive_field import STACKS
from figures_js import Module, agree
from PIL import Image

RNG = np.random.default_rng(58)


@pytest.fixture(scope="module")
def module():
    return Module("receptive_field")


def random_layer():
    """Return a layer as a caller writes it."""
    k, s = int(RNG.integers(1, 8)), int(RNG.choice([1, 1, 2, 3, 4]))
    if RNG.integers(3) == 0:
        return ("pool", k, s)
    return ("conv", k, s, int(RNG.choice([1, 1, 2, 3, 4, 8, 16])))


def random_figure():
    """Return a figure in any state that fits; None where the stack is too large."""
    layers = [random_layer() for _ in range(RNG.integers(1, 7))]
    padding, n = str(RNG.choice(["valid", "same"])), int(RNG.integers(1, 129))
    at = int(RNG.integers(1, len(layers) + 1))
    try:
        middle = figures.receptive_field(layers, n, padding, at)
    except ValueError:
        return None
    unit = int(RNG.integers(middle.trace()["lengths"][at]))
    return figures.receptive_field(layers, n, padding, at, unit)


FIGURES = [f for f in (random_figure() for _ in range(800)) if f is not None]
VALID = [f for f in FIGURES if f.padding == "valid"]
SAME = [f for f in FIGURES if f.padding == "same"]


def test_there_are_enough_of_every_kind():
    assert len(VALID) > 100 and len(SAME) > 200
    assert {len(f.layers) for f in SAME} == {1, 2, 3, 4, 5, 6}
    assert any(f.trace()["inside"] < f.trace()["size"] for f in FIGURES)


def spread(count, step):
    """Return `count` ones, `step` apart."""
    line = np.zeros((count - 1) * step + 1, int)
    line[::step] = 1
    return line


def test_paths_are_convolved_boxes():
    for figure in VALID:
        counts, jump = np.ones(1, int), 1
        for _, k, s, d in figure.layers[: figure.at]:
            counts = np.convolve(counts, spread(k, d * jump))
            jump *= s
        t = figure.trace()
        assert t["size"] == len(counts)
        wanted = np.zeros(figure.n, int)
        wanted[figure.unit * jump :][: len(counts)] = counts
        assert t["hits"].tolist() == wanted.tolist()
        assert (t["first"], t["last"]) == (
            figure.unit * jump,
            figure.unit * jump + len(counts) - 1,
        )
        assert t["inside"] == np.count_nonzero(counts)
        assert t["paths"] == np.prod([k for _, k, _, _ in figure.layers[: figure.at]])


@pytest.fixture(scope="module")
def tensorflow():
    return pytest.importorskip("convcourse.tf", exc_type=ImportError)


def gradient(tensorflow, figure, pooling):
    """Return the gradient of the unit in a net of ones, and the lengths of its layers."""
    keras, tf = tensorflow.keras, tensorflow.tf
    x = tf.ones((1, figure.n, 1))
    lengths = [figure.n]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for kind, k, s, d in figure.layers:
            if kind == 1 and pooling:
                y = keras.layers.AveragePooling1D(k, s, figure.padding)(y)
            else:
                ones = {"kernel_initializer": "ones", "padding": figure.padding}
                y = keras.layers.Conv1D(1, k, s, dilation_rate=d, **ones)(y)
            lengths.append(y.shape[1])
            if len(lengths) == figure.at + 1:
                unit = y[0, figure.unit, 0]
    return tape.gradient(unit, x).numpy()[0, :, 0], lengths


@pytest.mark.slow
def test_the_gradient_of_a_net_of_ones_counts_the_paths(tensorflow):
    tried = 0
    for figure in SAME + VALID:
        if tried == 120 or any(s > 1 and d > 1 for _, _, s, d in figure.layers):
            continue  # Keras refuses both at once
        counts, lengths = gradient(tensorflow, figure, pooling=False)
        t = figure.trace()
        np.testing.assert_allclose(t["hits"], counts, rtol=1e-6)
        assert t["lengths"] == lengths
        tried += 1
    assert tried >= 100


@pytest.mark.slow
def test_with_real_pooling_the_same_samples_are_seen(tensorflow):
    pools = [f for f in FIGURES if any(row[0] for row in f.layers)]
    pools = [f for f in pools if all(s == 1 or d == 1 for _, _, s, d in f.layers)][:60]
    assert len(pools) == 60
    for figure in pools:
        mask = gradient(tensorflow, figure, pooling=True)[0] != 0
        assert (mask == (figure.trace()["hits"] > 0)).all()


def test_what_the_text_claims():
    two, one = (
        figures.receptive_field([3, 3]).trace(),
        figures.receptive_field([5]).trace(),
    )
    assert two["size"] == one["size"] == 5
    assert (two["weights"], one["weights"]) == (18, 25)
    sizes = [
        figures.receptive_field([("conv", 3, 1, 2**i) for i in range(m)]).trace()[
            "size"
        ]
        for m in range(1, 6)
    ]
    assert sizes == [2 ** (m + 1) - 1 for m in range(1, 6)]
    holes = figures.receptive_field([("conv", 3, 1, 2)] * 3)
    assert set(holes.trace()["hits"][1::2]) == {0}  # every second sample is never seen


# -- the module ------------------------------------------------------------------------
def test_the_module_computes_and_says_what_numpy_does(module):
    for figure in FIGURES:
        agree(module, figure)


def test_the_edges(module):
    for figure in (
        figures.receptive_field([1], 1),
        figures.receptive_field([("conv", 7, 4, 16)] * 6, 128, "same"),
        figures.receptive_field([("conv", 7, 4, 16)] * 6, 1, "same"),
        figures.receptive_field([("pool", 4)] * 3, 128),
        figures.receptive_field([("conv", 1, 4)] * 3, 128, unit=1),
        figures.receptive_field([7, 7], 13),
    ):
        agree(module, figure)


def test_every_stack_of_the_menu_fits():
    for rows in STACKS.values():
        layers = [
            (("conv", "pool")[kind], k, s, *([d] * (kind == 0)))
            for kind, k, s, d in rows
        ]
        figure = figures.receptive_field(layers)
        assert figure.state["layers"] == rows
        assert figure.trace()["lengths"][-1] == 5


def test_dependent_numbers_follow_a_hand(module):
    figure = figures.receptive_field([3, 3], 9, unit=4)
    grown = module("settle", figure, layers=[[0, 3, 1, 1], [0, 3, 1, 8]])
    assert grown["n"] == 1 + 2 + 16 and grown["unit"] == 0
    assert module("settle", figure, n=1)["n"] == 5
    assert module("settle", figure, n=1, padding="same")["n"] == 1
    fewer = module("settle", figure, layers=[[0, 3, 1, 1]])
    assert fewer["at"] == 1
    pool = module("settle", figure, layers=[[1, 2, 2, 5]])
    assert pool["layers"] == [[1, 2, 2, 1]]
    for layers, words in [
        ([[0, 3, 0, 1]], "stride of layer 1 must be a whole number from 1 to 4"),
        ([[0, 3, 1, 1], [0, 8, 1, 1]], "kernel of layer 2 must be .* from 1 to 7"),
        ([[0, 7, 4, 16]] * 3, "this stack needs 2017 samples"),
    ]:
        with pytest.raises(Exception, match=words):
            module("settle", figure, layers=layers)


# -- words, pictures, arguments --------------------------------------------------------
def test_the_sentence():
    figure = figures.receptive_field([3, 3, ("pool", 2), ("conv", 3, 2, 4)], 30, unit=1)
    assert figure.describe() == (
        "conv 3, conv 3, pool 2, conv 3 stride 2 dilation 4; padding valid, 30 samples. "
        "Unit 1 of layer 4 has a field of 1 + 2·1 + 2·1 + 1·1 + 8·2 = 22 samples. It "
        "covers samples 4 to 25. 18 samples are reached, on 54 paths; the most reached "
        "by 5, and 12 by at least half of that. In an image these layers hold 27 "
        "weights; one kernel of 22 by 22 holds 484."
    )
    corner = figures.receptive_field([("conv", 3, 2)] * 3, 30, "same", unit=0)
    assert (
        "It covers samples −2 to 12, 2 of them outside the input." in corner.describe()
    )
    assert "It is sample 2. 1 sample is reached, on 1 path" in repr(
        figures.receptive_field([1])
    )


def test_bad_arguments_are_named():
    for wrong, message in [
        ({"layers": []}, r"layers must have 1 to 6 rows, got 0"),
        ({"layers": [3] * 7}, r"layers must have 1 to 6 rows, got 7"),
        (
            {"layers": [("conv", 3, 0)]},
            r"stride of layer 1 must be .* from 1 to 4, got 0",
        ),
        ({"layers": [3, 8]}, r"kernel of layer 2 must be .* from 1 to 7, got 8"),
        ({"layers": [("dense", 3)]}, r"layer 1 must be one of .*'conv'.*, got 'dense'"),
        ({"layers": [("pool", 2, 2, 2)]}, r"layer 1 is a pooling: its dilation"),
        ({"n": 6}, r"Layer 4 spans 3 samples and gets only 1: no window fits"),
        ({"layers": [3, 3], "n": 4}, r"Layer 2 spans 3 samples and gets only 2"),
        ({"n": 200}, r"n must be a whole number from 1 to 128, got 200"),
        ({"padding": "full"}, r"padding must be one of .*'same'.*, got 'full'"),
        ({"at": 5}, r"at must be from 1 to 4, the number of layers; got 5"),
        ({"at": 0}, r"at must be a whole number from 1 to 6, got 0"),
        ({"unit": 9}, r"unit must be from 0 to 4, got 9: layer 4 has 5 units"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.receptive_field(**wrong)
    for wrong, message in [
        ({"layers": "conv 3"}, r"layers must be a list"),
        ({"layers": [(3,)]}, r"layers must hold .* as layer 1"),
        ({"layers": [("conv", "3")]}, r"layer 1 must hold whole numbers"),
        ({"n": "9"}, r"n must be a whole number"),
    ]:
        with pytest.raises(TypeError, match=message):
            figures.receptive_field(**wrong)


def test_the_picture_shows_every_unit_and_every_weight_of_the_cone():
    figure = figures.receptive_field([3, ("pool", 2)], 8)
    drawn = figure.picture()
    ax, image = drawn.axes
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "input",
        "1: conv 3",
        "2: pool 2",
    ]
    assert len(ax.lines) == 2 + 2 * 3
    np.testing.assert_array_equal(
        image.images[0].get_array(), np.outer(*[figure.trace()["hits"]] * 2)
    )
    assert ax.get_title(loc="left") == "unit 1 of layer 2: 1 + 2·1 + 1·1 = 4"
    plt.close(drawn)
    assert Image.open(io.BytesIO(figure.png)).size[0] == 800


def test_the_page_is_small_and_stable():
    page = figures.receptive_field([3] * 6, 128).html()
    assert page == figures.receptive_field([3] * 6, 128).html()
    assert len(page.encode()) < 110_000
