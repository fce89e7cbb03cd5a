"""F5 against Keras and against windows counted one by one, its module against its trace."""

import io
import itertools
from functools import partial
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures, plots
from convcourse.figures.arithmetic import image
from figures_js import Module, agree
from matplotlib.colors import to_hex
from PIL import Image

RNG = np.random.default_rng(55)
NAMES = ("valid", "same", "half", "full")


@pytest.fixture(scope="module")
def module():
    return Module("arithmetic")


def random_figure():
    """Return a figure in any state that has a window; None where there is none."""
    n, kernel, stride = (int(RNG.integers(1, high)) for high in (13, 8, 6))
    dilation, transposed = int(RNG.integers(1, 5)), bool(RNG.integers(2))
    padding = RNG.choice(4), tuple(RNG.integers(0, 5, 2).tolist())
    padding = NAMES[padding[0]] if RNG.integers(2) else padding[1]
    extra = int(RNG.integers(stride)) if transposed and padding != "same" else 0
    show = str(RNG.choice(["values", "counts", "nothing"]))
    make = partial(figures.arithmetic, n, kernel, stride, padding, dilation,
                   transposed=transposed, output_padding=extra, show=show)  # fmt: skip
    try:
        out = make().trace()["out"]
    except ValueError:
        return None
    return make(unit=int(RNG.integers(out * out)), pin=bool(RNG.integers(2)))


FIGURES = [f for f in (random_figure() for _ in range(900)) if f is not None]
DIRECT = [f for f in FIGURES if not f.transposed]
BACK = [f for f in FIGURES if f.transposed]


def test_there_are_enough_of_every_kind():
    assert len(DIRECT) > 200 and len(BACK) > 100
    assert any(len(f.trace()["unread"]) for f in DIRECT)
    for name in (*NAMES, "by hand"):
        for some in (DIRECT, BACK):
            assert sum(f.padding == name for f in some) > 5


# -- against counting ------------------------------------------------------------------
def windows(figure):
    """Return the padded places of every window of one axis, found by trying."""
    before, after = counted_sides(figure)
    padded = range(-before, figure.n + after)
    reach = range(0, figure.kernel * figure.dilation, figure.dilation)
    starts = padded[:: figure.stride]
    return [w for w in ([s + i for i in reach] for s in starts) if w[-1] in padded]


def counted_sides(figure):
    """Return the padding of a convolution from what its name promises."""
    span = len(range(0, figure.kernel * figure.dilation, figure.dilation))
    span = (span - 1) * figure.dilation + 1
    if figure.padding == "same":  # the least that makes ceil(n / s); odd ones right
        wanted = -(-figure.n // figure.stride)
        total = next(
            t
            for t in itertools.count()
            if len(range(figure.n + t)[: -span + 1 or None : figure.stride]) >= wanted
        )
        return total // 2, total - total // 2
    both = {"valid": (0, 0), "half": (span // 2,) * 2, "full": (span - 1,) * 2}
    return both.get(figure.padding, (figure.before, figure.after))


def test_outputs_windows_and_unread_rows_are_those_that_counting_finds():
    for figure in DIRECT:
        t, found = figure.trace(), windows(figure)
        assert t["out"] == len(found), figure
        inside = [[i for i in window if 0 <= i < figure.n] for window in found]
        reads = [sum(i in w for w in inside) for i in range(figure.n)]
        assert t["reads"].tolist() == reads
        assert t["hits"].tolist() == [len(w) for w in inside]
        assert t["unread"].tolist() == [i for i, r in enumerate(reads) if r == 0]
        row = [i if 0 <= i < figure.n else -1 for i in found[t["row"]]]
        assert t["rows"].tolist() == row
        assert (t["before"], t["after"]) == counted_sides(figure)


def test_one_output_is_the_sum_that_is_shown():
    for figure in DIRECT:
        t = figure.trace()
        rows, columns = (windows(figure)[t[axis]] for axis in ("row", "column"))
        pad = 24  # more than any padding
        x = np.pad(t["given"], pad)[np.ix_(np.add(rows, pad), np.add(columns, pad))]
        k = figure.kernel
        terms = x * np.arange(1, k * k + 1).reshape(k, k)
        assert terms.tolist() == t["products"].tolist()
        assert t["total"] == terms.sum() == t["made"][t["row"], t["column"]]


# -- against Keras ---------------------------------------------------------------------
@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).keras


def run(keras, figure):
    """Run the lines that the figure offers to copy, with its samples and weights."""
    t, k = figure.trace(), figure.kernel
    w = np.arange(1, k * k + 1, dtype="float32").reshape(k, k, 1, 1)
    start = {"kernel_initializer": keras.initializers.Constant(w)}
    layers = {
        name: partial(getattr(keras.layers, name), **start)
        for name in ("Conv2D", "Conv2DTranspose")
    }
    for name in ("ZeroPadding2D", "Cropping2D"):
        layers[name] = getattr(keras.layers, name)
    stand_in = SimpleNamespace(layers=SimpleNamespace(**layers))
    given, made = "yx" if figure.transposed else "xy"
    scope = {"keras": stand_in, given: t["given"][None, :, :, None].astype("float32")}
    exec(t["code"], scope)
    return np.asarray(scope[made])[0, :, :, 0]


@pytest.mark.slow
def test_the_lines_to_copy_give_the_shape_and_the_values(keras):
    tried = 0
    for figure in DIRECT[:150] + BACK[:150]:
        t = figure.trace()
        if t["code"].startswith("#"):
            continue
        np.testing.assert_array_equal(run(keras, figure), t["made"], t["code"])
        tried += 1
    assert tried > 200


@pytest.mark.slow
def test_keras_refuses_what_the_figure_says_it_refuses(keras):
    said = [f for f in BACK if f.trace()["code"].startswith("#")]
    assert said
    for figure in said[:5]:
        with pytest.raises(ValueError, match="dilation_rate"):
            keras.layers.Conv2DTranspose(
                1, figure.kernel, strides=figure.stride, dilation_rate=figure.dilation
            )


# -- against the law that makes a transposed convolution one ---------------------------
def matrix(figure):
    """Return the matrix A of one axis of a convolution with the weights 1, 2, 3, ..."""
    found = windows(figure)
    return np.array([[(1 + w.index(i)) if i in w else 0 for i in range(figure.n)]
                     for w in found])  # fmt: skip


def test_a_transposed_one_is_the_transposed_matrix():
    tried = 0
    for figure in BACK:
        t, k = figure.trace(), figure.kernel
        sides = (t["before"], t["after"])
        try:  # the convolution that leads from its output to its input
            there = figures.arithmetic(
                t["out"], k, figure.stride, sides, figure.dilation
            )
        except ValueError:
            continue
        if there.trace()["out"] != figure.n:
            continue  # padding so uneven that no convolution leads here
        a, w = matrix(there), np.arange(1, k * k + 1).reshape(k, k)
        rows = [np.where(a == i + 1, 1, 0) for i in range(k)]
        wanted = sum(w[i, j] * rows[i].T @ t["given"] @ rows[j]
                     for i in range(k) for j in range(k))  # fmt: skip
        np.testing.assert_array_equal(t["made"], wanted)
        tried += 1
    assert tried > 50


# -- the module ------------------------------------------------------------------------
def test_the_module_computes_and_says_what_numpy_does(module):
    for figure in FIGURES:
        agree(module, figure)


def test_the_edges(module):
    for figure in (
        figures.arithmetic(1, 1, 1),
        figures.arithmetic(1, 7, 5, "same", 4),
        figures.arithmetic(12, 1, 5),
        figures.arithmetic(1, 1, 5, transposed=True, output_padding=4),
        figures.arithmetic(6, 2, 5, "same", transposed=True),
        figures.arithmetic(12, 3, 1, "full", 2, transposed=True),
        figures.arithmetic(8, 3, 2, (0, 12), unit=80),
    ):
        agree(module, figure)


def test_dependent_numbers_follow_a_hand(module):
    back = figures.arithmetic(3, 3, 3, transposed=True, output_padding=2)
    assert module("settle", back, stride=2)["output_padding"] == 1
    assert module("settle", back, transposed=False)["output_padding"] == 0
    assert module("settle", back, padding="same")["output_padding"] == 0
    cut = figures.arithmetic(4, 5, 1, (4, 3), transposed=True)
    assert module("settle", cut, kernel=3)["before"] == 2
    small = figures.arithmetic(6, 3, 1, unit=15)
    assert module("settle", small, stride=2)["unit"] == 3


def test_the_module_refuses_what_has_no_window_and_says_why(module):
    figure = figures.arithmetic(4, 3, 1)
    for changes, words in [
        ({"kernel": 5}, "spans 5 rows, the padded input has 4 rows: no window fits"),
        ({"dilation": 2}, "spans 5 rows"),
        ({"n": 1}, "the padded input has 1 row: no window fits"),
        (
            {"n": 12, "kernel": 7, "dilation": 4, "padding": "full"},
            "needs a grid of 60",
        ),
    ]:
        with pytest.raises(Exception, match=words):
            module("settle", figure, **changes)
    back = figures.arithmetic(4, 3, 1, 2, transposed=True)
    with pytest.raises(Exception, match="Padding 2 and 2 cuts all rows"):
        module("settle", back, n=1)


# -- words, pictures, arguments --------------------------------------------------------
def test_the_sentence():
    assert figures.arithmetic(6, 3, 2).describe() == (
        "Input 6 by 6, padding valid, 0 on all sides, kernel 3 by 3, stride 2, dilation "
        "1: ⌊(6 + 0 + 0 − 1·(3 − 1) − 1)/2⌋ + 1 = 2, so the output is 2 by 2. At y[0, 0] "
        "= 94, 9 of 9 weights lie on samples of the input. No window reads row and "
        "column 5."
    )
    assert figures.arithmetic(6, 3, 2, "same", unit=8).describe() == (
        "Input 6 by 6, padding same, 0 at the top left and 1 at the bottom right, kernel "
        "3 by 3, stride 2, dilation 1: ⌊(6 + 0 + 1 − 1·(3 − 1) − 1)/2⌋ + 1 = 3, so the "
        "output is 3 by 3. At y[2, 2] = 6, 4 of 9 weights lie on samples of the input. "
        "Every sample is read."
    )
    back = figures.arithmetic(3, 3, 2, 1, transposed=True, output_padding=1)
    assert back.describe() == (
        "Transposed convolution: input y, 3 by 3, 1 zero between neighbours, kernel 3 by "
        "3 turned by 180 degrees, dilation 1, padding 1 on all sides: (3 − 1)·2 − 1 − 1 + "
        "1·(3 − 1) + 1 + 1 = 6, so the output is 6 by 6. At x[0, 0] = 0, 1 of 9 weights "
        "lies on samples of the input. Every sample is read."
    )


def test_the_way_back_leads_from_y_to_x(module):
    for transposed, letters in ((False, "xy"), (True, "yx")):
        figure = figures.arithmetic(3, 2, 1, transposed=transposed)
        table, (given, made) = module("table", figure), letters
        assert table["caption"].startswith(f"The products of {made}[0, 0]")
        names = {row[0][:2] for row in table["rows"][:-1]} - {"ze"}
        assert names == {f"{given}["}
        assert figure.trace()["code"].startswith(f"{made} = keras")
        assert f" At {made}[0, 0] = " in figure.describe()


def test_the_lines_to_copy():
    def code(*setting, **more):
        return figures.arithmetic(*setting, **more).trace()["code"]

    assert code(6, 3, 2, "same") == (
        'y = keras.layers.Conv2D(1, 3, strides=2, padding="same")(x)'
    )
    assert code(6, 3, 2, (0, 1)) == (
        "x = keras.layers.ZeroPadding2D(((0, 1), (0, 1)))(x)\n"
        "y = keras.layers.Conv2D(1, 3, strides=2)(x)"
    )
    assert code(9, 3, 2, "half", 2) == (
        "x = keras.layers.ZeroPadding2D(2)(x)\n"
        "y = keras.layers.Conv2D(1, 3, dilation_rate=2)(x)[:, ::2, ::2]"
        "  # no strides with dilation_rate"
    )
    assert code(3, 3, 2, 1, transposed=True, output_padding=1) == (
        "x = keras.layers.Conv2DTranspose(1, 3, strides=2, output_padding=1)(y)\n"
        "x = keras.layers.Cropping2D(1)(x)"
    )


def test_bad_arguments_are_named():
    for wrong, message in [
        ({"n": 0}, r"n must be a whole number from 1 to 12, got 0"),
        ({"kernel": 8}, r"kernel must be a whole number from 1 to 7, got 8"),
        ({"stride": 0}, r"stride must be a whole number from 1 to 5, got 0"),
        ({"dilation": 2.5}, r"dilation must be a whole number"),
        ({"padding": "both"}, r"padding must be one of .*'same'.*, got 'both'"),
        ({"padding": (0, 13)}, r"after must be a whole number from 0 to 12, got 13"),
        ({"output_padding": 1}, r"output_padding is 1.*transposed=True"),
        ({"output_padding": 2, "transposed": True}, r"output_padding must be below"),
        ({"padding": 3, "transposed": True}, r"padding must be at most 2"),
        ({"n": 2}, r"The kernel spans 3 rows, the padded input has 2 rows"),
        ({"n": 12, "stride": 5, "transposed": True}, r"a grid of 60 rows"),
        ({"n": 1, "padding": 2, "transposed": True}, r"padding 2 and 2 cuts all rows"),
        ({"unit": 4}, r"unit must be from 0 to 3, got 4: the output is 2 by 2"),
        ({"show": "all"}, r"show must be one of"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.arithmetic(**wrong)
    for wrong in ({"n": "6"}, {"transposed": "yes"}, {"stride": None}):
        with pytest.raises(TypeError, match=next(iter(wrong))):
            figures.arithmetic(**wrong)


def test_the_picture_shows_the_numbers():
    figure = figures.arithmetic(4, 3, 2, "same", unit=1)
    drawn = figure.picture()
    texts = [[t.get_text() for t in ax.texts] for ax in drawn.axes]
    assert texts[0] == [str(v) for v in figure.trace()["given"].ravel()]
    assert texts[1] == [str(i) for i in range(1, 10)]
    assert texts[2] == [str(v) for v in figure.trace()["made"].ravel()]
    titles = [ax.get_title(loc="left") for ax in drawn.axes]
    assert titles == ["input 4 by 4", "kernel", "output 2 by 2"]
    plt.close(drawn)
    back = figures.arithmetic(3, 3, 2, transposed=True).picture()  # leads from y to x
    titles = [ax.get_title(loc="left") for ax in back.axes]
    assert titles == ["input y, 3 by 3", "kernel, turned", "output x, 7 by 7"]
    for ax, symbol in zip(back.axes, "ywx", strict=True):
        edges = [to_hex(p.get_edgecolor()) for p in ax.patches]
        assert plots.COLOURS[symbol].lower() in edges
        assert plots.COLOURS["x" if symbol == "y" else "y"].lower() not in edges
    plt.close(back)
    gaps = figures.arithmetic(6, 1, 2).picture()
    hatched = [p for p in gaps.axes[0].patches if p.get_hatch()]
    assert len(hatched) == 6  # rows and columns 1, 3, 5
    plt.close(gaps)
    assert Image.open(io.BytesIO(figure.png)).size == (800, 400)


def test_the_samples_do_not_repeat():
    for n in range(2, 13):
        x = image(n)
        assert len({tuple(row) for row in x}) == min(n, 5)
        assert not (x == x.T).all() and x.max() <= 4
        assert x.shape == (n, n)


def test_the_page_is_small_and_stable():
    page = figures.arithmetic(12, 7, 2, 3, show="counts").html()
    assert page == figures.arithmetic(12, 7, 2, 3, show="counts").html()
    assert len(page.encode()) < 100_000
