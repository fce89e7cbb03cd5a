"""The exercises of chapter 07: their oracles, and mistakes as learners write them."""

import numpy as np
import pytest
from convcourse import datasets
from convcourse.checks import CheckFailed, ch07, quiet
from convcourse.experiments import enlarging
from lookup import lookup, photographs
from scipy import ndimage, signal
from test_exercises import CHAPTERS, flat, told

(CHAPTER,) = (chapter for chapter in CHAPTERS if chapter.name.startswith("07"))


def given(*cells):
    """Run locked cells of the notebook; return what they define."""
    space = {"np": np}
    for cell in cells:
        exec(CHAPTER.cell(cell).source, space)
    return space


def written(code, *changes):
    """Return the function of a piece of code, with some of its text changed."""
    for old, new in changes:
        assert old in code, old
        code = code.replace(old, new)
    space = {"np": np}
    exec(code, space)
    return space[code.partition("def ")[2].partition("(")[0]]


# --- oracles -------------------------------------------------------------------------


def test_the_stamps_are_the_adjoint_of_a_layer():
    for _, (y, w, s) in ch07.q2.cases(np.random.default_rng(3)):
        if y.shape[-1] != w.shape[-1]:
            continue
        up = ch07.q2.reference(y, w, s)
        x = np.random.default_rng(4).normal(size=up.shape)
        down = [
            sum(
                signal.correlate2d(x[..., o], w[..., o, c], "valid")
                for o in range(w.shape[2])
            )[:: s[0], :: s[1]]
            for c in range(w.shape[3])
        ]
        assert np.isclose(np.vdot(np.stack(down, -1), y), np.vdot(x, up))


@pytest.mark.slow
def test_stamps_and_lengths_are_those_of_keras():
    keras = pytest.importorskip("convcourse.tf").keras
    for _, (y, w, s) in ch07.q2.cases(np.random.default_rng(5)):
        if y.shape[-1] != w.shape[-1]:
            continue
        layer = keras.layers.Conv2DTranspose(
            w.shape[2], w.shape[:2], s, use_bias=False, output_padding=None
        )
        x = layer(y[None].astype("float32") * 0).numpy()
        layer.set_weights([w.astype("float32")])
        x = layer(y[None].astype("float32")).numpy()[0]
        truth = ch07.q2.reference(y, w, s)
        ours = x[: truth.shape[0], : truth.shape[1]]  # Keras: a gap at the end too
        np.testing.assert_allclose(ours, truth, rtol=1e-4, atol=1e-3)
        assert not x[truth.shape[0] :].any() and not x[:, truth.shape[1] :].any()
    for _, (n, k, s, padding, a) in ch07.q3.cases(np.random.default_rng(6)):
        if isinstance(padding, int) or (a is not None and a >= s):
            continue
        if (padding, a, k % 2) == ("same", 0, 0):
            continue
        layer = keras.layers.Conv1DTranspose(1, k, s, padding, output_padding=a)
        shape = layer(np.zeros((1, n, 1), "float32")).shape
        assert shape[1] == ch07.q3.reference(n, k, s, padding, a)


def test_the_candidates_of_question_5_are_those_of_the_check():
    space = given("q5-given", "q5-given-2", "q5-given-3")
    np.testing.assert_array_equal(space["x"], ch07.X5)
    np.testing.assert_array_equal(space["y"], ch07.Y5)
    for letter, matrix in ch07._ups().items():
        up = space[f"up_{letter}"]
        made = np.array([up(unit) for unit in np.eye(4)]).T
        np.testing.assert_allclose(up(ch07.Y5), matrix @ ch07.Y5, atol=1e-9)
        if (
            letter != "b" and letter != "c"
        ):  # what is averaged or lost hangs on overlaps
            np.testing.assert_allclose(made, matrix, atol=1e-9)
    gaps = ch07._gaps()
    assert np.count_nonzero(np.abs(gaps) > 1) == 5 and len(set(gaps.round(3))) == 6


def test_question_6_measures_what_the_chapter_measures():
    rng = np.random.default_rng(0)
    for k in (2, 3, 4, 5, 6):
        w = rng.normal(size=(k, k))
        wide = np.zeros((31, 31))
        wide[::2, ::2] = 1
        picture = signal.convolve2d(wide, w)[: 2 * 16, : 2 * 16]
        energy = enlarging.parity_energy(picture, 8)
        assert np.isclose(ch07.q6.reference(w, (2, 2)), energy)


def test_the_photograph_of_question_8_is_that_of_the_check():
    coffee = enlarging.unseen()[1][0, :, :, 0].astype(float)
    photo = datasets.degraded(coffee, blur=ch07.PATH, noise=ch07.NOISE)
    np.testing.assert_allclose(ch07._photo()[0], photo.x, atol=1e-7)
    np.testing.assert_allclose(ch07._photo()[1], photo.y, atol=1e-7)
    assert np.isclose(ch07._psnr(photo.x), enlarging.psnr(photo.x, photo.y, 16))
    for line in (
        "path[1, :5], path[2, 5], path[3, 6:8] = 0.1, 0.1, 0.2",
        "noise=0.005",
    ):
        assert line in CHAPTER.cell("q8-given").source


def test_the_bound_of_question_8_lies_between_a_mistake_and_the_right_way():
    ranked = sorted(ch07._psnr(ch07._wiener(c)) for c in ch07.CS)
    won = np.array(ranked) - ch07._psnr(ch07._photo()[0])
    assert won[-1] > ch07.WON + 0.5 and won[-2] < ch07.WON - 3
    text = flat(CHAPTER.cell("q8-restore").source)
    assert f"at least {ch07.WON} dB closer" in text
    assert f"it may win {ch07.BEHIND} dB less than Wiener's filter" in text
    assert f"at least {ch07.WON_ELSEWHERE:g} dB closer." in text


def test_wiener_solves_the_normal_equations():
    """C'C x + c x = C'y, with C a convolution on a ring, by SciPy."""
    from scipy import ndimage

    y, x, c = ch07._photo()[0], ch07._wiener(0.01), 0.01
    blurred = ndimage.convolve(x, ch07.PATH, mode="wrap")
    left = ndimage.correlate(blurred, ch07.PATH, mode="wrap") + c * x
    right = ndimage.correlate(y, ch07.PATH, mode="wrap")
    np.testing.assert_allclose(left, right, atol=1e-9)


# --- question 2 ----------------------------------------------------------------------

STAMP = """
def stamp(y, w, s):
    (H, W, C), (kh, kw, F, D) = y.shape, w.shape
    if C != D:
        raise ValueError("channels")
    x = np.zeros(((H - 1) * s[0] + kh, (W - 1) * s[1] + kw, F))
    for i in range(H):
        for j in range(W):
            for o in range(F):
                for c in range(C):
                    p, q = i * s[0], j * s[1]
                    x[p : p + kh, q : q + kw, o] += w[:, :, o, c] * y[i, j, c]
    return x
"""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("+=", "="), "the last one replaces what was there"),
        (
            ("w[:, :, o, c]", "w[:, :, c, o]"),
            "You read the kernels as (kh, kw, in, out)",
        ),
        (("w[:, :, o, c]", "w[::-1, ::-1, o, c]"), "are turned round in your stamps"),
        (("w[:, :, o, c]", "w[:, ::-1, o, c]"), "turned along one of their axes"),
        (("w[:, :, o, c]", "w[:, :, 0, c]"), "made with the first kernel"),
        (("p, q = i * s[0], j * s[1]", "p, q = i, j"), "Your stamps move by one"),
        (("range(C)", "range(1)"), "Only the first channel of y counts"),
        (
            ("    return x", "            return x"),
            "does `return` stand inside the loop",
        ),
        (("    return x", "        return x"), "Only the first row of y is in your"),
        (("H - 1) * s[0]", "H) * s[0]"), "x has the shape (4, 5, 1)"),
        (("return x", "return np.moveaxis(x, -1, 0)"), "The channels come first"),
        (("return x", "return x.astype(y.dtype)"), "Your result has the type of y"),
        (("return x", "return x[None]"), "3 axes are wanted"),
        (("return x", "print(x)"), "hand it back with `return`"),
        (("    return x", "    w[...] = 0\n    return x"), "changes what it is given"),
        (("if C != D", "if False"), "so a ValueError is wanted; an array came"),
        (("ValueError", "TypeError"), "a ValueError is wanted; TypeError"),
        ((", F))", ", F), np.float16)"), "too small"),
        (("range(H)", "range(H - 1)"), "which is too"),
    ],
)
def test_the_mistakes_of_stamping_are_named(change, words):
    with quiet():
        ch07.q2.check(written(STAMP))
    assert words in told(ch07.q2, written(STAMP, change))


def test_strides_are_told_apart():
    change = (("s[0]", "s[9]"), ("s[1]", "s[0]"), ("s[9]", "s[1]"))
    assert "two strides are exchanged" in told(ch07.q2, written(STAMP, *change))
    one = written(STAMP, ("s[0]", "s[1]"))
    assert "one of the two strides for both" in told(ch07.q2, one)


@pytest.mark.parametrize("kind", [np.float32, float, list])
def test_stamps_of_other_types_pass(kind):
    right = written(STAMP)

    def stamp(y, w, s):
        x = right(y, w, s)
        return x.tolist() if kind is list else x.astype(kind)

    with quiet():
        ch07.q2.check(stamp)


def test_a_ready_made_layer_is_no_answer():
    from convcourse import ops

    def stamp(y, w, s):
        return ops.transposed_channels(y[None], w, s, output_padding=0)[0]

    with pytest.raises(CheckFailed, match=r"transposed_channels\s+does\s+the\s+work"):
        ch07.q2.check(stamp)


# --- question 3 ----------------------------------------------------------------------

LENGTH = """
def length_up(n, k, s, padding, a):
    if a is not None and a >= s:
        raise ValueError("a")
    if padding == "same":
        if a is None:
            return n * s
        if k % 2 == 0 and a == 0:
            raise ValueError("even")
        padding = k // 2
    if padding == "valid":
        if a is None:
            return (n - 1) * s + max(k, s)
        padding = 0
    length = (n - 1) * s + k - 2 * padding + (a or 0)
    if length < 1:
        raise ValueError("cut")
    return length
"""
NONE_SAME = ("if a is None:\n            return n", "if not a:\n            return n")
NONE_VALID = (
    "if a is None:\n            return (n",
    "if not a:\n            return (n",
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("if a is None", "if not a"), "you do what None asks for"),
        (NONE_SAME, "you do what None asks for"),
        (NONE_VALID, "you do what None asks for"),
        (
            ("    if a is not", "    a = a or 0\n    if a is not"),
            "None does not mean 0",
        ),
        (("max(k, s)", "k"), "shorter than the stride"),
        (("max(k, s)", "s"), 'You let "valid" give n * s'),
        (("- 2 * padding", "+ 2 * padding"), "You add the padding"),
        (("- 2 * padding", "- padding"), "You cut the padding off once"),
        (("- 2 * padding", ""), "changes nothing in your result"),
        (("h = (n - 1) * s", "h = n * s"), "as many steps as there are stamps"),
        (("padding = k // 2", "padding = (k - 1) // 2"), "is right for odd kernels"),
        (("+ (a or 0)", ""), "The output padding adds nothing"),
        (("+ (a or 0)", "+ 2 * (a or 0)"), "You add the output padding twice"),
        (("+ (a or 0)", "+ a"), "It raises TypeError"),
        (("a >= s", "a > s"), "so a ValueError is wanted"),
        (("k % 2 == 0 and a == 0", "False"), "so a ValueError is wanted"),
        (
            ("k % 2 == 0 and a == 0", "k % 2 == a == 0 < s - 1"),
            "so a ValueError is wanted",
        ),
        (("k % 2 == 0 and a == 0", "k % 2 == 0"), "It raises ValueError: even"),
        (("if length < 1", "if False"), "so a ValueError is wanted; a number came"),
        (("return length", "return [length]"), "a single number is wanted"),
        (("return length", "return str(length)"), "it is a str"),
        (("return length", "print(length)"), "a way that misses the `return`?"),
    ],
)
def test_the_mistakes_of_lengths_are_named(change, words):
    with quiet():
        ch07.q3.check(written(LENGTH))
    assert words in told(ch07.q3, written(LENGTH, change))


# --- question 4 ----------------------------------------------------------------------

SLIDE = """
def to_slide(y, w, s, p, a):
    side = len(w) - 1 - p
    signal = np.zeros(side + (len(y) - 1) * s + 1 + side + a)
    signal[side : side + (len(y) - 1) * s + 1 : s] = y
    return signal, w[::-1]
"""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("w[::-1]", "w"), "The kernel is not turned round"),
        (("len(w) - 1 - p", "p"), "You pad by p"),
        (("len(w) - 1 - p", "len(w) - 1"), "The padding p changes nothing"),
        (("len(w) - 1 - p", "len(w) - p"), "one zero too many at both ends"),
        (("len(w) - 1 - p", "len(w) // 2"), "by half a kernel"),
        (
            ("(len(y) - 1) * s + 1 + side", "len(y) * s + side"),
            "behind the last sample",
        ),
        (("side + a)", "side)"), "The output padding changes nothing"),
        (("side : side +", "side + a : side + a +"), "at the left end"),
        (("+ a)", "+ a, int)"), "Fractions are cut off in your signal"),
        (("signal, w[::-1]", "signal"), "two arrays are wanted"),
        (("signal, w[::-1]", "w[::-1], signal"), "You give the kernel first"),
        (("return signal", "return signal[:, None]"), "one axis each"),
        (("w[::-1]", "list(w).reverse()"), "one axis each"),
        (("= y", "= y[::-1]"), "of the row of signal and kernel"),
        (("    return", "    w *= 1; w[:] = w[::-1].copy()\n    return"), "not turned"),
    ],
)
def test_the_mistakes_of_zeros_are_named(change, words):
    with quiet():
        ch07.q4.check(written(SLIDE))
    assert words in told(ch07.q4, written(SLIDE, change))


def test_who_forgets_both_paddings_is_told_of_the_first():
    neither = written(SLIDE, ("len(w) - 1 - p", "len(w) - 1"), ("side + a)", "side)"))
    assert "The padding p changes nothing" in told(ch07.q4, neither)


# --- question 6 ----------------------------------------------------------------------

ENERGY = """
def chequers(w, s):
    sums = np.zeros(s)
    for a in range(s[0]):
        for b in range(s[1]):
            sums[a, b] = w[a :: s[0], b :: s[1]].sum()
    return np.sum((sums - sums.mean()) ** 2) / np.sum(sums**2)
"""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((".sum()", ".mean()"), "You take the mean of each phase"),
        ((".sum()", ".size"), "You count the weights"),
        (
            ("w[a :: s[0], b :: s[1]]", "w[a :: s[1], b :: s[0]]"),
            "strides are exchanged",
        ),
        (("np.zeros(s)", "np.zeros(s, int)"), "The fractions of your sums are cut off"),
        (("sums.mean()", "w.mean()"), "You take away the mean of the weights"),
        (("np.sum(sums**2)", "np.sum(sums) ** 2"), "You divide by the level"),
        (("np.sum(sums**2)", "np.sum(w**2)"), "energy of the weights"),
        (("a :: s[0], b :: s[1]", "a*s[0]:(a+1)*s[0], b*s[1]:(b+1)*s[1]"), "blocks"),
        (("return ", "return 100 * "), "100 times as large"),
        (("return ", "return sums #"), "a single number is wanted"),
        ((".sum()", ".sum() + 1"), "too small"),
        (("return ", "return 1 - "), "That is the share of the level"),
    ],
)
def test_the_mistakes_of_chequers_are_named(change, words):
    with quiet():
        ch07.q6.check(written(ENERGY))
    assert words in told(ch07.q6, written(ENERGY, change))


# --- values --------------------------------------------------------------------------


def nearly(question, part, value):
    """Return what is told about right answers with one wrong value."""
    answers = {name: question.truth(name) for name in question.parts} | {part: value}
    return told(question, *answers.values())


@pytest.mark.parametrize(
    ("question", "part", "value", "words"),
    [
        ("q1", "stamped", [2, 8, -5, -4, 5, 12], "that is the beginning only"),
        ("q1", "stamped", [2, 8, -4, -1, -4, 2, 3, 12, -6], "too far apart"),
        ("q1", "matrix", (13, 4, 36), "those are the entries that are zero"),
        ("q1", "back", (2, 6), "that is the way down"),
        ("q5", "gaps", [0] * 6, "all entries are 0"),
        ("q5", "fault_a", "flipped", "choose one of"),
        ("q5", "fault_d", "right", "its gap is not 0"),
        ("q5", "blind", np.arange(1, 12), "tells the turned kernel from the right one"),
        ("q5", "blind", [1, 2, 2, 1], "11 numbers are wanted"),
        ("q5", "blind", 1j * np.ones(11), "11 numbers are wanted"),
        ("q7", "lost", [1, 2, 0, 0, 0, 0, 1], "it is not lost: output 2"),
        ("q7", "lost", [1e-9, 2e-9, 0, 0, 0, 0, 0], "a signal of zeros"),
        ("q7", "tight", [1 / 3] * 3, "by what is each sample multiplied"),
        ("q7", "even", [12, 9, 6, 3], "reversed order"),
        ("q7", "rough", np.eye(4), "larger than 0"),
        ("q7", "rough", np.ones((3, 3)), "4 by 4 weights are wanted"),
        ("q7", "smooth", [[1, 2, 1], [2, 3, 2], [1, 2, 1]], "they are to be equal"),
        ("q7", "rule", "sum", "choose one of"),
        ("q8", "best_c", 0.05, "too large"),
        ("q8", "shaken_db", 27.6, "too large"),
        ("q8", "turned_db", 0.047, "how many decibels it wins"),
        ("q8", "weak", 8 / 45, "you transform the kernel alone"),
    ],
)
def test_near_misses_are_named(question, part, value, words):
    assert words in nearly(getattr(ch07, question), part, value)


# --- question 8 ----------------------------------------------------------------------

RESTORE = """
def restore(y, w):
    wide = np.zeros(y.shape)
    wide[:w.shape[0], :w.shape[1]] = w
    H = np.fft.fft2(np.roll(wide, (-(w.shape[0] // 2), -(w.shape[1] // 2)), (0, 1)))
    x = np.fft.ifft2(H.conj() * np.fft.fft2(y) / (np.abs(H) ** 2 + 0.01)).real
    return x
"""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            (("return x", "return 255 * x"),),
            "restore: it is good, but its values go from",
        ),
        (
            (("(-(w.shape[0] // 2), -(w.shape[1] // 2))", "0"),),
            "it is sharp, but moved",
        ),
        (
            (("return x", "return x[1:]"),),
            "image of 200 by 200 is wanted, and float64 of the shape (199, 200) came",
        ),
        ((("return x", "return np.mean(x)"),), "and float64 of the shape () came"),
        # the kernel in the middle of the array, and not in its corner
        ((("return x", "return np.fft.fftshift(x)"),), "it is sharp, but moved"),
        ((("+ 0.01)", "+ 1e-30)"),), "noise is blown up"),
        (
            (("return x", "return np.uint8(np.int64(255 * x))"),),
            "its values go from 0 to 255. Keep 0 to 1",
        ),
        ((("return x", "return x + 0.1j"),), "restore: a real image"),
        ((("return x", "return x * np.nan"),), "not finite"),
        ((("0.01)", "0.1)"),), "restore: its result is 1.4 dB further from the truth"),
        ((("return x", "return x.T"),), "further from the truth"),
        ((("return x", "return 1 - x"),), "further from the truth"),
        ((("H.conj() *", "H *"),), "H stands above the line as it is"),
        ((("return x", "print(x.shape)"),), "restore(y, w) gives back nothing"),
        ((("return x", "return str(x)"),), "its result cannot be used"),
        ((("return x", "y -= 1\n    return x"),), "it changes what it is given"),
        ((("y, w):", "y):"),), "it cannot be called as restore(y, w)"),
        (
            (("np.zeros(y.shape)", "np.zeros((200, 200))"),),
            "Something in it fits the first",
        ),
        (
            (("-(w.shape[0] // 2), -(w.shape[1] // 2)", "-2, -4"),),
            "Something in it fits",
        ),
        (
            (("    wide =", "    w = path\n    wide ="),),
            "by `path`. Use its argument w",
        ),
        ((("    wide =", "    y = shaken\n    wide ="),), "whatever it is given"),
    ],
)
def test_the_mistakes_of_restoring_are_named(changes, words):
    right = written(RESTORE)
    with quiet():
        ch07.q8.check(*values_of_8().values(), right)
    wrong = written(RESTORE, *changes)
    shaken, truth = ch07._photo()
    wrong.__globals__.update(path=ch07.PATH, shaken=shaken, truth=truth)
    text = told(ch07.q8, *values_of_8().values(), wrong)
    assert words in text


def values_of_8():
    """Return the right values of question 8, without the function."""
    parts = (part for part in ch07.q8.parts if part != "restore")
    return {part: ch07.q8.truth(part) for part in parts}


SHAKEN, TRUTH = ch07._photo()
GRAIN = np.random.default_rng(0).normal(0, 1, TRUTH.shape)
# Made from the truth, each of them far better than any filter in the notebook.
CHEATS = {
    "half of it": lambda y, w: 0.5 * TRUTH + 0.5 * y,
    "most of it": lambda y, w: 0.7 * TRUTH + 0.3 * y,
    "half of it and of shaken": lambda y, w: 0.5 * TRUTH + 0.5 * SHAKEN,
    "a little noise": lambda y, w: TRUTH + 0.01 * GRAIN,
    "much noise": lambda y, w: TRUTH + 0.02 * GRAIN,
    "quantised": lambda y, w: np.round(255 * TRUTH) / 255,
    "coarsely quantised": lambda y, w: np.round(16 * TRUTH) / 16,
    "smoothed": lambda y, w: ndimage.gaussian_filter(TRUTH, 0.7),
    "its difference": lambda y, w: y + 0.6 * (TRUTH - SHAKEN),
    "itself": lambda y, w: TRUTH,
    "most pixels": lambda y, w: np.where(np.indices(y.shape).sum(0) % 4, TRUTH, y),
    "cut to size": lambda y, w: np.resize(TRUTH, y.shape),
    "only if it is that photograph": lambda y, w: (
        TRUTH if np.array_equal(y, SHAKEN) else signal.wiener(y)
    ),
    # honest elsewhere, and good enough there, but not as good as is asked for here
    "else by a weak filter": lambda y, w: (
        TRUTH if np.array_equal(y, SHAKEN) else ch07._wiener(0.004, y=y, w=w)
    ),
}


@pytest.mark.parametrize("name", CHEATS)
def test_what_is_made_from_the_truth_does_not_pass(name):
    cheat = CHEATS[name]
    won = ch07._psnr(cheat(SHAKEN, ch07.PATH)) - ch07._psnr(SHAKEN)
    assert won > ch07.WON
    assert ch07.CHEAT in told(ch07.q8, *values_of_8().values(), cheat)
    for seed in (7, 2024):
        with pytest.raises(CheckFailed), quiet():
            ch07.q8.check(*values_of_8().values(), cheat, seed=seed)
    with pytest.raises((AssertionError, ValueError)):
        CHAPTER.hidden("q8", values_of_8() | {"restore": cheat})


def test_a_picture_is_no_function():
    text = told(ch07.q8, *values_of_8().values(), TRUTH)
    assert "the function restore(y, w) is wanted, and a ndarray came" in text


def clipped_inverse(y, w):
    """Divide by H where it is large; elsewhere by 0.2."""
    H = ch07._spectrum(w=w, shape=y.shape)
    size = np.maximum(np.abs(H), 1e-12)
    turned = np.fft.fft2(y) * H.conj() / size
    return np.fft.ifft2(turned / np.maximum(size, 0.2)).real


def wiener(c, power=0):
    """Return Wiener's filter with a number for c, or with one times |L|**power."""

    def restore(y, w):
        laplacian = np.abs(ch07._spectrum(w=ch07.LAPLACIAN, shape=y.shape))
        return ch07._wiener(c * laplacian**power, y=y, w=w)

    return restore


def test_right_ways_restore_what_nobody_has_seen():
    """The bounds of what is drawn have room: twenty seeds for the weakest ways."""
    weak = [clipped_inverse, wiener(0.0065), wiener(0.035)]
    weak += [wiener(0.003, 2), wiener(0.05, 2)]
    ways = [parts["restore"] for parts in CHAPTER.right.VALUES["q8"]] + weak
    won = [ch07._psnr(way(SHAKEN, ch07.PATH)) - ch07._psnr(SHAKEN) for way in ways]
    assert len(ways) >= 9 and min(won) > ch07.WON
    for seed in range(100, 120):
        for scene in ch07._shaken_ones(np.random.default_rng(seed)):
            for way in ways if seed < 104 else weak:
                assert not scene.judge(way(*scene.args)), (seed, way, scene.label)


@pytest.mark.parametrize("crops", [1, 2])
def test_a_search_among_the_photographs_finds_no_truth(crops):
    """It finds any crop of a photograph, also where two lie on each other."""

    def found(y, w):
        return lookup(y, w, crops)

    camera, coffee = photographs()[3], photographs()[6]
    seen = coffee[40:240, 60:250]
    if crops == 2:
        seen = 0.6 * seen + 0.4 * camera[90:290, 200:390]
    y = ch07._shake(np.random.default_rng(1), seen, ch07.PATH)
    won = ch07._psnr(found(y, ch07.PATH), truth=seen) - ch07._psnr(y, truth=seen)
    assert won > 10
    assert ch07.CHEAT in told(ch07.q8, *values_of_8().values(), found)
    for scene in ch07._shaken_ones(np.random.default_rng(7)):
        if scene.label != "`shaken`":
            assert scene.judge(found(*scene.args)), scene.label
    with pytest.raises(AssertionError):
        CHAPTER.hidden("q8", values_of_8() | {"restore": found})


def test_a_complex_photograph_without_an_imaginary_part_passes_everywhere():
    right = ch07.q8.truth("restore")

    def restore(y, w):
        return np.fft.ifft2(np.fft.fft2(right(y, w)))

    with quiet() as said:
        ch07.q8.check(*values_of_8().values(), restore)
        CHAPTER.hidden("q8", values_of_8() | {"restore": restore})
    assert "Warning" not in flat(said.text)


def test_question_4_prints_no_right_number():
    """The kernel's last weight is off by far: the text names what came instead."""
    right = written(SLIDE)

    def to_slide(y, w, s, p, a):
        signal, kernel = right(y, w, s, p, a)
        return signal, kernel.astype(float) + np.eye(len(w))[-1] * 1e5

    text = told(ch07.q4, to_slide)
    judged = text.partition("First wrong case")[0]
    assert "is 100001, which is too large" in judged
    assert " is 1 " not in judged and "is 1," not in judged
