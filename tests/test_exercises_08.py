"""The exercises of chapter 08: mistakes as learners write them, other right answers."""

import importlib
import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from convcourse.checks import CheckFailed, NotAttempted, ch08, quiet

sys.path.insert(0, str(Path(__file__).resolve().parent))
right = importlib.import_module("answers.right_08")


def told(question, *answers, seed=0):
    """Return the text of a failed check, unwrapped."""
    with pytest.raises(CheckFailed) as caught, quiet():
        question.check(*answers, seed=seed) if seed else question.check(*answers)
    return " ".join(str(caught.value).split())


def made(name, code, **more):
    """Return the function of this name that a text defines."""
    space = {"np": np, **more}
    exec(code, space)
    return space[name]


def spoilt(code, old, new):
    """Replace one piece of a right answer, which has to be there once."""
    assert code.count(old) == 1, (code.count(old), old)
    return code.replace(old, new)


def passes(question, function):
    """Check a function at three seeds."""
    with quiet():
        for seed in (0, 7, 2024):
            question.check(function, seed=seed)


# --- what is right, by Keras and by counting ------------------------------------------


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("convcourse.tf").keras


@pytest.mark.slow
def test_the_references_are_the_layers_of_keras(keras):
    for _, (x, w, g) in itertools.islice(ch08.q2.cases(np.random.default_rng(1)), 9):
        layer = keras.layers.Conv2D(w.shape[3], w.shape[:2], groups=g, use_bias=False)
        layer.build(x.shape)
        layer.set_weights([w])
        np.testing.assert_allclose(
            layer(x.astype("float32")).numpy(), ch08.q2.reference(x, w, g), atol=1e-3
        )
    for _, (x, d) in ch08.q4.cases(np.random.default_rng(2)):
        size, m = d.shape[:2], d.shape[3]
        layer = keras.layers.DepthwiseConv2D(size, depth_multiplier=m, use_bias=False)
        layer.build(x.shape)
        layer.set_weights([d])
        np.testing.assert_allclose(
            layer(x.astype("float32")).numpy(), ch08.q4.reference(x, d), atol=1e-3
        )
    for _, (x, d, p, b) in ch08.q5.cases(np.random.default_rng(3)):
        layer = keras.layers.SeparableConv2D(
            len(b), d.shape[:2], depth_multiplier=d.shape[3]
        )
        layer.build(x.shape)
        layer.set_weights([d, p, b])
        truth = ch08.q5.reference(x, d, p, b)
        np.testing.assert_allclose(
            layer(x.astype("float32")).numpy(), truth, rtol=1e-5, atol=1e-3
        )
        merged = keras.layers.Conv2D(len(b), d.shape[:2])
        merged.build(x.shape)
        merged.set_weights([ch08.q6.reference(d, p), b])
        np.testing.assert_allclose(
            merged(x.astype("float32")).numpy(), truth, rtol=1e-5, atol=1e-3
        )


@pytest.mark.slow
def test_the_prices_of_question_1_are_those_of_keras(keras):
    layers, q1 = keras.layers, ch08.q1
    a = layers.Conv2D(96, 5, strides=2, padding="same", groups=3)
    b = layers.SeparableConv2D(40, 3, depth_multiplier=2)
    c = layers.DepthwiseConv2D(7)
    for layer, channels in ((a, 12), (b, 24), (c, 10)):
        layer.build((None, 20, 30, channels))
    assert a.kernel.shape == tuple(q1.truth("kernels"))
    assert a.compute_output_shape((1, 20, 30, 12)) == (1, 10, 15, 96)
    assert q1.truth("macs_a") == 10 * 15 * np.prod(a.kernel.shape)
    counts = [layer.count_params() for layer in (a, b, c)]
    assert counts == [q1.truth(f"parameters_{name}") for name in "abc"]
    dearer = [
        layers.SeparableConv2D(n, 3, depth_multiplier=4, use_bias=False)
        for n in range(1, 20)
    ]
    for layer in dearer:
        layer.build((None, 9, 9, 7))
    cheap = [n for n, layer in enumerate(dearer, 1) if layer.count_params() < 9 * 7 * n]
    assert cheap == list(range(int(q1.truth("fewest")), 20))


@pytest.mark.slow
@pytest.mark.parametrize("rows", [ch08.HEAVY, ch08.MOBILE, ch08.LIGHT])
def test_a_budget_is_counted_as_by_keras(rows, keras):
    images = x = keras.Input((*ch08.START[:1] * 2, ch08.START[1]))
    macs = []
    for n, k, s, g, deal in rows:
        layer = keras.layers.Conv2D(n, k, s, "same", groups=g, use_bias=False)
        x = layer(x)
        macs.append(x.shape[1] * x.shape[2] * layer.count_params())
        shape = x.shape[1:3]
        x = keras.layers.Reshape((*shape, deal, n // deal))(x)
        x = keras.layers.Permute((1, 2, 4, 3))(x)
        x = keras.layers.Reshape((*shape, n))(x)
    model = keras.Model(images, x)
    weights, products = np.sum(ch08._price(rows), axis=0)
    assert model.count_params() == weights and sum(macs) == products
    assert model.output_shape == (None, ch08.GOAL[0], ch08.GOAL[0], ch08.GOAL[1])
    # ones as weights: an output is above 0 only for an input on which it depends
    model.set_weights([np.ones_like(w) for w in model.get_weights()])
    reached = np.zeros(ch08.GOAL[1], int)
    for channel in range(ch08.START[1]):
        one = np.zeros((1, 32, 32, 32), "float32")
        one[..., channel] = 1
        reached += model.predict(one, verbose=0)[0, 4, 4] > 0
    np.testing.assert_array_equal(reached, ch08._reads(rows))
    rows_seen = [
        i
        for i in range(32)
        if model.predict(np.eye(32, dtype="float32")[i][None, :, None, None]
                         * np.ones((1, 32, 32, 32), "float32"), verbose=0)[0, 4, 4, 0]
        > 0
    ]  # fmt: skip
    whole = ch08._field(rows)
    assert rows_seen[-1] - rows_seen[0] + 1 == min(whole, rows_seen[-1] + 1)


def test_the_four_layers_are_what_they_are_called():
    words = {}
    for name, w in ch08.four_layers().items():
        pairs = itertools.product(range(2), range(3))
        single = max(np.linalg.matrix_rank(w[:, :, c, o]) for c, o in pairs)
        table = max(np.linalg.matrix_rank(w[:, :, c].reshape(9, 3)) for c in range(2))
        words[f"layer_{name}"] = {
            (True, True): "both",
            (True, False): "spatially",
            (False, True): "depthwise",
        }.get((single == 1, table == 1), "neither")
        assert w.all()
    assert words == {name: ch08.q7.parts[name] for name in words}
    assert len(set(words.values())) == 4


# --- question 1 ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "answer", "words"),
    [
        ("kernels", (5, 5, 4), "kernels: it has 3 entries; that is too few"),
        ("kernels", "5 5 4 96", "kernels: this cannot be used"),
        ("kernels", (5, 5, 4, 32), "that is one group alone"),
        ("parameters_a", 28896, "that is the layer without groups"),
        ("parameters_a", 9600, "the biases are missing"),
        ("parameters_a", 9695, "parameters_a: it is 9695"),
        ("macs_a", 9600 * 600, "you count every place of the input"),
        ("parameters_b", 2352, "the biases are missing"),
        ("parameters_c", 4910, "that is an ordinary layer"),
        ("ratio", 0.0204, "where the ratio goes for very many outputs"),
        ("ratio", 0.03, "ratio: it is 0.03"),
        ("ratio", 35.44, "ratio: it is 35.44"),
        ("fewest", 7.2, "fewest: it is 7.2"),
        ("fewest", 9, "fewest: it is 9"),
        ("order", "04152637", "order: this cannot be used"),
        ("order", [1, 5, 2, 6, 3, 7, 4, 8], "the channels are counted from 0"),
        ("macs_a", 2 * 1440000, "twice too many"),
    ],
)
def test_the_mistakes_by_hand_are_told(part, answer, words):
    answers = {name: ch08.q1.truth(name) for name in ch08.q1.parts}
    assert words in told(ch08.q1, *{**answers, part: answer}.values())


# --- question 2 ------------------------------------------------------------------------

ORDINARY = made(
    "ordinary",
    "def ordinary(x, w):\n"
    "    view = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], (1, 2))\n"
    "    return np.einsum('nijcab,abco->nijo', view, w)\n",
)
GROUPED = """
def grouped(x, w, g):
    C, N = x.shape[3], w.shape[3]
    if C % g or N % g or w.shape[2] != C // g:
        raise ValueError("groups")
    c, n = C // g, N // g
    maps = []
    for i in range(g):
        block = x[..., i * c : (i + 1) * c]
        kernels = w[..., i * n : (i + 1) * n]
        maps.append(ordinary(block, kernels))
    return np.concatenate(maps, axis=-1)
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("x[..., i * c : (i + 1) * c]", "x[..., i::g]", "take the inputs in turns"),
        ("x[..., i * c : (i + 1) * c]", "x[..., :c]", "read the first block of inputs"),
        ("x[..., i * c : (i + 1) * c]", "x[..., i : i + c]", ""),
        ("w[..., i * n : (i + 1) * n]", "w[..., i::g]", "Your outputs belong to the"),
        ("w[..., i * n : (i + 1) * n]", "w[..., :n]", "the kernels of the first one"),
        ("w[..., i * n : (i + 1) * n]", "w", "uses all kernels"),
        ("w[..., i * n : (i + 1) * n]", "w[::-1, ::-1, :, i * n : (i + 1) * n]",
         "Your kernels are flipped"),
        ("np.concatenate(maps, axis=-1)", "np.concatenate(maps)", "You join the groups"),
        ("np.concatenate(maps, axis=-1)", "np.array(maps)", "an axis of their own"),
        ("np.concatenate(maps, axis=-1)", "maps", "an axis of their own"),
        ("np.concatenate(maps, axis=-1)", "sum(maps)", "You add the groups up"),
        ("np.concatenate(maps, axis=-1)", "maps[-1]", "Only the last group"),
        ("    return np", "        return np", "Only the first group"),
        ("return np.concatenate(maps, axis=-1)", "maps", "gives back nothing"),
        ("return np.concatenate(maps, axis=-1)", "print(maps)", "It prints its result"),
        ("np.concatenate(maps, axis=-1)", "np.concatenate(maps, -1)[:1]",
         "Only the first image"),
        ("C % g or N % g or ", "", "a ValueError is wanted; an array came"),
        ("C % g or ", "", "a ValueError"),
        (" or w.shape[2] != C // g", "", "PASS"),  # the sum raises it
        ('raise ValueError("groups")', "return None", "a ValueError is wanted; nothing"),
        ('raise ValueError("groups")', 'raise TypeError("groups")',
         "a ValueError is wanted; TypeError"),
        ('raise ValueError("groups")', "assert 0", "a ValueError is wanted; Assertion"),
        ("ordinary(block, kernels)", "ordinary(block.astype('uint8'), kernels)", ""),
        ("ordinary(block, kernels)", "ordinary(block, kernels.astype('int8'))", ""),
        ("ordinary(block, kernels)", "ordinary(block[:, ::2], kernels)", "shape"),
        ("ordinary(block, kernels)", "ordinary(block, kernels) / g",
         "You divide by the number of groups"),
        ("ordinary(block, kernels)", "ordinary(block, kernels.swapaxes(0, 1))", ""),
        ("    maps = []", "    x -= x.mean()\n    maps = []", ""),
        ("    maps = []", "    x *= 1.0\n    maps = []", "It raises UFuncTypeError"),
        ("range(g)", "range(1, g)", ""),
        ("range(g)", "range(2)", ""),
        ("range(g)", "range(C)", ""),
        ("np.concatenate(maps, axis=-1)", "np.concatenate(maps, -1).astype(x.dtype)",
         "lose their fractions"),
        ("np.concatenate(maps, axis=-1)", "np.concatenate(maps, -1, dtype=w.dtype, "
         "casting='unsafe')", "lose their fractions"),
        ("kernels)", "kernels.astype(x.dtype))", "lose their fractions"),
        ("kernels)", "kernels.astype('float32'))", "PASS"),
        ("c, n = C // g, N // g", "c, n = g, g", ""),
        ("c, n = C // g, N // g", "c, n = C / g, N / g", "It raises TypeError"),
    ],
)  # fmt: skip
def test_the_mistakes_with_groups_are_told(old, new, words):
    passes(ch08.q2, made("grouped", GROUPED, ordinary=ORDINARY))
    wrong = made("grouped", spoilt(GROUPED, old, new), ordinary=ORDINARY)
    if words == "PASS":
        passes(ch08.q2, wrong)
    else:
        text = told(ch08.q2, wrong)
        assert words in text, text


# --- question 3 ------------------------------------------------------------------------

BACK = """
def unshuffle(y, g):
    if y.shape[-1] % g:
        raise ValueError("g")
    table = y.reshape(*y.shape[:-1], y.shape[-1] // g, g)
    return np.swapaxes(table, -1, -2).reshape(y.shape)
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("y.shape[-1] // g, g)", "g, y.shape[-1] // g)", "You shuffle a second time"),
        ("np.swapaxes(table, -1, -2)", "table", "Nothing has moved"),
        ("np.swapaxes(table, -1, -2)", "table.T", ""),
        ("np.swapaxes(table, -1, -2)", "np.swapaxes(table, 0, 1)", ""),
        ("np.swapaxes(table, -1, -2)", "table[..., ::-1]", ""),
        ("np.swapaxes(table, -1, -2)", "np.swapaxes(table, -1, -2)[..., ::-1]", ""),
        (".reshape(y.shape)", "", "still a table with two axes"),
        (".reshape(y.shape)", ".ravel()", "One long list"),
        (".reshape(y.shape)", ".reshape(y.shape)[::-1]", ""),
        ("y.shape[-1] // g, g)", "y.shape[-1] // 2, 2)", ""),
        ("*y.shape[:-1], y", "y.shape[0], y", ""),
        ("    if y.shape[-1] % g:\n        raise ValueError(\"g\")\n", "",
         "PASS"),
        ("raise ValueError(\"g\")", "return y", "a ValueError is wanted"),
        ("return np", "np", "gives back nothing"),
        ("np.swapaxes(table, -1, -2).reshape(y.shape)",
         "np.sort(y, axis=-1)", "You sort the values"),
        ("np.swapaxes(table, -1, -2).reshape(y.shape)", "np.roll(y, g)", ""),
        ("np.swapaxes(table, -1, -2).reshape(y.shape)",
         "np.array([0, 2, 4, 1, 3, 5])", ""),
        ("    table", "    y[...] = y[..., ::-1]\n    table", "also writes into"),
    ],
)  # fmt: skip
def test_the_mistakes_with_the_shuffle_are_told(old, new, words):
    passes(ch08.q3, made("unshuffle", BACK))
    wrong = made("unshuffle", spoilt(BACK, old, new))
    if words == "PASS":  # reshape raises the ValueError by itself
        passes(ch08.q3, wrong)
    else:
        text = told(ch08.q3, wrong)
        assert words in text, text


def test_the_shuffle_of_the_course_is_no_answer():
    from convcourse import ops

    def unshuffle(y, g):
        return ops.channel_shuffle(y, y.shape[-1] // g)

    assert "channel_shuffle does the work" in told(ch08.q3, unshuffle)


# --- question 4 ------------------------------------------------------------------------

DEPTHWISE = """
def depthwise(x, d):
    from scipy.signal import correlate2d
    kh, kw, C, M = d.shape
    B, H, W, _ = x.shape
    y = np.zeros((B, H - kh + 1, W - kw + 1, C * M))
    for n in range(B):
        for c in range(C):
            for m in range(M):
                image, k = x[n, :, :, c], d[:, :, c, m]
                y[n, :, :, c * M + m] = correlate2d(image, k, "valid")
    return y
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("c * M + m]", "m * C + c]", "The right maps come in another order"),
        ("c * M + m]", "c + m]", ""),
        ("c * M + m]", "c * m]", ""),
        ("c * M + m]", "c]", ""),
        ("c * M + m] =", "c * M + m] +=", "PASS"),
        ("d[:, :, c, m]", "d[:, :, c, 0]", ""),
        ("d[:, :, c, m]", "d[:, :, 0, m]", "the kernels of channel 0"),
        ("d[:, :, c, m]", "d[::-1, ::-1, c, m]", "Your kernels are flipped"),
        ("d[:, :, c, m]", "d[:, :, m, c]", "It raises IndexError"),
        ("d[:, :, c, m]", "d[c, m]", ""),
        ("x[n, :, :, c]", "x[n, :, :, 0]", "All your kernels read channel 0"),
        ("x[n, :, :, c]", "x[0, :, :, c]", ""),
        ("x[n, :, :, c]", "x[n, :, :, c].T", ""),
        ("x[n, :, :, c]", "x[n, :, :, m]", ""),
        ('"valid"', '"same"', "It raises ValueError"),
        ('"valid"', '"full"', "It raises ValueError"),
        ("correlate2d(image, k,", "correlate2d(k, image,", ""),
        ("C * M))", "C * M), dtype=int)", "they are cut off"),
        ("C * M))", "C * M), dtype='float32')", "PASS"),
        ("C * M))", "C * M), x.dtype)", "lose their fractions"),
        ("C * M))", "C * M), d.dtype)", "lose their fractions"),
        ("C * M))", "C * M), np.result_type(x, d))", "PASS"),
        ("image, k = x[n, :, :, c],", "image, k = x[n, :, :, c].astype(d.dtype),", ""),
        ("C * M))", "C * M), dtype='float16')", ""),
        ("C * M))", "C * M), dtype='int8')", ""),
        ("C * M))", "M))", "It raises IndexError"),
        ("return y", "return y.reshape(B, H - kh + 1, W - kw + 1, C, M)",
         "an axis each in your result"),
        ("return y", "return y.tolist()", "PASS"),
        ("return y", "return y[0]", ""),
        ("return y", "print(y)", "It prints its result"),
        ("    return y", "        return y", "Only the first image"),
        ("return y", "d *= 0\n    return y", "changes what it is given"),
    ],
)  # fmt: skip
def test_the_mistakes_with_depthwise_are_told(old, new, words):
    passes(ch08.q4, made("depthwise", DEPTHWISE))
    wrong = made("depthwise", spoilt(DEPTHWISE, old, new))
    if words == "PASS":
        passes(ch08.q4, wrong)
    else:
        text = told(ch08.q4, wrong)
        assert words in text, text


def test_maps_that_are_larger_than_the_input_are_told():
    correlate2d = pytest.importorskip("scipy.signal").correlate2d

    def depthwise(x, d):
        pairs = list(np.ndindex(d.shape[2:]))
        maps = [[correlate2d(i[..., c], d[:, :, c, m]) for i in x] for c, m in pairs]
        return np.moveaxis(maps, 0, -1)

    assert 'if they are not told "valid"' in told(ch08.q4, depthwise)


@pytest.mark.parametrize("digits", [2, 3])
def test_rounded_shares_are_right(digits):
    kept = np.round(ch08._kept()(), digits)
    with quiet():
        ch08.q7.check(*with_part(ch08.q7, "kept", kept))
        ch08.q8.check(*with_part(ch08.q8, "share", round(0.90459, digits)))


# --- question 5 ------------------------------------------------------------------------

BROKEN = """
def separable(x, d, p, b):
    from scipy import signal
    C, M = d.shape[2:]
    maps = []
    for m in range(M):
        for c in range(C):
            maps.append([signal.convolve2d(i[..., c], d[c, m], "valid") for i in x])
    maps = np.maximum(np.moveaxis(maps, 0, -1), 0)
    y = 0
    for j in range(C * M):
        y = y + maps[..., j : j + 1] * p[0, 0, j] + b
    return y
"""
LOOPS = "    for m in range(M):\n        for c in range(C):\n"
TURNED = "    for c in range(C):\n        for m in range(M):\n"
MENDED = {
    "index": ("d[c, m]", "d[:, :, c, m]"),
    "flip": ("convolve2d", "correlate2d"),
    "order": (LOOPS, TURNED),
    "relu": ("np.maximum(np.moveaxis(maps, 0, -1), 0)", "np.moveaxis(maps, 0, -1)"),
    "bias": ("p[0, 0, j] + b\n    return y", "p[0, 0, j]\n    return y + b"),
}


def repaired(*faults):
    """Return the layer with these faults left."""
    code = BROKEN
    for fault, (old, new) in MENDED.items():
        code = code if fault in faults else spoilt(code, old, new)
    return code


def test_the_text_shows_this_layer():
    source = Path(__file__).parents[1] / "sources" / "exercises"
    (source,) = source.glob("08_*.py")
    body = BROKEN.partition("    C, M")[2].replace("i[...", "image[...")
    body = body.replace("for i in x", "for image in x")
    shown = source.read_text(encoding="utf-8").partition("def broken(")[2]
    assert "".join(body.split()).rstrip() in "".join(
        line.partition("  #")[0] for line in shown.split("\n")
    ).replace(" ", "")


@pytest.mark.parametrize("many", [1, 2, 3, 4])
def test_half_repaired_layers_are_told_what_is_left(many):
    passes(ch08.q5, made("separable", repaired()))
    for some in itertools.combinations(ch08.FAULTS, many):
        text = told(ch08.q5, made("separable", repaired(*some)))
        assert f"{ch08.NUMBER[many]} left" in text and ch08.FAULTS[some[0]] in text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (BROKEN, "d[c, m] takes rows and columns"),
        (repaired("index"), "d[c, m] takes rows and columns"),
        (repaired("index", "relu"), "d[c, m] takes rows and columns"),
        (repaired("index", "flip", "order"), "d[c, m] takes rows and columns"),
        (repaired().replace("d[:, :, c, m]", "d[:, :, m, c]"), "for that of the channels"),
        (repaired().replace(" + b", ""), "Now the bias is not added at all"),
        (repaired().replace("y + b", "(y + b).astype(x.dtype)"), "lose their fractions"),
        (repaired().replace("y + b", "(y + b).astype(p.dtype)"), "lose their fractions"),
        (repaired().replace("maps, 0, -1)", "maps, 0, -1).astype(x.dtype)"),
         "lose their fractions"),
        (repaired().replace("maps, 0, -1)", "np.array(maps, d.dtype), 0, -1)"),
         "lose their fractions"),
        (repaired().replace("+ b", "+ b[0]"), ""),
        (repaired().replace("+ b", "- b"), ""),
        (repaired().replace("p[0, 0, j]", "p[0, 0, j, 0]"), ""),
        (repaired().replace("p[0, 0, j]", "p[0, 0, 0]"), ""),
        (repaired().replace("return y + b", "return maps"), "the depthwise step alone"),
        (repaired().replace("return y + b", "return np.maximum(y + b, 0)"), "moved the"),
        (repaired().replace('"valid"', '"same"'), "shape"),
        (repaired().replace("return y + b", "y + b"), "gives back nothing"),
        (repaired().replace("np.moveaxis(maps, 0, -1)", "np.array(maps)"), ""),
        (repaired().replace("np.moveaxis(maps, 0, -1)", "np.moveaxis(maps, 0, -1)+b"),
         ""),
    ],
)  # fmt: skip
def test_other_repairs_are_told(code, words):
    text = told(ch08.q5, made("separable", code))
    assert words in text, text


# --- question 6 ------------------------------------------------------------------------

MERGE = """
def merge(d, p):
    kh, kw, C, M = d.shape
    N = p.shape[3]
    w = np.zeros((kh, kw, C, N))
    for c in range(C):
        for m in range(M):
            for o in range(N):
                w[:, :, c, o] += d[:, :, c, m] * p[0, 0, c * M + m, o]
    return w
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("c * M + m, o", "m * C + c, o", "You take the maps in another order"),
        ("c * M + m, o", "c, o", ""),
        ("c * M + m, o", "m, o", "the first M rows of p"),
        ("+=", "=", "Only the way through the last map"),
        ("* p", "+ p", "You add the weights of the two steps"),
        ("range(M)", "range(1)", "Only the way through the first map"),
        ("return w", "return w / M", "the mean over the kernels"),
        (
            "return w",
            "return w.transpose(0, 1, 3, 2)",
            "The axes come in another order",
        ),
        ("return w", "return w[::-1, ::-1]", "Your kernels are flipped"),
        ("return w", "return w.sum(axis=2)", "You add over the channels too"),
        ("return w", "return w[0]", ""),
        ("return w", "return w.shape", ""),
        ("(kh, kw, C, N))", "(kh, kw, C, N), int)", "It raises UFuncTypeError"),
        ("return w", "return w.astype(d.dtype)", "lose their fractions"),
        ("return w", "return w.astype(p.dtype)", "lose their fractions"),
        ("d[:, :, c, m]", "d[:, :, m, c]", ""),
        ("d[:, :, c, m]", "d[:, :, 0, m]", "the depthwise kernels of channel 0"),
        ("d[:, :, c, m]", "d[:, :, c, 0]", ""),
        ("    return w", "        return w", ""),
    ],
)
def test_the_mistakes_with_the_merged_layer_are_told(old, new, words):
    passes(ch08.q6, made("merge", MERGE))
    text = told(ch08.q6, made("merge", spoilt(MERGE, old, new)))
    assert words in text, text


# --- questions 7 and 8 -----------------------------------------------------------------


def with_part(question, part, answer):
    """Return right answers to a question, but for one part."""
    answers = {name: question.truth(name) for name in question.parts}
    assert part in answers
    return {**answers, part: answer}.values()


@pytest.mark.parametrize(
    ("part", "answer", "words"),
    [
        ("split", [2, -1, 3, 5, 4, -7], "two lists of three numbers"),
        ("split", [[2, -1, 3], [5, 4, 7]], "6 of nine numbers agree"),
        ("split", [[-2, 1, -3], [5, 4, -7]], "all signs the other way round"),
        ("split", [[10, 8, -14], [1, -0.5, 1.5]], "column and row are exchanged"),
        ("split", [[[2], [-1], [3]], [[5, 4, -7]]], "this cannot be used"),
        ("split", np.full((2, 3), np.nan), "0 of nine numbers agree"),
        ("split", [[2, -1, 3], [5, 4, -7.01]], "6 of nine numbers agree"),
        ("ranks", [1, 2, 3], "ranks: it has 3 entries"),
        ("ranks", 2, "ranks: it is a single number"),
        ("layer_a", "spatial", "choose one of 'both', 'depthwise', 'neither'"),
        ("layer_a", True, "choose one of"),
        ("layer_d", "both", "neither of the two follows from the other"),
        ("least", 3, "least: it is 3"),
        ("least", 9, "least: it is 9"),
        ("kept", 0.39, "kept: it is a single number"),
        ("kept", 100 * ch08._kept()(), "kept"),
        ("kept", np.sort(ch08._kept()()), "kept"),
        ("kept", 0.01 + ch08._kept()(), "kept"),
        ("needed", 3, "in the mean over the channels"),
        ("needed", 8, "needed: it is 8"),
        ("price", 5 * 1152, "price: it is 5760"),
        ("price", 1152, "that is the layer as it was"),
    ],
)
def test_the_mistakes_about_two_meanings_are_told(part, answer, words):
    text = told(ch08.q7, *with_part(ch08.q7, part, answer))
    assert f"{part}: " in text and words in text, text


D, P = (32, 3, 2, 32, 1), (64, 1, 1, 4, 4)


@pytest.mark.parametrize(
    ("part", "answer", "words"),
    [
        ("heavy_macs", 28311552 // 2, "heavy_macs: it is"),
        ("heavy_macs", 2 * 28311552, "or two for each MAC"),
        ("share", 0.92, "share of the weights"),
        ("share", 0.89, "share: it is 0.89"),
        ("mobile_macs", 3_145_728, "these are the pointwise layers"),
        ("share", 0.85, "share: it is"),
        ("per_value", 12.5, "a single number"),
        ("per_value", [12.5, 800, 32], "per_value"),
        ("waits", "memory", "choose one of"),
        ("time_share", "equal", "section 10 has measured it"),
        ("network", [], "a list of rows"),
        ("network", 3, "a list of rows"),
        ("network", [D, P[:4]], "this cannot be used"),
        ("network", [("conv", 3, 2, 32, 1)], "this cannot be used"),
        ("network", [(32, 3, 2.5, 32, 1)], "its numbers are to be whole"),
        ("network", [(32, np.nan, 2, 32, 1)], "its numbers are to be whole"),
        ("network", [(32, np.inf, 2, 32, 1)], "its numbers are to be whole"),
        ("network", [(32, 3, 2, 0, 1)], "all numbers are 1 or more"),
        ("network", [(10**9, 3, 2, 1, 1)], "N at most 1024"),
        ("network", [(-64, 3, 2, 1, 1)], "all numbers are 1 or more"),
        ("network", [(32, 3, 4, 32, 1)], "a stride is 1 or 2"),
        ("network", [(32, 1, 2, 32, 1)], "no larger than the kernel"),
        ("network", [D, (64, 1, 1, 3, 1)], "3 groups do not divide 32 inputs"),
        ("network", [D, (64, 1, 1, 4, 5)], "a shuffle of 5 groups"),
        ("network", [D, P], "it ends in 16 x 16 pixels with 64 channels"),
        ("network", [D, (32, 3, 2, 32, 1), (128, 9, 1, 1, 1)], "weights are too many"),
        ("network", [(64, 3, 1, 32, 1), *ch08.LIGHT[2:]], "it ends in 16 x 16"),
        ("network", [(32, 7, 1, 32, 1), *ch08.LIGHT], "MACs are too many"),
        ("network", ch08.LIGHT[:5], "sees 15 x 15 pixels"),
        ("network", [(*row[:4], 1) for row in ch08.LIGHT], "never exchange a channel"),
        (
            "network",
            [(*row[:4], 2 if row[3] == 4 else 1) for row in ch08.LIGHT],
            "an output depends on 16 of 32 input channels",
        ),
    ],
)
def test_the_mistakes_of_the_project_are_told(part, answer, words):
    text = told(ch08.q8, *with_part(ch08.q8, part, answer))
    assert f"{part}: " in text and words in text, text


def test_the_limits_of_the_budget_are_as_the_text_says():
    """Just within the limits is right, a little beyond is not."""
    source = Path(__file__).parents[1] / "sources" / "exercises"
    (source,) = source.glob("08_*.py")
    text = source.read_text(encoding="utf-8")
    for name, most in ch08.MOST.items():
        assert f"**{most:,} {name}**" in text
    assert f"**{ch08.SEEN} × {ch08.SEEN}**" in text
    assert ch08._field(ch08.HEAVY) == ch08.SEEN
    for rows in (ch08.HEAVY, ch08.MOBILE):
        for row in rows:
            assert str(row) in text


def test_an_open_row_is_no_attempt():
    with pytest.raises(NotAttempted):
        ch08.q8.check(*with_part(ch08.q8, "network", [(32, 3, 2, 32, 1), ...]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "keras.layers.DepthwiseConv2D(d.shape[:2], depth_multiplier=d.shape[3])",
        "keras.ops.depthwise_conv(x.astype('float32'), d.astype('float32'))",
    ],
)
def test_a_layer_of_keras_is_no_answer(line, keras):
    code = DEPTHWISE.replace("return y", f"{line}\n    return y")
    text = told(ch08.q4, made("depthwise", code, keras=keras))
    assert "does the work" in text
