# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "title", "locked": true, "schema_version": 3, "solution": false, "task": false}
# # Exercises 8 · Grouped and separable convolutions
#
# Eight questions on [chapter 8](../../notebooks/08_grouped_and_separable_convolutions.ipynb): groups and the shuffle;
# depthwise and separable layers; what can be split, and what it costs. **23 points, about 2¾ hours.** Take them one at
# a time. NumPy is enough: nothing is trained.
#
# - Write your answer in the cell under a question, in place of the dots, or as the body of a function. Run it. The
#   last two lines there, `# YOUR CODE HERE` and `pass`, may go.
# - Run the check under it. It says what is right, and which idea is behind a wrong answer. Check as often as you like:
#   a wrong answer costs nothing, and teaches the most.
# - `q1.hint(1)` gives a hint; `q1.hint(2)` and `q1.hint(3)` go further.
#
# Guess before you compute, and write the guess down.

# %% slideshow={"slide_type": "skip"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from convcourse import datasets
from convcourse.checks.ch08 import four_layers, q1, q2, q3, q4, q5, q6, q7, q8
from scipy import signal

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 1 · Prices by hand
#
# **2 points · 20 minutes · pencil and paper**
#
# - `kernels`: the shape of the kernels of `Conv2D(96, 5, strides=2, padding="same", groups=3)` on 12 channels;
#   `parameters_a` with biases, `macs_a` for a map of 20 × 30 pixels.
# - `parameters_b`: of `SeparableConv2D(40, 3, depth_multiplier=2)` on 24 channels, with its bias.
# - `parameters_c`: of `DepthwiseConv2D(7)` on 10 channels, with biases.
#
# **Predict.** Which of the three layers has most parameters for each output channel?

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# - `ratio`: the MACs of a separable layer, 7 × 7, from 32 channels to 128, $M = 1$, as a share of those of the
#   ordinary layer. Four digits after the point are enough.
# - `fewest`: kernels of 3 × 3, and a multiplier of $M = 4$. From how many output channels $N$ on does the separable
#   layer cost *fewer* MACs than the ordinary one? Give the smallest $N$.
# - `order`: eight channels, $0$ to $7$, are shuffled with two groups. In which order do they lie then?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q1-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
kernels = ...  # a tuple of four numbers
parameters_a = ...
macs_a = ...
parameters_b = ...
parameters_c = ...
ratio = ...
fewest = ...
order = ...  # a list of eight numbers
### BEGIN SOLUTION
kernels = (5, 5, 4, 96)  # each output reads 12 / 3 channels
parameters_a = 5 * 5 * 4 * 96 + 96
macs_a = 10 * 15 * 9600  # stride 2: 10 by 15 outputs; no biases
parameters_b = 3 * 3 * 24 * 2 + 48 * 40 + 40  # the bias comes after the second step
parameters_c = 7 * 7 * 10 + 10
ratio = 1 / 128 + 1 / 49
fewest = 8  # 4 (1/N + 1/9) < 1 from N = 7.2 on
order = [0, 4, 1, 5, 2, 6, 3, 7]
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q1.check(
    kernels, parameters_a, macs_a, parameters_b, parameters_c, ratio, fewest, order
)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import abs, int, list, range
    from convcourse.checks.ch08 import q1

    q1.check(
        kernels, parameters_a, macs_a, parameters_b, parameters_c, ratio, fewest, order
    )

    def size(*shapes):  # build the weights, and count them
        return int(np.sum([np.zeros(shape).size for shape in shapes]))

    assert np.array_equal(kernels, [5, 5, 12 // 3, 96])
    assert parameters_a == size((5, 5, 4, 96), 96)
    assert macs_a == size((20, 30)) // 4 * size((5, 5, 4, 96))
    assert parameters_b == size((3, 3, 24, 2), (1, 1, 48, 40), 40)
    assert parameters_c == size((7, 7, 10, 1), 10)
    assert abs(ratio - size((7, 7, 32), (32, 128)) / size((7, 7, 32, 128))) < 6e-5
    cheaper = [n for n in range(1, 60) if size((9, 5, 4), (20, n)) < size((9, 5, n))]
    assert fewest == cheaper[0] and cheaper == list(range(cheaper[0], 60))
    assert np.array_equal(order, np.reshape(range(8), (2, 4)).T.ravel())


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 2 · Groups from scratch
#
# **3 points · 20 minutes**
#
# Write `grouped(x, w, g)`: a layer with $g$ groups, stride 1, without padding. `x` holds $B$ images, of shape $(B, H, W, C)$; `w`
# has the shape $(k_h, k_w, C/g, N)$; the result has $N$ channels. Raise a `ValueError` where $g$ does not divide $C$ or $N$,
# or where the kernels do not read $C/g$ channels.
#
# `ordinary(x, w)` below is a layer without groups. Use it. What is left is to know who reads whom. (The ready layers of
# the course and of Keras do not count here.)
#
# **Predict.** One pixel with the channels 1, 2, 3, 4; two groups; six outputs. Which outputs depend on the 3?


# %% slideshow={"slide_type": "-"}
def ordinary(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(1, 2))
    return np.einsum("nijcab,abco->nijo", windows, w)


print(ordinary(np.ones((1, 4, 5, 2)), np.ones((3, 3, 2, 7))).shape)


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q2-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def grouped(x, w, g):
    """Return a layer with g groups: (B, H, W, C) to (B, H - kh + 1, W - kw + 1, N)."""
    ### BEGIN SOLUTION
    if w.shape[2] * g != x.shape[3]:
        raise ValueError("each kernel must read C / g channels")
    blocks = zip(np.split(x, g, axis=3), np.split(w, g, axis=3), strict=True)
    return np.concatenate([ordinary(a, b) for a, b in blocks], axis=3)
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q2.check(grouped)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range
    from convcourse.checks import quiet
    from convcourse.checks.ch08 import q2

    rng = np.random.default_rng(80201)
    for g, c, n in ((1, 2, 3), (2, 2, 1), (3, 1, 2), (4, 3, 2), (2, 3, 4)):
        x = rng.integers(1, 256, (2, 5, 4, g * c)).astype(np.uint8)
        w = rng.normal(size=(2, 3, c, g * n))
        dense = np.zeros((2, 3, g * c, g * n))  # block-diagonal
        for i in range(g):
            dense[:, :, i * c : (i + 1) * c, i * n : (i + 1) * n] = w[
                ..., i * n : (i + 1) * n
            ]
        truth = np.zeros((2, 4, 2, g * n))
        for a in range(2):
            for b in range(3):
                truth += x[:, a : a + 4, b : b + 2] @ dense[a, b]
        with quiet():
            y = grouped(x.copy(), w.copy(), g)
        np.testing.assert_allclose(y, truth, rtol=0, atol=1e-2)
    q2.check(grouped, seed=8201)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 3 · Shuffle back
#
# **2 points · 10 minutes**
#
# The shuffle of section 3 deals the channels out: with two groups $0, 1, 2, 3, 4, 5$ becomes $0, 3, 1, 4, 2, 5$. Write
# `unshuffle(y, g)`, which brings them back: for *any* array with its channels on the last axis,
# `unshuffle(shuffle(x, g), g)` is `x`. Raise a `ValueError` if $g$ does not divide the channels.
#
# **Predict.** Some call the shuffle its own inverse: do it twice, and all is as before. For which numbers of channels and
# groups is that true?


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q3-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def unshuffle(y, g):
    """Return the channels in the order that they had before a shuffle with g groups."""
    ### BEGIN SOLUTION
    dealt = y.reshape(*y.shape[:-1], -1, g)  # C / g rows: one channel of each group
    return dealt.swapaxes(-1, -2).reshape(y.shape)
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q3.check(unshuffle)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import CheckFailed, quiet
    from convcourse.checks.ch08 import q3

    rng = np.random.default_rng(80301)
    for g, c in ((2, 5), (3, 4), (5, 2), (4, 4), (1, 3), (6, 1)):
        x = rng.normal(size=(2, 4, 3, g * c))
        y = np.stack(
            [x[..., i * c + j] for j in np.arange(c) for i in np.arange(g)], axis=-1
        )
        with quiet():
            back = unshuffle(y.copy(), g)
        np.testing.assert_array_equal(back, x)
    with quiet():
        try:
            unshuffle(np.ones((2, 10)), 4)
        except ValueError:
            refused = True
        else:
            refused = False
    if not refused:
        raise CheckFailed("4 groups do not divide 10 channels: raise a ValueError")
    q3.check(unshuffle, seed=8301)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 4 · Depthwise, in the order of Keras
#
# **3 points · 20 minutes**
#
# Write `depthwise(x, d)`: `x` has the shape $(B, H, W, C)$, `d` the shape $(k_h, k_w, C, M)$. Each channel meets its own
# $M$ kernels. The result has $C M$ channels, in the order of Keras: number $cM + m$ is channel $c$ with its kernel $m$.
#
# $$y[n, i, j, cM + m] = \sum_{a, b} x[n, i + a, j + b, c] \; d[a, b, c, m]$$
#
# Stride 1, no padding. SciPy's functions for one channel may be used; ready layers may not.
#
# **Predict.** With $M = 1$ there is nothing to order. Three channels, two kernels each: which output shows channel 1 with
# its kernel 0?


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q4-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def depthwise(x, d):
    """Return the depthwise layer: (B, H, W, C) to (B, H - kh + 1, W - kw + 1, C * M)."""
    ### BEGIN SOLUTION
    kh, kw, C, M = d.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(1, 2))
    y = np.einsum("nijcab,abcm->nijcm", windows, d)  # c before m: Keras' order
    return y.reshape(*y.shape[:3], C * M)
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q4.check(depthwise)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range
    from convcourse.checks import quiet
    from convcourse.checks.ch08 import q4

    rng = np.random.default_rng(80401)
    for kh, kw, c, m in (
        (1, 1, 2, 2),
        (2, 3, 3, 1),
        (3, 2, 1, 3),
        (2, 2, 4, 3),
        (3, 1, 2, 4),
    ):
        x = rng.integers(1, 256, (2, 6, 5, c)).astype(np.uint8)
        d = rng.normal(size=(kh, kw, c, m))
        truth = np.zeros((2, 7 - kh, 6 - kw, c * m))
        for a in range(kh):
            for b in range(kw):
                part = x[:, a : a + 7 - kh, b : b + 6 - kw]
                truth += np.repeat(part, m, axis=3) * d[a, b].reshape(-1)
        with quiet():
            y = depthwise(x.copy(), d.copy())
        np.testing.assert_allclose(y, truth, rtol=0, atol=1e-2)
    q4.check(depthwise, seed=8401)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 5 · Repair a separable layer
#
# **3 points · 20 minutes**
#
# The function below was meant to be the separable layer of Keras. It is not. Copy it, and mend it, so that
# `separable(x, d, p, b)` gives what `SeparableConv2D` gives with these weights: `d` of shape $(k_h, k_w, C, M)$, `p` of
# shape $(1, 1, C M, N)$, one bias for each output in `b`; stride 1, no padding, no activation.
#
# There are five faults. One raises an error, but not for all shapes; four raise none.
#
# **Predict.** Find them by reading, before you run anything. Which of them would a test with symmetric kernels, $M = 1$
# and $b = 0$ never see?


# %% slideshow={"slide_type": "-"}
def broken(x, d, p, b):
    C, M = d.shape[2:]
    maps = []
    for m in range(M):
        for c in range(C):
            maps.append(
                [signal.convolve2d(image[..., c], d[c, m], "valid") for image in x]
            )
    maps = np.maximum(np.moveaxis(maps, 0, -1), 0)  # (B, rows, columns, C * M)
    y = 0
    for j in range(C * M):
        y = y + maps[..., j : j + 1] * p[0, 0, j] + b
    return y


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def separable(x, d, p, b):
    """Return the separable layer: (B, H, W, C) to (B, H - kh + 1, W - kw + 1, N)."""
    ### BEGIN SOLUTION
    C, M = d.shape[2:]
    maps = []
    for c in range(C):  # all maps of a channel together
        for m in range(M):
            w = d[:, :, c, m]
            maps.append([signal.correlate2d(image[..., c], w, "valid") for image in x])
    maps = np.moveaxis(maps, 0, -1)  # nothing between the steps: both are linear
    return maps @ p[0, 0] + b  # the bias once
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q5.check(separable)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range
    from convcourse.checks import quiet
    from convcourse.checks.ch08 import q5

    rng = np.random.default_rng(80501)
    for kh, kw, c, m, n in (
        (1, 1, 2, 2, 3),
        (2, 3, 3, 1, 2),
        (3, 2, 4, 3, 1),
        (2, 2, 5, 2, 4),
    ):
        x = rng.integers(1, 256, (2, 6, 5, c)).astype(np.uint8)
        d, b = rng.normal(size=(kh, kw, c, m)), rng.normal(size=n)
        p = rng.normal(size=(1, 1, c * m, n))
        truth = np.zeros((2, 7 - kh, 6 - kw, n)) + b
        for i in range(kh):
            for j in range(kw):
                part = x[:, i : i + 7 - kh, j : j + 6 - kw]
                truth += np.repeat(part, m, axis=3) * d[i, j].reshape(-1) @ p[0, 0]
        with quiet():
            y = separable(x.copy(), d.copy(), p.copy(), b.copy())
        np.testing.assert_allclose(y, truth, rtol=0, atol=5e-2)
    q5.check(separable, seed=8501)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 6 · One layer out of two
#
# **2 points · 15 minutes**
#
# Between its two steps a separable layer has no activation. So there is *one* ordinary layer that does the same. The
# chapter has its kernels for $M = 1$. Write `merge(d, p)`: the kernels `w` of shape $(k_h, k_w, C, N)$ for any
# multiplier $M$, from `d` of shape $(k_h, k_w, C, M)$ and `p` of shape $(1, 1, C M, N)$.
#
# **Predict.** How many weights go in and how many come out, for 3 × 3, $C = 8$, $M = 2$, $N = 16$? Does the merged layer
# know more than the two steps?


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q6-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def merge(d, p):
    """Return the kernels (kh, kw, C, N) of the ordinary layer that does both steps."""
    ### BEGIN SOLUTION
    C, M = d.shape[2:]
    ways = p[0, 0].reshape(C, M, -1)  # map c * M + m is channel c with its kernel m
    return np.einsum("abcm,cmo->abco", d, ways)
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q6.check(merge)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range
    from convcourse.checks import quiet
    from convcourse.checks.ch08 import q6

    rng = np.random.default_rng(80601)
    for kh, kw, c, m, n in (
        (1, 1, 2, 2, 3),
        (2, 3, 3, 1, 2),
        (3, 2, 4, 3, 1),
        (2, 2, 5, 2, 4),
    ):
        d, p = rng.integers(1, 9, (kh, kw, c, m)), rng.normal(size=(1, 1, c * m, n))
        with quiet():
            w = np.asarray(merge(d.copy(), p.copy()))
        assert w.shape == (kh, kw, c, n)
        x = rng.normal(size=(kh, kw, c))  # one window: both ways give the same numbers
        maps = np.array(
            [np.vdot(x[..., i // m], d[..., i // m, i % m]) for i in range(c * m)]
        )
        np.testing.assert_allclose(
            np.tensordot(x, w, 3), maps @ p[0, 0], rtol=0, atol=1e-4
        )
    q6.check(merge, seed=8601)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 7 · Two meanings of separable
#
# **4 points · 30 minutes**
#
# *Spatially* separable: a single kernel is a column times a row. *Depthwise* separable (here with $M = 1$): for each input
# channel, all kernels that read it are one little picture, scaled. The words are often mixed up.
#
# - `split`: a column and a row, `[[c0, c1, c2], [r0, r1, r2]]`, whose product is the kernel `typed` below.
# - `ranks`: of the four kernels `four`, as a list.
# - `layer_a` … `layer_d`: of the four layers, 3 × 3, two channels to three. All kernels of the layer are `"spatially"`
#   separable, the layer is `"depthwise"` separable, `"both"`, or `"neither"`.
#
# **Predict.** A layer is depthwise separable. Is it then spatially separable as well? Or the other way round?

# %% slideshow={"slide_type": "-"}
typed = np.array([[10, 8, -14], [-5, -4, 7], [15, 12, -21]])
four = [
    np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]),
    np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    np.array([[1, 2, 3], [2, 4, 6], [3, 6, 10]]),
]
layers = four_layers()
w2 = datasets.recorded("texture_cnn")["w2"]
print({name: w.shape for name, w in layers.items()}, w2.shape)

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### "Depthwise separable is the same layer, only cheaper"
#
# One reads this often.
#
# - `least`: layers of 2 × 2, from 24 channels to 16. The smallest multiplier $M$ with which a separable layer can be equal
#   to *any* such ordinary layer, whatever its weights are.
# - `kept`: `w2` holds the kernels of a *trained* layer, 3 × 3, 8 channels to 16 (the network for textures). For each
#   of the 8 input channels: which share of its energy (sum of squares) does the nearest separable layer with $M = 1$ keep?
# - `needed`: the smallest $M$ with which *every* channel keeps at least 0.85.
# - `price`: the weights of both steps together with this $M$, without biases. The layer itself has 1,152.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q7-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
split = ...  # two lists of three numbers
ranks = ...
layer_a = ...  # "spatially", "depthwise", "both" or "neither"
layer_b = ...
layer_c = ...
layer_d = ...
least = ...
kept = ...  # eight numbers from 0 to 1
needed = ...
price = ...
### BEGIN SOLUTION
split = [[2, -1, 3], [5, 4, -7]]
ranks = [int(np.linalg.matrix_rank(kernel)) for kernel in four]


def kind(w):
    single = [w[:, :, c, o] for c in range(2) for o in range(3)]
    tables = [w[:, :, c].reshape(9, 3) for c in range(2)]
    rank_1 = [np.linalg.matrix_rank(these).max() == 1 for these in (single, tables)]
    names = {
        (True, True): "both",
        (True, False): "spatially",
        (False, True): "depthwise",
    }
    return names.get(tuple(map(bool, rank_1)), "neither")


layer_a, layer_b, layer_c, layer_d = map(kind, layers.values())
least = 4  # a table of 4 places and 16 outputs has at most rank 4
tables = np.moveaxis(w2, 2, 0).reshape(8, 9, 16)
energies = np.linalg.svd(tables, compute_uv=False) ** 2
shares = energies.cumsum(axis=1) / energies.sum(axis=1, keepdims=True)
kept = shares[:, 0]  # from 0.39 to 0.79: not the same layer
needed = 1 + int(np.argmax(shares.min(axis=0) >= 0.85))
price = 9 * 8 * needed + 8 * needed * 16
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q7.check(split, ranks, layer_a, layer_b, layer_c, layer_d, least, kept, needed, price)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import all, float, int, list, max, range, zip
    from convcourse import datasets
    from convcourse.checks.ch08 import four_layers, q7

    q7.check(
        split, ranks, layer_a, layer_b, layer_c, layer_d, least, kept, needed, price
    )
    kernel = np.array([[10, 8, -14], [-5, -4, 7], [15, 12, -21]])
    column, row = np.asarray(split, float)
    np.testing.assert_allclose(column[:, None] * row, kernel, rtol=0, atol=1e-4)

    def parallel(vectors):  # all multiples of one, by Cauchy and Schwarz
        a = np.asarray(vectors, float)
        gram = a @ a.T
        return np.allclose(gram**2, np.outer(np.diag(gram), np.diag(gram)))

    names = {
        (1, 1): "both",
        (1, 0): "spatially",
        (0, 1): "depthwise",
        (0, 0): "neither",
    }
    answers = (layer_a, layer_b, layer_c, layer_d)
    for w, word in zip(four_layers().values(), answers, strict=True):
        single = all(parallel(w[:, :, c, o]) for c in range(2) for o in range(3))
        tables = all(parallel(w[:, :, c].reshape(9, 3).T) for c in range(2))
        assert word.strip().lower() == names[int(single), int(tables)]
    four = ([[1, 2, 1], [2, 4, 2], [1, 2, 1]], [[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    four += ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 2, 3], [2, 4, 6], [3, 6, 10]])
    truth = [1 if parallel(k) else 3 if np.linalg.det(k).round(6) else 2 for k in four]
    assert np.array_equal(ranks, truth)
    w2, worst = datasets.recorded("texture_cnn")["w2"], 1
    for channel, share in zip(range(8), kept, strict=True):
        table = w2[:, :, channel].reshape(9, 16)
        squares = np.sort(np.linalg.eigvalsh(table @ table.T))[::-1]
        sums = list(np.cumsum(squares) / np.sum(squares))
        assert -0.007 < share - sums[0] < 0.007
        worst = max(worst, 1 + [s >= 0.85 for s in sums].index(True))
    assert least == np.linalg.matrix_rank(
        np.random.default_rng(1).normal(size=(2 * 2, 16))
    )
    assert needed == worst and price == np.zeros((200, worst)).size


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 8 · Project: three prices, one budget
#
# **4 points · 30 minutes**
#
# Two ways from 32 × 32 pixels with 32 channels to 8 × 8 with 128. A row is a layer `(N, k, s, g, shuffle)`: outputs, side
# of the kernel, stride, groups, and with how many groups its outputs are shuffled (1: not at all). All pad to "same"; no
# biases.
#
# - `heavy_macs` and `mobile_macs`: the MACs of both networks.
# - `share`: of the MACs of `mobile`, which share (0 to 1) lies in its pointwise layers?
#
# **Predict.** Which network sees further? In which layer of `mobile` would you begin to save?

# %% slideshow={"slide_type": "-"}
heavy = [(64, 3, 2, 1, 1), (64, 3, 1, 1, 1), (128, 3, 2, 1, 1), (128, 3, 1, 1, 1)]
mobile = [
    (32, 3, 2, 32, 1),  # as many groups as channels: depthwise
    (64, 1, 1, 1, 1),  # pointwise
    (64, 3, 1, 64, 1),
    (64, 1, 1, 1, 1),
    (64, 3, 2, 64, 1),
    (128, 1, 1, 1, 1),
    (128, 3, 1, 128, 1),
    (128, 1, 1, 1, 1),
]

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### MACs and time
#
# - `per_value`: three numbers, for an ordinary layer of 5 × 5, a depthwise one of 5 × 5 ($M = 1$) and a pointwise one,
#   each from 64 to 64 channels, stride 1: how many MACs for each value of the maps that is read or written? (Weights are
#   not counted: the maps are large.)
# - `waits`: where products are quick and memory is slow, which of the three is the first that memory holds up?
#   `"ordinary"`, `"depthwise"` or `"pointwise"`.
# - `time_share`: a separable layer with an eighth of the MACs of the ordinary one, as in section 10: which share of its *time*
#   does it take? `"less"` than an eighth, `"equal"` to it, or `"between"` an eighth and all of it?

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-design", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Design
#
# Give `network`, a list of such rows, from the same 32 × 32 pixels with 32 channels to 8 × 8 with 128:
#
# - at most **8,000 weights** and **800,000 MACs**;
# - a unit at the end sees at least **19 × 19** pixels of the input map, as in `heavy`;
# - *each* output depends on *all* 32 input channels;
# - strides are 1 or 2, and no larger than their kernel.
#
# Any network that meets this is right: the check follows every connection.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q8-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
heavy_macs = ...
mobile_macs = ...
share = ...
per_value = ...  # three numbers: ordinary, depthwise, pointwise
waits = ...
time_share = ...
network = ...  # a list of rows (N, k, s, g, shuffle)


### BEGIN SOLUTION
def macs(rows, side=32, channels=32):
    found = []
    for n, k, s, g, _ in rows:
        side = -(-side // s)
        found.append(side * side * k * k * (channels // g) * n)
        channels = n
    return found


heavy_macs = np.sum(macs(heavy))
mobile_macs = np.sum(macs(mobile))
share = np.sum(macs(mobile)[1::2]) / mobile_macs  # 0.90: begin there
per_value = [25 * 64 * 64 / 128, 25 * 64 / 128, 64 * 64 / 128]
waits = "depthwise"  # 12.5 products for each value
time_share = "between"
network = [
    (32, 3, 2, 32, 1),  # the large maps are left at once
    (64, 1, 1, 4, 4),  # pointwise in four groups, and a shuffle
    (64, 3, 2, 64, 1),
    (128, 1, 1, 4, 4),
    (128, 3, 1, 128, 1),  # depthwise on small maps: a wide field for little
    (128, 3, 1, 128, 1),
]
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q8.check(heavy_macs, mobile_macs, share, per_value, waits, time_share, network)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import abs, int, len
    from convcourse.checks.ch08 import q8

    q8.check(heavy_macs, mobile_macs, share, per_value, waits, time_share, network)

    def measure(rows):  # every matrix of connections, and the footprint of one unit
        side, reach, jump, size, weights, macs = 32, np.eye(32), 1, 1, 0, []
        for row in rows:
            n, k, s, g, deal = (int(number) for number in row)
            assert reach.shape[1] % g == 0 and n % g == 0 and n % deal == 0
            assert 1 <= s <= 2 and s <= k
            wired = np.kron(np.eye(g), np.ones((reach.shape[1] // g, n // g)))
            side = len(np.arange(side)[::s])
            size, jump = size + (k - 1) * jump, jump * s
            weights += k * k * wired.sum()
            macs.append(k * k * wired.sum() * side**2)
            reach = (reach @ wired > 0).astype(float)
            reach = reach.reshape(32, deal, n // deal).transpose(0, 2, 1).reshape(32, n)
        return (side, n), weights, np.array(macs), size, reach.min()

    heavy = [(64, 3, 2, 1, 1), (64, 3, 1, 1, 1), (128, 3, 2, 1, 1), (128, 3, 1, 1, 1)]
    mobile = [(32, 3, 2, 32, 1), (64, 1, 1, 1, 1), (64, 3, 1, 64, 1), (64, 1, 1, 1, 1)]
    mobile += [
        (64, 3, 2, 64, 1),
        (128, 1, 1, 1, 1),
        (128, 3, 1, 128, 1),
        (128, 1, 1, 1, 1),
    ]
    assert heavy_macs == measure(heavy)[2].sum()
    products = measure(mobile)[2]
    assert mobile_macs == products.sum()
    assert abs(share - products[1::2].sum() / products.sum()) < 0.007
    assert (
        waits.strip().lower()
        == ("ordinary", "depthwise", "pointwise")[np.argmin(per_value)]
    )
    np.testing.assert_allclose(np.multiply(per_value, 2), [1600, 25, 64], rtol=1e-4)
    assert time_share.strip().lower() == "between"
    shape, weights, products, size, reach = measure(network)
    assert shape == (8, 128) and weights <= 8_000 and products.sum() <= 800_000
    assert size >= 19 and reach == 1


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Two things to try
#
# - `cheaper.clock` of the chapter measures functions. Which share of the time of `heavy` does your network take, built out of
#   `ops.correlate_channels`, `ops.depthwise` and `ops.channel_shuffle`? And in Keras, if you have it?
# - Take the shuffle out of your network. Can any training bring the groups together again?

# %% [markdown] slideshow={"slide_type": "skip"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "end", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Back to [chapter 8](../../notebooks/08_grouped_and_separable_convolutions.ipynb). Worked answers are in
# [solutions](../../solutions/08_grouped_and_separable_convolutions/08_grouped_and_separable_convolutions.ipynb). Look there
# after your own try.
