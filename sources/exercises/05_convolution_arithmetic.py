# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "title", "locked": true, "schema_version": 3, "solution": false, "task": false}
# # Exercises 5 · Convolution arithmetic
#
# Ten questions on [chapter 5](../../notebooks/05_convolution_arithmetic.ipynb): sizes, forwards and
# backwards; prices; and what a unit sees. **24 points, about 3 hours.** Take them one at a time. All
# answers are numbers, short lists, or functions that compute them. No weights, no training.
#
# - Write your answer in the cell under a question, in place of the dots, or as the body of a
#   function. Run it. The last two lines there, `# YOUR CODE HERE` and `pass`, may go.
# - Run the check under it. It says what is right, and which idea is behind a wrong answer. Check as
#   often as you like: a wrong answer costs nothing, and teaches the most.
# - `q1.hint(1)` gives a hint; `q1.hint(2)` and `q1.hint(3)` go further.
#
# Guess before you compute, and write the guess down.

# %% slideshow={"slide_type": "skip"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from convcourse import plots
from convcourse.checks.ch05 import q1, q2, q3, q4, q5, q6, q7, q8, q9, q10

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 1 · Six lengths by hand
#
# **2 points · 15 minutes · pencil and paper**
#
# Samples $n$, weights $k$, stride $s$, padding $p$ on each side, dilation $d$ (1 is an ordinary kernel).
# How many outputs?
#
# | name | $n$ | $k$ | $s$ | padding | $d$ |
# |---|---|---|---|---|---|
# | `strided` | 24 | 5 | 2 | $p = 4$ | 1 |
# | `dilated` | 32 | 5 | 1 | $p = 3$ | 3 |
# | `at_once` | 27 | 6 | 2 | $p = 6$ | 3 |
# | `full` | 20 | 6 | 1 | "full" | 1 |
# | `same` | 225 | 7 | 2 | "same" of Keras | 1 |
# | `image` | 31 × 40 | 3 × 6 | (2, 3) | (0, 1) | 1 |
#
# The last one is an image: two numbers, rows first; each pair is (rows, columns).
#
# **Predict.** In which rows does a rest remain that the floor drops?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q1-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
strided = ...
dilated = ...
at_once = ...
full = ...
same = ...
image = ...  # a pair such as (4, 5)
### BEGIN SOLUTION
strided = 14  # 32 samples with padding, the last start at most 27, 13 steps
dilated = 26  # the kernel spans 13 of 38 samples
at_once = 12  # it spans 16 of 39: starts from 0 to at most 23, 11 steps
full = 25  # padding 5 on each side
same = 113  # 225 / 2, rounded up
image = (15, 13)  # 28 // 2 + 1 and 36 // 3 + 1
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q1.check(strided, dilated, at_once, full, same, image)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import int, len, range

    def outputs(n, k, s, p, d):  # slide a real kernel over a real signal
        kernel = np.zeros(d * (k - 1) + 1)
        kernel[::d] = 1
        return len(np.correlate(np.ones(n + 2 * p), kernel, "valid")[::s])

    assert int(strided) == strided == outputs(24, 5, 2, 4, 1)
    assert int(dilated) == dilated == outputs(32, 5, 1, 3, 3)
    assert int(at_once) == at_once == outputs(27, 6, 2, 6, 3)
    assert full == len(np.convolve(np.ones(20), np.ones(6)))
    assert same == len(range(0, 225, 2))
    assert np.array_equal(image, [outputs(31, 3, 2, 0, 1), outputs(40, 6, 3, 1, 1)])


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 2 · Count with a formula
#
# **2 points · 10 minutes**
#
# Write `output_length(n, k, s, p, d)`: the number of windows, for any samples $n$, weights $k$, stride $s$,
# padding $p$ on each side and dilation $d$. Raise a `ValueError` if not one window fits.
#
# The check tries settings in which the usual wrong formulas differ from the right one, and tells which of
# them yours is.
#
# **Predict.** Four samples, five weights, stride 9, no padding: what does your formula give before you
# think of the error? (In Python `-1 // 9` is -1.)

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q2-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_length(n, k, s, p, d):
    """Return how many windows of k weights fit over n samples."""
    ### BEGIN SOLUTION
    room = n + 2 * p - d * (k - 1) - 1  # the last possible start in the padded signal
    if room < 0:
        raise ValueError("the kernel is longer than the padded signal")
    return room // s + 1
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q2.check(output_length)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import CheckFailed, quiet
    from convcourse.checks.ch05 import q2

    with quiet():
        for n, k, s, p, d in np.random.default_rng(50201).integers(1, 12, (60, 5)).tolist():
            kernel = np.zeros(d * (k - 1) + 1)
            kernel[::d] = 1
            if kernel.size <= n + 2 * p:
                y = np.correlate(np.ones(n + 2 * p), kernel, "valid")[::s]
                assert output_length(n, k, s, p, d) == y.size
                continue
            try:
                output_length(n, k, s, p, d)
            except ValueError:
                continue
            raise CheckFailed("no window fits: raise a ValueError")
    q2.check(output_length, seed=5201)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 3 · Both sides of "same"
#
# **2 points · 15 minutes**
#
# With `padding="same"` a layer of Keras has $\lceil n/s \rceil$ outputs. It pads just enough for them, and
# splits the padding as evenly as it can. If the total is odd, the *right* side gets one more.
#
# Write `same_padding(n, k, s, d)`: the two numbers `(left, right)`.
#
# **Predict.** The pair for $n = 224$, $k = 7$, $s = 2$. And for $k = 1$, $s = 2$, $n = 6$: can a padding be
# negative?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q3-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def same_padding(n, k, s, d):
    """Return what "same" of Keras adds on the left and on the right."""
    ### BEGIN SOLUTION
    outputs = -(-n // s)  # n / s, rounded up
    needed = (outputs - 1) * s + d * (k - 1) + 1  # up to the end of the last window
    total = max(0, needed - n)
    return total // 2, total - total // 2
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q3.check(same_padding)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch05 import q3

    # (n, k, s, d) and what TensorFlow pads
    table = {
        (5, 2, 1, 1): (0, 1),
        (5, 4, 1, 1): (1, 2),
        (225, 7, 2, 1): (3, 3),
        (7, 3, 3, 1): (1, 1),
        (10, 5, 4, 1): (1, 2),
        (28, 2, 2, 1): (0, 0),
        (8, 3, 1, 2): (2, 2),
        (13, 6, 5, 1): (1, 2),
        (32, 11, 4, 1): (3, 4),
    }
    with quiet():
        for setting, sides in table.items():
            np.testing.assert_array_equal(same_padding(*setting), sides)
    q3.check(same_padding, seed=5301)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 4 · Backwards
#
# **2 points · 15 minutes**
#
# A layer gave $m$ outputs. How long was its input? Because of the floor there are several answers.
#
# Write `inputs_for(m, k, s, p, d)`: the list of *all* lengths $n \ge 1$ that give exactly $m$ outputs, in
# rising order. If there is none, the list is empty.
#
# **Predict.** How many lengths are there for $s = 1$, and how many for $s = 4$? Is there a setting with
# none at all?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q4-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def inputs_for(m, k, s, p, d):
    """Return every length of the input that gives m outputs."""
    ### BEGIN SOLUTION
    shortest = (m - 1) * s + d * (k - 1) + 1 - 2 * p
    return [n for n in range(shortest, shortest + s) if n >= 1]
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q4.check(inputs_for)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import list, range
    from convcourse.checks import quiet
    from convcourse.checks.ch05 import q4

    with quiet():
        for m, k, s, p, d in np.random.default_rng(50401).integers(1, 7, (30, 5)).tolist():
            kernel = np.zeros(d * (k - 1) + 1)
            kernel[::d] = 1
            truth = []
            for n in range(1, 90):
                if kernel.size <= n + 2 * p:
                    y = np.correlate(np.ones(n + 2 * p), kernel, "valid")[::s]
                    truth += [n] * (y.size == m)
            assert list(inputs_for(m, k, s, p, d)) == truth
    q4.check(inputs_for, seed=5401)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 5 · Made to measure
#
# **3 points · 20 minutes**
#
# Now you choose the numbers. The check counts windows and follows which samples are read; *any* answer
# that meets the wishes is right.
#
# **Predict.** Which of the five below has one answer only, and which have many?

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### The five orders
#
# - `keep`: the padding on each side with which $k = 5$, $d = 3$, $s = 1$ keeps every length.
# - `counter`: some pages write $\lfloor (n - k + 1)/s \rfloor$. Give $(n, k, s)$, without padding, for which this
#   is *not* the number of windows.
# - `first`: one layer $(k, s, p)$ from 227 samples to 55, in which every sample is read by some window,
#   and $p < k$.
# - `last`: a list of layers $(k, s, p)$ from 7 samples to 1, with kernels of at most 3 and no padding, so
#   that the one unit depends on all seven.

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-stack", "locked": true, "schema_version": 3, "solution": false, "task": false}
# - `stack`: at most six layers $(k, s, p)$ from 224 to 7, with kernels of at most 5, $s \le k$ and $p < k$.
#   Each unit at the end is to see at least 100 samples (its field's size, padding included), and every
#   sample is to be read.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
keep = ...
counter = ...  # (n, k, s)
first = ...  # (k, s, p)
last = ...  # a list such as [(3, 1, 0), (2, 2, 0)]
stack = ...
### BEGIN SOLUTION
keep = 6  # the kernel spans 13: six on each side of its middle
counter = (9, 3, 2)  # the windows come out even
first = (11, 4, 0)  # 54 steps of 4, and 11 more
last = [(3, 2, 0), (3, 1, 0)]  # 7, 3, 1
stack = [(5, 2, 2)] * 5  # 112, 56, 28, 14, 7; the field has 1 + 4 * 31 samples
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q5.check(keep, counter, first, last, stack)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import all, int, len, range
    from convcourse.checks.ch05 import q5

    q5.check(keep, counter, first, last, stack)

    def layer(reads, k, s, p):  # reads[i]: what the samples of the image do to sample i
        padded = np.pad(np.asarray(reads, bool), ((int(p), int(p)), (0, 0)))
        k, s = int(k), int(s)
        starts = range(0, len(padded) - k + 1, s)
        return np.array([padded[at : at + k].any(axis=0) for at in starts])

    def through(n, layers):
        reads = np.eye(n, dtype=bool)
        for setting in layers:
            reads = layer(reads, *setting)
        return reads

    n, k, s = counter
    assert (n - k + 1) // s != len(range(0, int(n - k + 1), int(s)))
    dilated = np.zeros(13)
    dilated[::3] = 1
    assert int(keep) == keep
    assert len(np.correlate(np.ones(40 + 2 * int(keep)), dilated, "valid")) == 40
    reads = through(227, [first])
    assert len(reads) == 55 and reads.any(axis=0).all() and first[2] < first[0]
    reads = through(7, last)
    assert reads.shape == (1, 7) and reads.all()
    assert all(k <= 3 and p == 0 for k, s, p in last)
    reads = through(224, stack)
    assert len(stack) <= 6 and all(k <= 5 and s <= k and p < k for k, s, p in stack)
    assert len(reads) == 7 and reads.any(axis=0).all()
    wide = through(224 + 2 * 300, [(k, s, 0) for k, s, p in stack])  # no border in sight
    assert wide[len(wide) // 2].sum() >= 100


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 6 · How often is a pixel read?
#
# **2 points · 15 minutes**
#
# It is often said that padding lets all pixels be used equally. Write `usage(H, W, k, s, p)`: an array of
# $H \times W$ numbers that says in how many windows each pixel of the image lies. The windows have
# $k \times k$ pixels, stride $s$ along both axes and padding $p$ on all four sides.
#
# **Predict.** For an image of 5 × 5, $k = 3$, $s = 1$, $p = 1$: the numbers at a corner, at the middle of an
# edge, and in the middle. How large must $p$ be to make all equal?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q6-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def usage(H, W, k, s, p):
    """Return how many windows read each pixel, as an array of H rows and W columns."""
    ### BEGIN SOLUTION
    used = np.zeros((H + 2 * p, W + 2 * p), dtype=int)
    for i in range(0, H + 2 * p - k + 1, s):
        for j in range(0, W + 2 * p - k + 1, s):
            used[i : i + k, j : j + k] += 1
    return used[p : p + H, p : p + W]  # without the frame
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q6.check(usage)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch05 import q6

    with quiet():
        assert np.asarray(usage(5, 5, 3, 1, 1))[[0, 0, 2], [0, 2, 2]].tolist() == [4, 6, 9]
        for H, W, k, s, p in ((6, 9, 3, 2, 1), (9, 6, 4, 3, 2), (5, 12, 5, 1, 4), (7, 8, 2, 3, 1)):
            # each pixel alone: how many windows of ones notice it?
            truth = np.zeros((H, W))
            for i, j in np.ndindex(H, W):
                x = np.zeros((H + 2 * p, W + 2 * p))
                x[p + i, p + j] = 1
                windows = np.lib.stride_tricks.sliding_window_view(x, (k, k))[::s, ::s]
                truth[i, j] = windows.sum()
            np.testing.assert_allclose(usage(H, W, k, s, p), truth)
    q6.check(usage, seed=5601)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
maps = [usage(6, 8, 3, 1, p) for p in (0, 1, 2)] + [usage(6, 8, 3, 2, 1)]
if maps[0] is not None:  # once your function is written
    fig, axes = plots.panels(1, 4, height=1.7)
    names = ("p = 0", "p = 1", "p = 2", "s = 2, p = 1")
    for ax, name, used in zip(axes.flat, names, maps, strict=True):
        plots.image(ax, used, name)
        ax.images[0].set_clim(0, 9)  # one scale for all four
        for label, count in zip(ax.texts, np.ravel(used), strict=True):
            label.set(bbox=None, color="white" if count < 5 else "black", fontsize=8)
    ends = [f"{name}: {used[0][0]}, {used[3][4]}" for name, used in zip(names, maps, strict=True)]
    plots.show(fig, f"How often each pixel of 6 x 8 is read; at a corner and in the middle: {'; '.join(ends)}.")

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 7 · Audit a network
#
# **3 points · 20 minutes**
#
# From here on a network is a list of layers, each a tuple of a word and whole numbers:
#
# | layer | |
# |---|---|
# | `("conv", filters, kernel, stride, padding)` | a kernel of $k \times k$, with a bias per filter |
# | `("pool", kernel, stride)` | maximum, no padding |
# | `("flatten",)` | a map becomes a list |
# | `("dense", units)` | fully connected, with a bias per unit |
#
# Write `audit(layers, shape)`. The image has the shape `(rows, columns, channels)`. Return one row of three
# numbers per layer: its **parameters**, its **MACs** (products; those with padded zeros count, biases do
# not) and the **values** of its output.
#
# **Predict.** For 64 filters of 5 × 5, stride 1, padding 2, on a colour image of 32 × 32: the three
# numbers.

# %% slideshow={"slide_type": "-"}
lenet = [
    ("conv", 6, 5, 1, 0),
    ("pool", 2, 2),
    ("conv", 16, 5, 1, 0),
    ("pool", 2, 2),
    ("conv", 120, 5, 1, 0),
    ("flatten",),
    ("dense", 84),
    ("dense", 10),
]
print(len(lenet), "layers, for images of shape (32, 32, 1)")

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q7-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def audit(layers, shape):
    """Return (parameters, MACs, values of the output) of each layer."""
    ### BEGIN SOLUTION
    rows = []
    for kind, *numbers in layers:
        parameters = macs = 0
        if kind == "conv":
            filters, k, s, p = numbers
            weights = k * k * shape[2] * filters
            shape = (*[(n + 2 * p - k) // s + 1 for n in shape[:2]], filters)
            parameters, macs = weights + filters, shape[0] * shape[1] * weights
        elif kind == "pool":
            k, s = numbers
            shape = (*[(n - k) // s + 1 for n in shape[:2]], shape[2])
        elif kind == "flatten":
            shape = (shape[0] * shape[1] * shape[2],)
        else:
            (units,) = numbers
            parameters, macs = (shape[0] + 1) * units, shape[0] * units
            shape = (units,)
        values = shape[0] if len(shape) == 1 else shape[0] * shape[1] * shape[2]
        rows.append((parameters, macs, values))
    return rows
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q7.check(audit)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch05 import q7

    with quiet():
        # published numbers: LeNet-5 and the first blocks of VGG16
        net = [("conv", 6, 5, 1, 0), ("pool", 2, 2), ("conv", 16, 5, 1, 0), ("pool", 2, 2)]
        net += [("conv", 120, 5, 1, 0), ("flatten",), ("dense", 84), ("dense", 10)]
        rows = np.asarray(audit(net, (32, 32, 1)))
        np.testing.assert_array_equal(rows[[0, 2, 4, 6, 7], 0], [156, 2416, 48120, 10164, 850])
        net = [("conv", 64, 3, 1, 1), ("conv", 64, 3, 1, 1), ("pool", 2, 2), ("conv", 128, 3, 1, 1)]
        rows = np.asarray(audit(net, (224, 224, 3)))
        np.testing.assert_array_equal(rows[:, 0], [1792, 36928, 0, 73856])
        np.testing.assert_array_equal(rows[:, 1], [86704128, 1849688064, 0, 924844032])
        net = [("pool", 7, 7), ("flatten",), ("dense", 4096)]
        rows = np.asarray(audit(net, (49, 51, 512)))
        np.testing.assert_array_equal(rows[-1], [102764544, 102760448, 4096])
    q7.check(audit, seed=5701)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
if (rows := audit(lenet, (32, 32, 1))) is not None:  # once your function is written
    for layer, (parameters, macs, values) in zip(lenet, rows, strict=True):
        print(f"{layer!s:24}{parameters:>8,} parameters{macs:>9,} MACs{values:>7,} values")
    print("most parameters:", lenet[int(np.argmax([row[0] for row in rows]))])
    print("most MACs:      ", lenet[int(np.argmax([row[1] for row in rows]))])

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 8 · What a unit sees
#
# **2 points · 15 minutes**
#
# Write `receptive_fields(layers)`. A layer is $(k, s, p, d)$, along one axis. Return one row of three
# numbers per layer:
#
# - **size**: how many samples of the input lie between the first and the last one that a unit of this
#   layer reads, both included;
# - **jump**: how far the field of unit 1 begins behind that of unit 0;
# - **start**: where the field of unit 0 begins. Below 0 it begins in the padding.
#
# **Predict.** For two layers of 3 weights with stride 2 and padding 1: the six numbers. Which of them would
# be others without padding?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q8-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def receptive_fields(layers):
    """Return (size, jump, start) after each layer."""
    ### BEGIN SOLUTION
    size, jump, start, rows = 1, 1, 0, []
    for k, s, p, d in layers:
        size += d * (k - 1) * jump
        start -= p * jump
        jump *= s  # last: a layer's own stride widens the steps of the next one
        rows.append((size, jump, start))
    return rows
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q8.check(receptive_fields)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range
    from convcourse.checks import quiet
    from convcourse.checks.ch05 import q8

    with quiet():
        conv, pool = (3, 1, 1, 1), (2, 2, 0, 1)
        vgg = [conv, conv, pool] * 2 + [conv, conv, conv, pool] * 3
        sizes = [5, 6, 14, 16, 32, 40, 44, 76, 92, 100, 164, 196, 212]
        keep = [1, 2, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17]
        rows = np.asarray(receptive_fields(vgg))
        np.testing.assert_array_equal(rows[keep, 0], sizes)
        np.testing.assert_array_equal(rows[-1], [212, 32, -90])
        wave = [(2, 1, 0, 2**i) for i in range(10)]
        assert np.asarray(receptive_fields(wave))[-1, 0] == 1024
        wide = [(3, 1, d, d) for d in (1, 1, 2, 4, 8, 16, 1)]
        np.testing.assert_array_equal(receptive_fields(wide)[-1], (67, 1, -33))
    q8.check(receptive_fields, seed=5801)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
conv, pool = (3, 1, 1, 1), (2, 2, 0, 1)
vgg16 = [conv, conv, pool] * 2 + [conv, conv, conv, pool] * 3
if (rows := receptive_fields(vgg16)) is not None:  # once your function is written
    print("VGG16, sizes:", [int(size) for size, _, _ in rows])
    size, jump, start = (int(number) for number in rows[-1])
    print(f"a unit at the end sees {size} pixels; unit 0 sees {start} to {start + size - 1}")

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q9-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 9 · There and back
#
# **3 points · 20 minutes**
#
# A *transposed* layer goes the other way: each of its $n$ input samples lays down a copy of the kernel, the
# copies $s$ samples apart. Then $p$ samples are cut off at both ends (those that the ordinary layer had
# padded), and $a$ samples, the *output padding*, are added at the right. How long is the output?
#
# **Predict.** One sample more at the input: how many more come out?

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q9-parts", "locked": true, "schema_version": 3, "solution": false, "task": false}
# - `spread`: $n = 5$, $k = 3$, $s = 2$, $p = 0$, $a = 0$
# - `cropped`: $n = 13$, $k = 5$, $s = 3$, $p = 1$, $a = 0$
# - `extended`: $n = 28$, $k = 5$, $s = 3$, $p = 2$, $a = 1$
# - `rest`: an ordinary layer with $k = 5$, $s = 3$, $p = 1$ makes 8 outputs of 26 samples. Which $a$ brings the
#   transposed layer with the same $k$, $s$, $p$ from 8 back to 26?

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q9-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Repair it
#
# The network below halves a photograph three times, doubles it again, and joins what comes back with what
# it kept. `("join", i)` puts the output of layer `i`, counted from 0, behind the channels of its input.
# `("transposed", filters, kernel, stride, padding, output padding)` is the layer from above; its output
# padding has to be below the stride.

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q9-wish", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### What is wanted
#
# Images of 100 by 84 pixels with 3 channels are to come out as 100 by 84 with 1. They do not. Give
# `repaired`, the list with as few changes as you need: you may change paddings, output paddings and the
# numbers of joins, and nothing else. The check runs shapes through it, and tells the first layer that does
# not fit.
#
# **Predict.** Follow the height on paper: 100, then? Which height is odd, and what does the next layer make
# of it?

# %% slideshow={"slide_type": "-"}
broken = [
    ("conv", 16, 3, 1, 1),  # layer 0
    ("conv", 32, 3, 2, 1),
    ("conv", 64, 3, 2, 1),
    ("conv", 64, 3, 2, 1),
    ("transposed", 64, 3, 2, 1, 1),  # layer 4
    ("join", 2),
    ("transposed", 32, 3, 2, 1, 0),
    ("join", 1),
    ("conv", 32, 5, 1, 1),  # layer 8
    ("transposed", 16, 3, 2, 1, 1),
    ("join", 1),
    ("conv", 1, 1, 1, 0),
]
print(len(broken), "layers")

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q9-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
spread = ...
cropped = ...
extended = ...
rest = ...
repaired = ...  # for example: copy the list above, and change it
### BEGIN SOLUTION
spread = 11  # the last kernel begins at 8
cropped = 39  # 12 * 3 + 5, less 2
extended = 83  # 27 * 3 + 5, less 4, and 1 more
rest = 2  # 28 padded samples; the last of 8 windows ends at 26
repaired = list(broken)  # heights 100, 50, 25, 13, and back
repaired[4] = ("transposed", 64, 3, 2, 1, 0)  # 13 to 25: not doubled
repaired[6] = ("transposed", 32, 3, 2, 1, 1)  # 25 to 50
repaired[8] = ("conv", 32, 5, 1, 2)  # a kernel of 5 needs 2 to keep the size
repaired[10] = ("join", 0)  # 100 with 100
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q9-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q9.check(spread, cropped, extended, rest, repaired)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q9-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import enumerate, int, len
    from convcourse.checks.ch05 import q9

    def back(n, k, s, p, a):  # lay kernels of ones down on a real line
        grid = np.zeros((n - 1) * s + 1)
        grid[::s] = 1
        return len(np.convolve(grid, np.ones(k))) - 2 * p + a

    assert spread == back(5, 3, 2, 0, 0) and cropped == back(13, 5, 3, 1, 0)
    assert extended == back(28, 5, 3, 2, 1) and back(8, 5, 3, 1, rest) == 26
    kinds = "conv conv conv conv transposed join transposed join conv transposed join conv"
    assert [layer[0] for layer in repaired] == kinds.split()
    windows = ((0, 3, 1), (1, 3, 2), (2, 3, 2), (3, 3, 2), (8, 5, 1), (11, 1, 1))
    assert [(i, *repaired[i][2:4]) for i, _, _ in windows] == [*windows]
    for size in (100, 84):
        n, lengths = size, []
        for number, (kind, *numbers) in enumerate(repaired):
            if kind == "join":
                assert lengths[int(numbers[0])] == n and numbers[0] < number - 1
            elif kind == "conv":
                _, k, s, p = numbers
                n = (n + 2 * p - k) // s + 1
            else:
                _, k, s, p, a = numbers
                assert 0 <= a < s
                n = (n - 1) * s + k - 2 * p + a
            lengths.append(n)
        assert n == size
    q9.check(spread, cropped, extended, rest, repaired)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q10-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 10 · Project: fit the budget
#
# **3 points · 25 minutes**
#
# The network below tells ten things apart in colour images of 64 × 64 pixels. It is far too heavy for a
# small device. First find out where its weight lies. The functions of questions 7 and 8 help.
#
# - `parameters` and `macs`: of the whole network.
# - `memory`: bytes of the outputs of all layers, 4 bytes per value. The flatten does not count: its list
#   is the map before it, read in another way.
# - `share`: of all parameters, which share (a number from 0 to 1) lies in the first dense layer?
# - `side`: how many pixels wide is the field of a unit of the last convolution?
#
# **Predict.** Which layer holds most of the parameters, which makes most of the MACs, which the largest
# map? Are they the same layer?

# %% slideshow={"slide_type": "-"}
heavy = [
    ("conv", 32, 5, 1, 2),
    ("conv", 64, 3, 1, 1),
    ("pool", 2, 2),
    ("conv", 128, 3, 1, 1),
    ("pool", 2, 2),
    ("flatten",),
    ("dense", 64),
    ("dense", 10),
]
print(len(heavy), "layers, for images of shape (64, 64, 3)")

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q10-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Design a light one
#
# Give `network`, a list of layers as in question 7, that takes the same images and ends in ten numbers:
#
# - at most **30,000 parameters**, **4 million MACs** and **200,000 bytes** of outputs, counted as above;
# - at least four convolutions, each with a padding smaller than its kernel;
# - a unit of the *last* convolution sees at least **40 × 40 pixels**.
#
# Any network that meets all this is right; the check measures it. A pooling may be as large as the map:
# then one value per channel is left.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q10-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
parameters = ...
macs = ...
memory = ...  # bytes
share = ...
side = ...
network = ...  # a list of layers
### BEGIN SOLUTION
parameters = 2_192_650
macs = 162_923_136
memory = 2_490_664
share = 2_097_216 / 2_192_650  # 16 * 16 * 128 values into 64 units
side = 12  # 5, 7, 8 with jump 2, 12
network = [
    ("conv", 16, 3, 2, 1),  # 32 x 32: the large maps are left at once
    ("conv", 24, 3, 2, 1),
    ("conv", 32, 3, 2, 1),
    ("conv", 32, 3, 1, 1),  # 8 x 8, and a jump of 8: each adds 16 to the field
    ("conv", 32, 3, 1, 1),
    ("pool", 8, 8),  # one value per channel: a small dense layer
    ("flatten",),
    ("dense", 10),
]
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q10-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q10.check(parameters, macs, memory, share, side, network)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q10-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import abs, int, sum
    from convcourse.checks.ch05 import q10

    q10.check(parameters, macs, memory, share, side, network)

    def measure(layers):  # build every array, and count its entries
        x, size, jump, fields = np.zeros((64, 64, 3), bool), 1, 1, [0]
        weights = products = values = 0
        for kind, *given in layers:
            numbers = [int(number) for number in given]
            if kind in ("conv", "pool"):
                k, s, p = numbers[1:] if kind == "conv" else (*numbers, 0)
                x = np.pad(x, ((p, p), (p, p), (0, 0)))
                view = np.lib.stride_tricks.sliding_window_view(x, (k, k), (0, 1))[::s, ::s]
                size, jump = size + (k - 1) * jump, jump * s
            if kind == "conv":
                kernel = (numbers[0], *view.shape[2:])
                weights += np.prod(kernel) + numbers[0]
                products += np.prod(view.shape[:2]) * np.prod(kernel)
                x = np.zeros((*view.shape[:2], numbers[0]), bool)
                fields.append(size)
            elif kind == "pool":
                x = np.zeros(view.shape[:3], bool)
            elif kind == "flatten":
                x = x.reshape(-1)
                continue
            else:
                weights += (x.size + 1) * numbers[0]
                products += x.size * numbers[0]
                assert x.ndim == 1
                x = np.zeros(numbers[0], bool)
            values += x.size
        return weights, products, 4 * values, fields, x.shape

    heavy = [("conv", 32, 5, 1, 2), ("conv", 64, 3, 1, 1), ("pool", 2, 2), ("conv", 128, 3, 1, 1)]
    heavy += [("pool", 2, 2), ("flatten",), ("dense", 64), ("dense", 10)]
    weights, products, held, fields, _ = measure(heavy)
    assert (parameters, macs, memory, side) == (weights, products, held, fields[-1])
    assert abs(share - (16 * 16 * 128 + 1) * 64 / weights) < 0.002
    weights, products, held, fields, shape = measure(network)
    assert weights <= 30_000 and products <= 4e6 and held <= 200_000 and shape == (10,)
    assert fields[-1] >= 40 and sum(layer[0] == "conv" for layer in network) >= 4


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
if isinstance(network, list) and (rows := audit(network, (64, 64, 3))) is not None:
    prices = np.array(rows)[:, :2].sum(axis=0)
    print(f"{prices[0]:,} parameters: {parameters / prices[0]:.0f} times fewer")
    print(f"{prices[1]:,} MACs: {macs / prices[1]:.0f} times fewer")

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q10-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Two things to try
#
# - Which of the three limits did you meet last? Halve it, and try again. What has to give way?
# - Chapter 4 builds such networks in Keras. Build yours, and compare `model.count_params()` with your audit.

# %% [markdown] slideshow={"slide_type": "skip"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "end", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Back to [chapter 5](../../notebooks/05_convolution_arithmetic.ipynb). Worked answers are in
# [solutions](../../solutions/05_convolution_arithmetic/05_convolution_arithmetic.ipynb). Look there
# after your own try.
