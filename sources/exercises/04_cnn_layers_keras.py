# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "title", "locked": true, "schema_version": 3, "solution": false, "task": false}
# # Exercises 4 · The layers of a network
#
# Nine questions on [chapter 4](../../notebooks/04_cnn_layers_keras.ipynb): what a layer computes, what it
# costs, and how to put layers together so that they see. **24 points, about 3 hours.** Take them one at a
# time.
#
# - Write your answer in the cell under a question, in place of the dots, or as the body of a
#   function. Run it. The last two lines there, `# YOUR CODE HERE` and `pass`, may go.
# - Run the check under it. It says what is right, and which idea is behind a wrong answer. Check as
#   often as you like: a wrong answer costs nothing, and teaches the most.
# - `q1.hint(1)` gives a hint; `q1.hint(2)` and `q1.hint(3)` go further.
#
# Questions 3, 8 and 9 are answered with Keras. The others need NumPy only. Guess before you compute, and
# write the guess down.

# %% slideshow={"slide_type": "skip"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from convcourse import datasets, figures, plots
from convcourse.checks.ch04 import elsewhere, q1, q2, q3, q4, q5, q6, q7, q8, q9

try:
    from convcourse.tf import keras, reproducible
except ImportError as error:  # questions 3, 8 and 9 need it, the others do not
    keras = None
    print(error)

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 1 · What a layer costs
#
# **2 points · 10 minutes · paper and pencil**
#
# Two layers, as Keras would build them, with biases:
#
# - **A**: `Conv2D(64, 5, padding="same")` on colour images of 32 × 32;
# - **B**: `Conv2D(16, 3, strides=2)`, no padding, on maps of 15 × 20 with 24 channels.
#
# Compute by hand `parameters_a` and `parameters_b`, all numbers that a layer learns, and `macs_a` and `macs_b`,
# the multiplications (each with its addition) for one image; adding a bias is no MAC. Then `shape_b`: rows,
# columns and channels of what B gives. Last, behind B comes a `Dense` layer with 10 units: how many parameters
# does it have if `Flatten` stands between the two (`dense_flat`), and if `GlobalAveragePooling2D` does
# (`dense_pooled`)?
#
# **Predict.** Which of all these numbers change if the images are twice as high and wide?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q1-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
parameters_a = ...
macs_a = ...
shape_b = ...  # such as [32, 32, 3]
parameters_b = ...
macs_b = ...
dense_flat = ...
dense_pooled = ...
### BEGIN SOLUTION
parameters_a = 64 * (5 * 5 * 3 + 1)  # 64 kernels, each with a bias
macs_a = 32 * 32 * 64 * 5 * 5 * 3  # 32 x 32 x 64 numbers come out
shape_b = [7, 9, 16]  # starts at 0, 2, ..., 12 and at 0, 2, ..., 16
parameters_b = 16 * (3 * 3 * 24 + 1)
macs_b = 7 * 9 * 16 * 3 * 3 * 24
dense_flat = 10 * (7 * 9 * 16 + 1)
dense_pooled = 10 * (16 + 1)
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q1.check(parameters_a, macs_a, shape_b, parameters_b, macs_b, dense_flat, dense_pooled)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np

    a, b = np.ones((5, 5, 3, 64)), np.ones((3, 3, 24, 16))
    windows = np.lib.stride_tricks.sliding_window_view
    places = windows(np.ones((15, 20)), (3, 3))[::2, ::2].shape[:2]
    inputs = np.prod(places) * 16
    truths = (
        (parameters_a, a.size + 64),
        (macs_a, 32 * 32 * a.size),
        (shape_b, [*places, 16]),
        (parameters_b, b.size + 16),
        (macs_b, np.prod(places) * b.size),
        (dense_flat, inputs * 10 + 10),
        (dense_pooled, 16 * 10 + 10),
    )
    for mine, truth in truths:
        np.testing.assert_array_equal(mine, truth)
        assert np.shape(mine) == np.shape(truth)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 2 · The forward pass
#
# **4 points · 30 minutes**
#
# This is the layer itself. For image $n$, row $i$, column $j$ and output channel $f$, with stride $s$ and a border
# of zeros $p$ wide on all four sides ($x_p$ is the image with its border),
#
# $$z[n, i, j, f] = b[f] + \sum_{a}\sum_{b'}\sum_{c} x_p[n,\; i s + a,\; j s + b',\; c]\; w[a, b', c, f].$$

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Write `conv_forward(x, w, b, stride, pad)`. It takes
#
# - `x` (N, H, W, C_in), `w` (kh, kw, C_in, C_out), `b` (C_out,);
# - `stride` and `pad`, whole numbers, the same for rows and columns;
#
# and returns `z` (N, rows, columns, C_out). Only places where all of the kernel lies on the padded image count.
# If the channels of `x` and `w` do not agree, raise a `ValueError`. `np.pad`, `np.einsum`, `np.tensordot` and your own
# loops are fine; a ready-made correlation or layer is not.
#
# **Predict.** An image of 8 × 11, kernels of 3 × 2, stride 3, a border of 1: how many rows and columns come out?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q2-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_forward(x, w, b, stride, pad):
    """Return what a convolution layer computes, for a batch of images."""
    ### BEGIN SOLUTION
    kh, kw, c_in, c_out = w.shape
    if x.shape[-1] != c_in:
        raise ValueError(f"x has {x.shape[-1]} channels, w is for {c_in}")
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    rows = (x.shape[1] - kh) // stride + 1
    cols = (x.shape[2] - kw) // stride + 1
    z = np.zeros((len(x), rows, cols, c_out))
    for i in range(rows):
        for j in range(cols):
            top, left = i * stride, j * stride
            window = x[:, top : top + kh, left : left + kw]
            z[:, i, j] = np.tensordot(window, w, 3) + b  # the three axes they share
    return z
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q2.check(conv_forward)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import sum
    from convcourse.checks import quiet
    from convcourse.checks.ch04 import q2
    from scipy import signal

    with quiet():
        rng = np.random.default_rng(40201)
        cases = (((2, 9, 8, 3), (2, 3, 3, 4), 3, 1), ((3, 6, 7, 2), (3, 3, 2, 2), 1, 2))
        for x_shape, w_shape, stride, pad in (*cases, ((2, 7, 12, 2), (4, 2, 2, 3), 2, 0)):
            x, w = rng.integers(-9, 10, x_shape), rng.normal(size=w_shape)
            b = rng.normal(size=w_shape[3])
            around = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
            truth = [
                [
                    sum(
                        signal.correlate2d(image[..., c], w[:, :, c, f], "valid")
                        for c in range(w_shape[2])
                    )[::stride, ::stride]
                    + b[f]
                    for f in range(w_shape[3])
                ]
                for image in around
            ]
            got = conv_forward(x, w, b, stride, pad)
            np.testing.assert_allclose(got, np.moveaxis(truth, 1, -1), atol=1e-4)
    q2.check(conv_forward, seed=4201)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 3 · Sobel in a layer of Keras
#
# **2 points · 10 minutes · with Keras**
#
# Make `sobel_net`, a `keras.Sequential` of an `Input((None, None, 1))` (grey images of any size) and one `Conv2D` layer
# that gives two maps:
#
# $$\text{first: } \begin{bmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{bmatrix}\text{, right minus left;} \qquad
# \text{second: } \begin{bmatrix} -1 & -2 & -1 \\ 0 & 0 & 0 \\ 1 & 2 & 1 \end{bmatrix}\text{, below minus above.}$$
#
# No padding, no activation, biases 0. Nothing is trained here: load the weights by hand. The maps have to equal
# SciPy's `correlate2d`.
#
# **Predict.** Which shape does the array of weights have? Which of the two maps is bright at a doorpost?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q3-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
sobel_net = ...  # a keras.Sequential
### BEGIN SOLUTION
vertical = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
layer = keras.layers.Conv2D(2, 3)
sobel_net = keras.Sequential([keras.Input((None, None, 1)), layer])
kernels = np.stack([vertical, vertical.T], axis=-1)[:, :, np.newaxis, :]  # (3, 3, 1, 2)
layer.set_weights([kernels, np.zeros(2)])
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q3.check(sobel_net)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch04 import q3
    from scipy import signal

    q3.check(sobel_net, seed=4301)
    with quiet():
        image = np.random.default_rng(4302).uniform(0, 1, (40, 56)).astype("float32")
        maps = sobel_net.predict(image[np.newaxis, ..., np.newaxis], verbose=0)
    sobel = np.outer([1, 2, 1], [-1, 0, 1])
    truth = [signal.correlate2d(image, k, "valid") for k in (sobel, sobel.T)]
    np.testing.assert_allclose(maps[0], np.moveaxis(truth, 0, -1), atol=1e-4)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
if keras and sobel_net is not ...:  # once your network is there
    photo = datasets.camera().x[:300, 100:420]
    maps = sobel_net.predict(photo[np.newaxis, ..., np.newaxis] / 255, verbose=0)[0]
    fig, axes = plots.panels(1, 3)
    plots.image(axes[0], photo, "a photograph")
    for ax, number, title in ((axes[1], 0, "right minus left"), (axes[2], 1, "below minus above")):
        plots.image(ax, maps[..., number], title, signed=True, limit=2)
    plots.show(fig, f"A photograph of {photo.shape} pixels and its two maps of {maps.shape[:2]} numbers.")

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 4 · Pooling, in general
#
# **3 points · 25 minutes**
#
# Pooling looks at each map by itself, window by window, and keeps one number of each window: the largest, or the mean.
# `MaxPooling2D(2)` is the simplest case of a function with more to choose.

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Write `pool(x, size, stride, padding, kind)` for maps `x` (N, H, W, C):
#
# - `size` and `stride` are pairs, rows first: `(3, 2)` are windows of 3 rows and 2 columns;
# - `padding` is `"valid"` (all of the window lies on the map; what is left over is dropped) or `"same"`;
# - `kind` is `"max"` or `"average"`.
#
# With `"same"` there come $\lceil n / s \rceil$ places out of $n$ rows at stride $s$. For that a window of $k$ rows needs
# $P = \max(0, (\lceil n/s \rceil - 1)\, s + k - n)$ more rows: $\lfloor P/2 \rfloor$ of them above, the rest below; and the same for
# columns. What is added neither wins a maximum nor counts in an average. That is what Keras does.
#
# **Predict.** A map of −1 everywhere, pooled with `"same"`: what is in the corners? And a map of 1, averaged?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q4-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pool(x, size, stride, padding, kind):
    """Return pooled maps, as Keras pools them."""
    ### BEGIN SOLUTION
    around = [(0, 0), (0, 0)]
    if padding == "same":
        for axis, (n, k, s) in enumerate(zip(x.shape[1:3], size, stride, strict=True)):
            more = max(0, (-(-n // s) - 1) * s + k - n)
            around[axis] = (more // 2, more - more // 2)
    x = np.pad(x.astype(float), ((0, 0), *around, (0, 0)), constant_values=np.nan)
    take = {"max": np.nanmax, "average": np.nanmean}[kind]  # blind for what was added
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
    return take(windows[:, :: stride[0], :: stride[1]], axis=(-2, -1))
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q4.check(pool)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import itertools
    import numpy as np
    from builtins import max
    from convcourse.checks import quiet
    from convcourse.checks.ch04 import q4

    def starts(n, k, s, padding):
        if padding == "valid":
            return np.arange(0, n - k + 1, s)
        places = (n + s - 1) // s
        return np.arange(places) * s - max(0, (places - 1) * s + k - n) // 2

    with quiet():
        x = np.random.default_rng(40401).integers(-30, -9, (2, 9, 11, 3))
        sizes = ((3, 2), (2, 4)), ((2, 3), (1, 2)), ((4, 3), (2, 1)), ((4, 5), (3, 4)), ((1, 2), (2, 3))
        for (size, stride), padding in itertools.product(sizes, ("valid", "same")):
            tops, lefts = (
                starts(n, k, s, padding)
                for n, k, s in zip(x.shape[1:3], size, stride, strict=True)
            )
            for kind, take in (("max", np.max), ("average", np.mean)):
                truth = [
                    [
                        take(x[:, max(t, 0) : t + size[0], max(v, 0) : v + size[1]], axis=(1, 2))
                        for v in lefts
                    ]
                    for t in tops
                ]
                got = np.asarray(pool(x.copy(), size, stride, padding, kind))
                truth = np.moveaxis(truth, (0, 1), (1, 2))
                assert got.shape == truth.shape
                np.testing.assert_allclose(got, truth, atol=1e-4)
    q4.check(pool, seed=4401)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 5 · What global pooling leaves
#
# **2 points · 10 minutes · predict first**
#
# `GlobalAveragePooling2D` and `Flatten` get the same batch of maps, of shape (2, 8, 8, 3). Say
#
# - `shape_pooled` and `shape_flat`, the shapes that come out of the one and of the other;
# - `shape_large`, what global pooling makes of maps of shape (2, 16, 16, 3);
# - `average` and `maximum`, what `GlobalAveragePooling2D` and `GlobalMaxPooling2D` give for the one small image
#   with two channels below, two numbers each:
#
# $$\text{channel 0: } \begin{bmatrix} 2 & 0 & 1 \\ 4 & -1 & 6 \end{bmatrix}, \qquad
# \text{channel 1: } \begin{bmatrix} -3 & -1 & -2 \\ -5 & -4 & -3 \end{bmatrix};$$
#
# - `head_pooled` and `head_flat`, the parameters of a `Dense` layer of 10 units behind global pooling, and behind `Flatten`;
# - `shuffled`: all pixels of an image change places, in the same way in all its maps. Which of the two layers gives something
#   else then: `"pooling"`, `"flatten"`, `"both"` or `"neither"`?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
shape_pooled = ...  # such as (2, 8, 3)
shape_flat = ...
shape_large = ...
average = ...  # two numbers
maximum = ...
head_pooled = ...
head_flat = ...
shuffled = ...
### BEGIN SOLUTION
shape_pooled = (2, 3)  # one number for each image and channel
shape_flat = (2, 192)  # all 8 * 8 * 3 of them
shape_large = (2, 3)
average = [2, -3]  # 12 / 6 and -18 / 6
maximum = [6, -1]
head_pooled = 3 * 10 + 10
head_flat = 192 * 10 + 10
shuffled = "flatten"  # a mean does not know where its numbers stood
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q5.check(shape_pooled, shape_flat, shape_large, average, maximum, head_pooled, head_flat, shuffled)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np

    small, large = np.zeros((2, 8, 8, 3)), np.zeros((2, 16, 16, 3))
    a, b = [[2, 0, 1], [4, -1, 6]], [[-3, -1, -2], [-5, -4, -3]]
    truths = (
        (shape_pooled, small.mean(axis=(1, 2)).shape),
        (shape_flat, small.reshape(2, -1).shape),
        (shape_large, large.mean(axis=(1, 2)).shape),
        (average, [np.mean(a), np.mean(b)]),
        (maximum, [np.max(a), np.max(b)]),
        (head_pooled, 3 * 10 + 10),
        (head_flat, small[0].size * 10 + 10),
    )
    for mine, truth in truths:
        np.testing.assert_allclose(mine, truth)
        assert np.shape(mine) == np.shape(truth)
    assert shuffled.strip().lower() == "flatten"


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 6 · From channels first to channels last
#
# **2 points · 20 minutes**
#
# A network was trained in a library that keeps channels first. Its first layer is a convolution, its second flattens the
# maps, its third is dense. You want it in Keras. The numbers are right; only their order is not:
#
# | array | as it comes | in Keras |
# |---|---|---|
# | `images` | (N, C, H, W) = (5, 3, 4, 6) | (N, H, W, C) |
# | `kernels` | (C_out, C_in, kh, kw) = (8, 3, 2, 3) | (kh, kw, C_in, C_out) |
# | `dense` | (units, inputs) = (10, 96) | (inputs, units) |
#
# The 96 inputs of the dense layer are 8 maps of 3 × 4, flattened in the layout of *their* library. Keras flattens
# maps of shape (3, 4, 8), so the same number arrives at another place.
#
# Make `images_last`, `kernels_last` and `dense_last`. **Predict.** Would an error tell you if you had taken the wrong axes?
# For how many of the three?

# %% slideshow={"slide_type": "-"}
images, kernels, dense = elsewhere()
print(images.shape, kernels.shape, dense.shape)

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q6-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
images_last = ...
kernels_last = ...
dense_last = ...
### BEGIN SOLUTION
images_last = images.transpose(0, 2, 3, 1)
kernels_last = kernels.transpose(2, 3, 1, 0)
maps = dense.reshape(10, 8, 3, 4)  # units, C, H, W: the axes as they lie in memory
dense_last = maps.transpose(2, 3, 1, 0).reshape(96, 10)  # H, W, C in a row; units
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q6.check(images_last, kernels_last, dense_last)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks.ch04 import elsewhere

    images, kernels, dense = elsewhere()
    np.testing.assert_array_equal(images_last, np.einsum("nchw->nhwc", images))
    np.testing.assert_array_equal(kernels_last, np.einsum("oihw->hwio", kernels))
    cube = np.reshape(dense_last, (3, 4, 8, 10))
    np.testing.assert_array_equal(cube, np.einsum("uchw->hwcu", dense.reshape(10, 8, 3, 4)))
    assert np.shape(dense_last) == (96, 10)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
if dense_last is not ...:  # the whole network in both layouts, with your layer of question 2
    maps = conv_forward(images_last, kernels_last, np.zeros(8), 1, 0)
    their_maps = np.moveaxis(maps, -1, 1)
    scores, theirs = maps.reshape(5, 96) @ dense_last, their_maps.reshape(5, 96) @ dense.T
    print("the same scores in both libraries:", np.array_equal(scores, theirs))

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 7 · Reading a summary
#
# **2 points · 15 minutes**
#
# Somebody sends you the summary of a network, and it was scanned badly: some numbers cannot be read. The images are 64 × 64.
# The first convolution has stride 1 and no padding, the second has padding `"same"`; kernels are square; both poolings are 2 × 2.
#
# ```
#  Layer (type)                     Output Shape            Param #
#  conv2d (Conv2D)                  (None, 60, 60, 12)          912
#  max_pooling2d (MaxPooling2D)     (None, 30, 30, 12)            0
#  conv2d_1 (Conv2D)                (None, 15, 15, 20)        2,180
#  max_pooling2d_1 (MaxPooling2D)   (None, 7, 7, 20)              0
#  flatten (Flatten)                (None, ▒▒▒)                   0
#  dense (Dense)                    (None, ▒)                 5,886
#  Total params: ▒,▒▒▒
# ```
#
# Find `kernel` and `channels`, the side of the first kernels and the channels of the images; `stride` and `kernel_2` of the
# second convolution; `flat`, what Flatten gives per image; `classes`, the units of the last layer; `total`. And
# `with_global`: the parameters of the last layer if `GlobalAveragePooling2D` stood in the place of Flatten.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q7-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
kernel = ...
channels = ...
stride = ...
kernel_2 = ...
flat = ...
classes = ...
total = ...
with_global = ...
### BEGIN SOLUTION
kernel = 64 - 60 + 1
channels = (912 / 12 - 1) / 25  # 76 numbers for each kernel, one of them its bias
stride = 2  # 30 rows in, 15 out, nothing lost at the border
kernel_2 = 3  # 2180 / 20 - 1 = 108 = 12 * 9
flat = 7 * 7 * 20
classes = 5886 / (980 + 1)
total = 912 + 2180 + 5886
with_global = 6 * (20 + 1)
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q7.check(kernel, channels, stride, kernel_2, flat, classes, total, with_global)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np

    first, second = np.ones((5, 5, 3, 12)), np.ones((3, 3, 12, 20))
    head = np.ones((7 * 7 * 20, 6))
    assert [m.size + m.shape[-1] for m in (first, second, head)] == [912, 2180, 5886]
    truth = [5, 3, 2, 3, len(head), 6, 912 + 2180 + 5886, second.shape[-1] * 6 + 6]
    mine = [kernel, channels, stride, kernel_2, flat, classes, total, with_global]
    np.testing.assert_allclose(mine, truth)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 8 · Repair a network
#
# **3 points · 20 minutes · with Keras**
#
# The function below should make a network that reads handwritten digits, 8 × 8 pixels with grey levels from 0 to 16, and labels
# 0 to 9. Several things are wrong with it. Some raise an error, one after the other; one raises nothing, and the network hardly
# learns.
#
# **Predict.** Read the function and count its faults before you run `broken(digits.x[:1200], digits.y[:1200])` in a cell of
# your own.

# %% slideshow={"slide_type": "-"}
digits = datasets.digits()


def broken(x, y):
    net = keras.Sequential([
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Dense(10),
    ])
    net.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    net.fit(x, y, epochs=15, verbose=0)
    return net

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Repair it, as `repaired(x, y)`. It gets images as they come, `x` (N, 8, 8) from 0 to 16, with labels `y` from 0 to 9, and
# returns a trained network. Keep the convolution and the pooling. The network's `predict` takes images of shape (N, 8, 8, 1),
# and gives ten scores for each. Their grey levels may go from 0 to 16 or from 0 to 1: the check tries both.
#
# The check calls your function with the first 1200 digits, which takes some seconds. It deals out the labels anew, so only `x`
# and `y` tell what they mean. The network has to read at least 0.8 of the last 597 digits, which other people wrote.

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q8-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repaired(x, y):
    """Return a network that has learned to read digits from x and y."""
    ### BEGIN SOLUTION
    reproducible(seed=0)
    net = keras.Sequential([
        keras.Input((8, 8, 1)),  # now it knows what comes in
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),  # one row of numbers per image, for the head
        keras.layers.Dense(10, activation="softmax"),  # shares, as the loss expects
    ])
    net.compile(
        keras.optimizers.Adam(0.003),
        "sparse_categorical_crossentropy",  # for labels that are whole numbers
        metrics=["accuracy"],
    )
    net.fit(x[..., np.newaxis] / 16, y, epochs=15, verbose=0)  # a channel; from 0 to 1
    return net
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q8.check(repaired)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse import datasets
    from convcourse.checks import quiet
    from convcourse.checks.ch04 import q8

    taught = q8.trained(repaired)  # what the check above has trained
    x = datasets.digits().x[1200:, ..., np.newaxis].astype("float32")
    with quiet():
        both = [np.asarray(taught.network.predict(x / s, verbose=0)) for s in (16, 1)]
    assert all(scores.shape == (597, 10) for scores in both)
    labels = taught.lesson.classes[[scores.argmax(axis=1) for scores in both]]
    right = np.mean(labels == datasets.digits().y[1200:], axis=1)
    assert right[0] >= 0.8 or right[1] >= 0.8


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q9-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 9 · A network under a budget
#
# **4 points · 30 minutes · with Keras**
#
# The network of the chapter tells brick, grass and gravel apart with 1,619 parameters. Yours may have **1,000**, all layers and
# biases together. Write `train(x, y)`: it gets patches `x` (N, 32, 32, 1) with labels `y`, which are 0, 1 and 2, and returns a
# trained network. Its `predict` takes patches of that shape, and gives three scores for each.
#
# The check calls it once, with patches of the upper halves of the photographs and labels dealt out anew. The network has to
# tell at least 0.9 of the patches of the lower halves apart. Many ways lead there: few large kernels or many small ones, two
# layers or three, pooling or stride. Some seconds are enough.
#
# **Predict.** Write down the parameters of your design, layer by layer, before you ask `count_params()`.

# %% slideshow={"slide_type": "-"}
textures = datasets.textures()
nine = [np.flatnonzero(textures.y == label)[k] for k in range(3) for label in range(3)]
names = [f"{textures.y[k]}: {textures.about['classes'][textures.y[k]]}" for k in nine]
fig = figures.tiles(textures.x[nine, :, :, 0], names, cols=9, signed=False)
plots.show(fig, "Nine patches of 32 x 32 pixels: three times 0 brick, 1 grass, 2 gravel.")

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q9-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(x, y):
    """Return a small network that has learned three textures from x and y."""
    ### BEGIN SOLUTION
    reproducible(seed=0)
    net = keras.Sequential([
        keras.Input((32, 32, 1)),
        keras.layers.Conv2D(8, 3, activation="relu"),  # 8 * (9 + 1) = 80
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(8, 3, activation="relu"),  # 8 * (9 * 8 + 1) = 584
        keras.layers.GlobalAveragePooling2D(),  # a texture is the same everywhere
        keras.layers.Dense(3, activation="softmax"),  # 3 * (8 + 1) = 27
    ])
    net.compile(
        keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    net.fit(x, y, epochs=12, verbose=0)
    return net
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q9-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q9.check(train)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q9-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other patches.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import sum
    from convcourse import datasets
    from convcourse.checks import quiet
    from convcourse.checks.ch04 import q9

    taught = q9.trained(train)  # what the check above has trained
    new = datasets.textures(n=3, seed=4901)
    with quiet():
        scores = np.asarray(taught.network.predict(new.x_test, verbose=0))
        sizes = [np.size(w) for w in taught.network.get_weights()]
    assert scores.shape == (600, 3) and sum(sizes) <= 1000
    # a little less than the check asks for: other patches are drawn here
    assert np.mean(taught.lesson.classes[scores.argmax(axis=1)] == new.y_test) >= 0.87


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception", "nbval-ignore-output"]
if q9.taught:  # what the network of the check looks for, and what it takes for what
    net, label = q9.taught.network, q9.taught.lesson.classes
    told = label[net.predict(textures.x_test, verbose=0).argmax(axis=1)]
    table = np.zeros((3, 3), int)
    np.add.at(table, (textures.y_test, told), 1)
    print("rows: brick, grass, gravel; columns: what they are taken for\n", table)
    kernels = net.get_weights()[0][:, :, 0]
    fig = figures.tiles(np.moveaxis(kernels, -1, 0))
    plots.show(fig, f"The {kernels.shape[-1]} kernels of the first layer, as the network has learned them.")

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q9-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Two things to try
#
# - Halve the budget. What do you give up first: kernels, their size, or a layer? Train three times with other seeds before you
#   believe a difference.
# - Train on `textures.x` and `textures.y`, and look how the loss falls: `net.history.history["loss"]`. Then turn the patches by
#   90°, with `np.rot90(textures.x_test, axes=(1, 2))`. Which texture does your network lose, and why that one?

# %% [markdown] slideshow={"slide_type": "skip"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "end", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Back to [chapter 4](../../notebooks/04_cnn_layers_keras.ipynb). Worked answers are in
# [solutions](../../solutions/04_cnn_layers_keras/04_cnn_layers_keras.ipynb). Look there after your own try.
