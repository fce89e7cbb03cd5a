# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "title", "locked": true, "schema_version": 3, "solution": false, "task": false}
# # Exercises 7 · Transposed convolutions
#
# Eight questions on [chapter 7](../../notebooks/07_transposed_convolutions.ipynb): stamps, sizes, the
# transpose and how to test for it, chequers, and a real inverse. **23 points, about 2½ hours.** Take them
# one at a time. NumPy is enough: no TensorFlow, no training.
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
from convcourse import datasets, figures, plots
from convcourse.experiments import enlarging
from convcourse.checks.ch07 import q1, q2, q3, q4, q5, q6, q7, q8

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 1 · Before you run it
#
# **2 points · 15 minutes · pencil and paper**
#
# Nothing is padded, nothing is cut.
#
# | name | what to work out |
# |---|---|
# | `stamped` | $y = 2, -1, 3$, the kernel $1, 4, -2$, stride 2: the result of the transposed convolution |
# | `image` | the map $\begin{pmatrix} 1 & 2 \\ 0 & -1 \end{pmatrix}$ and the kernel $\begin{pmatrix} 1 & 0 & 3 \\ 2 & -1 & 0 \end{pmatrix}$, stride 1 down and 2 to the right |
# | `counts` | four stamps of a kernel of five weights, stride 2: how many stamps lie on each sample of the result? |
# | `matrix` | $C$ is the convolution of 13 samples with 4 weights, stride 3, no padding. Rows of $C^\mathsf{T}$, its columns, and how many of its entries are not zero (no weight is) |
# | `back` | $x = 1, 2, 3, 4, 5$ goes down with the kernel $1, 2, -1$ and stride 2, and up again: $C^\mathsf{T} C\, x$ |
#
# **Predict.** Which entries of `stamped` are sums of two products?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q1-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
stamped = ...
image = ...  # a list of rows, such as [[1, 2], [3, 4]]
counts = ...
matrix = ...  # three numbers: rows, columns, entries that are not zero
back = ...
### BEGIN SOLUTION
stamped = [2, 8, -5, -4, 5, 12, -6]  # stamps 2 8 -4, -1 -4 2, 3 12 -6; sums at 2 and 4
image = [[1, 0, 5, 0, 6], [2, -1, 3, -2, -3], [0, 0, -2, 1, 0]]
counts = [1, 1, 2, 2, 3, 2, 3, 2, 2, 1, 1]
matrix = (13, 4, 16)  # four outputs, each with four weights
back = [2, 4, 4, 12, -6]  # down 2 and 6; up 2 4 -2 and 6 12 -6
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q1.check(stamped, image, counts, matrix, back)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import len, range

    def matrix_of(n, w, s):  # C, by what it does to each unit vector
        starts = range(0, n - len(w) + 1, s)
        return np.array([[w @ e[i : i + len(w)] for e in np.eye(n)] for i in starts])

    small, large = matrix_of(7, np.array([1, 4, -2]), 2), matrix_of(13, np.ones(4), 3)
    np.testing.assert_allclose(stamped, small.T @ [2, -1, 3])
    kernel, truth = np.array([[1, 0, 3], [2, -1, 0]]), np.zeros((3, 5))
    for i, j, value in ((0, 0, 1), (0, 1, 2), (1, 1, -1)):
        truth[i : i + 2, 2 * j : 2 * j + 3] += value * kernel
    np.testing.assert_allclose(image, truth)
    np.testing.assert_allclose(counts, matrix_of(11, np.ones(5), 2).sum(axis=0))
    np.testing.assert_allclose(matrix, [*large.T.shape, np.count_nonzero(large)])
    C = matrix_of(5, np.array([1, 2, -1]), 2)
    np.testing.assert_allclose(back, C.T @ C @ np.arange(1, 6))


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 2 · A layer of stamps
#
# **3 points · 20 minutes**
#
# Write the layer itself, for one image. `y` has the shape `(H, W, C_in)`; the kernels `w` have
# `(kh, kw, C_out, C_in)`, as Keras stores them for `Conv2DTranspose`; `s` holds two strides, down and to the
# right. Each position $(i, j)$ of the map adds to $x[i\,s_0 + a,\; j\,s_1 + b,\; o]$
#
# $$\sum_c w[a, b, o, c]\; y[i, j, c]$$
#
# for each weight $(a, b)$ and each channel $o$. Return $x$, which ends where the last stamp ends. Raise a `ValueError` if the channels of `y` and `w` do not
# agree. Maps may hold whole numbers, even bytes; the result holds any numbers.
#
# **Predict.** `y` has the shape (4, 3, 2), `w` has (3, 5, 4, 2), `s` is (3, 2). The shape of $x$?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q2-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stamp(y, w, s):
    """Return the transposed convolution of a map, without padding."""
    ### BEGIN SOLUTION
    (H, W, channels), (kh, kw, c_out, c_in) = y.shape, w.shape
    if channels != c_in:
        raise ValueError(f"y has {channels} channels, the kernels expect {c_in}")
    x = np.zeros(((H - 1) * s[0] + kh, (W - 1) * s[1] + kw, c_out))
    for i in range(H):
        for j in range(W):
            top, left = i * s[0], j * s[1]
            x[top : top + kh, left : left + kw] += w @ y[i, j].astype(float)
    return x
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q2.check(stamp)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import ValueError, int
    from convcourse.checks import CheckFailed, quiet
    from convcourse.checks.ch07 import q2

    rng = np.random.default_rng(70201)
    with quiet():
        for _ in range(6):  # the identity <C x, y> = <x, C'y>, with windows for C
            H, W, kh, kw, c_out, c_in, a, b = (int(n) for n in rng.integers(2, 5, 8))
            y, w = rng.normal(size=(H, W, c_in)), rng.normal(size=(kh, kw, c_out, c_in))
            up = np.asarray(stamp(y.copy(), w.copy(), (a, b)))
            assert up.shape == ((H - 1) * a + kh, (W - 1) * b + kw, c_out)
            x = rng.normal(size=up.shape)
            windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), (0, 1))[::a, ::b]
            down = np.einsum("ijoab,aboc->ijc", windows, w)
            np.testing.assert_allclose(np.vdot(down, y), np.vdot(x, up), rtol=1e-5, atol=1e-4)
        try:
            stamp(np.ones((2, 3, 4)), np.ones((2, 2, 4, 3)), (1, 1))
        except ValueError:
            pass
        else:
            raise CheckFailed("the channels do not agree: raise a ValueError")
    q2.check(stamp, seed=7201)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 3 · How large, and None is not 0
#
# **3 points · 20 minutes**
#
# Write `length_up(n, k, s, padding, a)`: the length of a transposed convolution's output, along one axis,
# for $n$ samples, $k$ weights and stride $s$. `padding` is a number or a word, the output padding `a` a number or
# `None`.
#
# - A **number** $p$ cuts $p$ samples from both ends of the stamps. `None` adds nothing.
# - `"valid"` cuts nothing. With `None` each sample has room for $s$ samples at least, the last one too.
# - `"same"` with `None` gives $n \cdot s$; with a number it cuts $\lfloor k/2 \rfloor$ from both ends.
# - A number `a`, also 0, means: `a` samples more at the right end, and no other room.

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-refuse", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Three settings to refuse
#
# Raise a `ValueError` where `a` is not below $s$; for `"same"` with an even kernel and `a` = 0; and where nothing
# remains after the cut.
#
# **Predict.** For $n = 8$, $k = 3$, $s = 2$: the lengths for `"valid"` and `"same"`, each with `None`, 0 and 1. How
# many different numbers are among the six?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q3-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def length_up(n, k, s, padding, a):
    """Return the length of a transposed convolution's output."""
    ### BEGIN SOLUTION
    if a is not None and a >= s:
        raise ValueError(f"output padding {a} must be below the stride {s}")
    if padding == "same":
        if a is None:
            return n * s
        if k % 2 == 0 and a == 0:
            raise ValueError("an even kernel with 'same' and 0 has no convolution to match")
        padding = k // 2
    if padding == "valid":
        if a is None:
            return (n - 1) * s + max(k, s)
        padding = 0
    length = (n - 1) * s + k - 2 * padding + (a or 0)  # here None is 0
    if length < 1:
        raise ValueError("the padding cuts everything away")
    return length
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q3.check(length_up)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    from builtins import int
    from convcourse.checks import CheckFailed, quiet
    from convcourse.checks.ch07 import q3

    # (n, k, s, padding, a) and what Keras (words) and PyTorch (numbers) give
    table = {
        (2, 3, 2, "valid", None): 5,
        (4, 4, 2, "same", None): 8,
        (4, 2, 2, "valid", None): 8,
        (5, 3, 2, "valid", None): 11,
        (5, 3, 2, "same", None): 10,
        (5, 3, 2, "same", 0): 9,
        (5, 3, 2, "same", 1): 10,
        (5, 2, 2, "same", 1): 9,
        (4, 1, 3, "valid", None): 12,
        (4, 1, 3, "valid", 0): 10,
        (8, 2, 5, "valid", None): 40,
        (8, 3, 2, "valid", 0): 17,
        (8, 3, 2, "valid", 1): 18,
        (3, 3, 2, 1, None): 5,
        (3, 3, 2, 1, 1): 6,
        (13, 5, 3, 1, 0): 39,
        (28, 5, 3, 2, 1): 83,
    }
    with quiet():
        for setting, length in table.items():
            assert int(length_up(*setting)) == length == length_up(*setting)
        refusals = [(k, s, "same", 0) for k in (2, 4, 6) for s in (1, 2, 3, 5)]
        for refused in ((3, 2, "same", 2), *refusals, (4, 1, 3, None)):
            try:
                length_up(3, *refused)
            except ValueError:
                continue
            raise CheckFailed("this setting is refused: raise a ValueError")
    q3.check(length_up, seed=7301)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 4 · Slide over zeros
#
# **3 points · 15 minutes**
#
# The third way needs no stamp: prepare a signal and a kernel once, then slide with stride 1. Write
# `to_slide(y, w, s, p, a)` that returns the two, so that
#
# `np.correlate(signal, kernel, "valid")`
#
# is the transposed convolution of `y` with `w`, with stride $s$, padding $p$ and output padding $a$. The signal
# holds all zeros that it needs, between the samples and at both ends, and no more. In all cases
# $p \le k - 1$ and $a < s$; `np.correlate` slides a kernel as it is.
#
# **Predict.** $y = 1, 2, 3$ and $w = 1, 10, 100$, with $s = 2$, $p = 1$, $a = 1$: write down the signal. How many
# of its entries are zeros?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q4-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def to_slide(y, w, s, p, a):
    """Return the signal and the kernel that np.correlate takes."""
    ### BEGIN SOLUTION
    side = len(w) - 1 - p
    signal = np.zeros(side + (len(y) - 1) * s + 1 + side + a)
    signal[side : side + (len(y) - 1) * s + 1 : s] = y
    return signal, w[::-1]
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q4.check(to_slide)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import int, len
    from convcourse.checks import quiet
    from convcourse.checks.ch07 import q4

    rng = np.random.default_rng(70401)
    with quiet():
        for _ in range(12):
            n, k, s = (int(v) for v in rng.integers(3, 7, 3))
            p, a = int(rng.integers(1, k)), int(rng.integers(1, s))
            y, w = rng.normal(size=n), rng.normal(size=k)
            stamps = np.zeros((n - 1) * s + k + a)
            for i in range(n):
                stamps[i * s : i * s + k] += y[i] * w
            signal, kernel = to_slide(y.copy(), w.copy(), s, p, a)
            slid = np.correlate(np.asarray(signal, float), np.asarray(kernel, float), "valid")
            truth = stamps[p : len(stamps) - p]
            assert np.shape(kernel) == (k,) and slid.shape == truth.shape
            np.testing.assert_allclose(slid, truth, rtol=1e-5, atol=1e-5)
    q4.check(to_slide, seed=7401)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
if (made := to_slide(np.array([1, 2, 3]), np.array([1, 10, 100]), 2, 0, 0)) is not None:
    print("signal", made[0], "kernel", made[1])
    print("slid:", np.correlate(*made, "valid"))

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 5 · A test that finds the mistake
#
# **3 points · 20 minutes**
#
# `down` is a convolution layer's way down, from 11 samples to 4. Below are six functions that go up from
# 4 to 11. Only one is the transpose of `down`. Do not read them first: *test* them, with
#
# $$\mathrm{gap} = \langle \mathrm{down}(x),\, y\rangle - \langle x,\, \mathrm{up}(y)\rangle$$
#
# **Predict.** Read one function only, and say whether its gap is 0.

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-given", "locked": true, "schema_version": 3, "solution": false, "task": false}
w = np.array([2.0, -1, 3, 5])
x = np.array([1, -2, 0, 4, 3, -1, 2, 5, -3, 1, 2.0])
y = np.array([-2, 1, 4, 3.0])


def down(x):
    return np.array([x[n : n + 4] @ w for n in (0, 2, 4, 6)])


def up_a(y):
    stretched = np.zeros(7)
    stretched[::2] = y
    return np.append(np.correlate(stretched, w, "full"), 0)

# %% slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-given-2", "locked": true, "schema_version": 3, "solution": false, "task": false}
def up_b(y):
    out, hits = np.zeros(11), np.zeros(11)
    for n in range(4):
        out[2 * n : 2 * n + 4] += y[n] * w
        hits[2 * n : 2 * n + 4] += 1
    return out / np.maximum(hits, 1)


def up_c(y):
    out = np.zeros(11)
    for n in range(4):
        out[2 * n : 2 * n + 4] = y[n] * w
    return out

# %% slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-given-3", "locked": true, "schema_version": 3, "solution": false, "task": false}
def up_d(y):
    matrix = np.array([down(unit) for unit in np.eye(11)]).T
    return np.linalg.lstsq(matrix, y)[0]


def up_e(y):
    out = np.zeros(11)
    for k in range(4):
        out[k : k + 7 : 2] += w[k] * y
    return out


def up_f(y):
    columns = np.zeros((4, 11))
    for n in range(4):
        columns[n, 2 * n + 1 : 2 * n + 5] = y[n] * w
    return columns.sum(axis=0)

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### What to find
#
# - `gaps`: the six gaps, for the `x` and the `y` above, from `up_a` to `up_f`.
# - `fault_a` to `fault_f`: one word for each, out of `"right"`, `"turned"` (stamps the kernel turned round),
#   `"overwritten"` (overlaps hold the last stamp), `"averaged"` (overlaps are divided), `"shifted"` (stamps lie in the wrong
#   place) and `"inverse"` (brings back what goes into it).
# - `blind`: a signal of 11 numbers, none of them 0, for which the gap of a *turned* kernel is 0 for **every**
#   `y`: such a signal in a test would hide the mistake.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
gaps = ...  # six numbers
fault_a = ...
fault_b = ...
fault_c = ...
fault_d = ...
fault_e = ...
fault_f = ...
blind = ...  # eleven numbers
### BEGIN SOLUTION
gaps = [down(x) @ y - x @ up(y) for up in (up_a, up_b, up_c, up_d, up_e, up_f)]
fault_a = "turned"  # zeros put in, and correlated: the kernel had to be turned for that
fault_b = "averaged"
fault_c = "overwritten"
fault_d = "inverse"  # down(up_d(y)) is y, yet it is no transpose
fault_e = "right"  # weight by weight, not stamp by stamp
fault_f = "shifted"
blind = np.ones(11)  # each window is the same from both ends
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q5.check(gaps, fault_a, fault_b, fault_c, fault_d, fault_e, fault_f, blind)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range

    w = np.array([2.0, -1, 3, 5])
    x = np.array([1, -2, 0, 4, 3, -1, 2, 5, -3, 1, 2.0])
    y = np.array([-2, 1, 4, 3.0])
    C, turned = np.zeros((4, 11)), np.zeros((4, 11))
    late, hits, last = np.zeros((4, 11)), np.zeros(11), np.zeros((4, 11))
    for n in range(4):
        at = 2 * n + np.arange(4)
        C[n, at], turned[n, at], late[n, at + 1] = w, w[::-1], w
        hits[at] += 1
        last[:, at] = 0
        last[n, at] = w
    back = C.T @ np.linalg.inv(C @ C.T)
    six = (turned.T, C.T / np.maximum(hits, 1)[:, None], last.T, back, C.T, late.T)
    truth = [C @ x @ y - x @ (up @ y) for up in six]
    np.testing.assert_allclose(gaps, truth, atol=0.01)
    words = [fault_a, fault_b, fault_c, fault_d, fault_e, fault_f]
    right = ["turned", "averaged", "overwritten", "inverse", "right", "shifted"]
    assert [str(word).strip().lower() for word in words] == right
    signal = np.asarray(blind, float)
    assert signal.shape == (11,) and np.isfinite(signal).all()
    assert np.abs(signal).min() > 1e-3 * np.abs(signal).max()
    assert np.abs((C - turned) @ signal).max() <= 1e-8 * np.abs(signal).max()


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 6 · Chequers without a picture
#
# **3 points · 20 minutes**
#
# How chequered would a layer's picture be, before it has seen one? Enlarge a flat map: in the middle the
# result repeats with the strides as its periods. Take one period, $s_0 \times s_1$ values $m$. The **chequered
# energy** is
#
# $$\frac{\sum (m - \bar m)^2}{\sum m^2}$$
#
# with $\bar m$ the mean of $m$. Write `chequers(w, s)` that computes it from the kernel `w`, of `kh` by `kw`
# weights, and the two strides `s`. No map is needed, and none of the kernels gives an empty picture.
#
# **Predict.** For `np.ones((3, 3))` and stride 2: the four values of a period, and the share. And for a kernel of
# 2 by 2 with stride 3?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q6-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def chequers(w, s):
    """Return which share of the energy is not the common level."""
    ### BEGIN SOLUTION
    sums = np.zeros(s)
    for a in range(s[0]):
        for b in range(s[1]):
            sums[a, b] = w[a :: s[0], b :: s[1]].sum()  # an empty part sums to 0
    return np.sum((sums - sums.mean()) ** 2) / np.sum(sums**2)
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q6.check(chequers)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import abs, float, int, range
    from convcourse.checks import quiet
    from convcourse.checks.ch07 import q6

    rng = np.random.default_rng(70601)
    with quiet():
        for _ in range(10):
            kh, kw = (int(v) for v in rng.integers(1, 7, 2))
            a, b = (int(v) for v in rng.permutation(4)[:2] + 1)
            w, x = rng.normal(0.5, 1, (kh, kw)), np.zeros((20 * a + kh, 20 * b + kw))
            for i, j in np.ndindex(20, 20):
                x[i * a : i * a + kh, j * b : j * b + kw] += w
            power = np.abs(np.fft.fft2(x[8 * a : 12 * a, 8 * b : 12 * b])) ** 2
            truth = 1 - power[0, 0] / power.sum()
            assert abs(float(chequers(w.copy(), (a, b))) - truth) < 1e-5
        assert abs(float(chequers(np.ones((3, 3)), (2, 2))) - 0.19) < 1e-5
    q6.check(chequers, seed=7601)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
draws = np.random.default_rng(0)
if chequers(np.ones((2, 2)), (2, 2)) is not None:  # once your function is written
    for k in range(2, 8):
        ones = chequers(np.ones((k, k)), (2, 2))
        some = [chequers(draws.normal(size=(k, k)), (2, 2)) for _ in range(500)]
        print(f"k = {k}: ones {ones:.3f}, random weights {np.mean(some):.2f}")

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 7 · Two claims, refuted
#
# **3 points · 20 minutes**
#
# Two sentences are widely believed: *"a transposed convolution undoes the convolution"*, and *"if the stride
# divides the kernel's size, there are no chequers"*. One counterexample is enough against each. You
# choose the numbers; the check measures them, and *any* that do it are right.
#
# **Predict.** How many signals of seven samples does a layer with three outputs turn into nothing: none, one, or
# many?

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-first", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Against the first
#
# - `lost`: seven numbers, not all 0, of which the kernel $2, -1, 3$ with stride 2 (no padding, no flip) makes three
#   zeros. No transpose, and nothing else, can bring them back.
# - `tight`: the other way round it can work. Give three weights, none 0, so that with stride 3 *up, then down* gives back
#   every $y$ (within 0.01 %): $C\,C^\mathsf{T} y = y$.

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-second", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Against the second
#
# - `even`: all sizes $k$ from 1 to 12 whose stamps of ones, with stride 3, lie evenly in the middle, one axis, in rising
#   order.
# - `rough`: a kernel of 4 by 4, all weights above 0, with a chequered energy of at least 0.3 for stride 2 (the measure
#   of question 6).
# - `smooth`: a kernel of 3 by 3, all weights above 0, with chequered energy 0 for stride 2.
# - `rule`: a picture stays flat if in all phases of the kernel one thing is equal: the `"counts"` of weights, the
#   `"weights"` themselves, their `"sums"`, or the `"sizes"` of the parts?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q7-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
lost = ...  # seven numbers
tight = ...  # three weights
even = ...  # a list of sizes
rough = ...  # four rows of four weights
smooth = ...  # three rows of three weights
rule = ...  # "counts", "weights", "sums" or "sizes"
### BEGIN SOLUTION
lost = [1, 2, 0, 0, 0, 0, 0]  # 2 * 1 - 2 = 0; the other windows hold zeros
tight = np.array([2, -1, 2]) / 3  # the squares add up to 1, the stamps do not overlap
even = [3, 6, 9, 12]
rough = np.ones((4, 4))
rough[::2, ::2] = 9  # one phase has sum 36, the others 4
smooth = np.outer([1, 2, 1], [1, 2, 1])  # phases 4 * 1, 2 * 2, 2 * 2 and 4
rule = "sums"
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q7.check(lost, tight, even, rough, smooth, rule)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import list, range

    x, w = np.asarray(lost, float), np.asarray(tight, float)
    assert x.shape == (7,) and np.abs(x).max() > 1e-6
    down = np.correlate(x, [2, -1, 3], "valid")[::2]
    assert np.abs(down).max() <= 1e-8 * np.abs(x).max()
    assert w.shape == (3,) and np.abs(w).min() > 1e-4
    y = np.array([3.0, -4, 1, 7])
    np.testing.assert_allclose(np.kron(y, w).reshape(4, 3) @ w, y, rtol=2e-4)
    found = []
    for k in range(1, 13):
        counts = np.zeros(60 + k)
        for n in range(20):
            counts[3 * n : 3 * n + k] += 1
        found += [k] if np.ptp(counts[24:36]) == 0 else []
    np.testing.assert_array_equal(list(even), found)
    for kernel, size in ((rough, 4), (smooth, 3)):
        kernel = np.asarray(kernel, float)
        assert kernel.shape == (size, size) and kernel.min() > 0
        flat = np.zeros((30, 30))
        for i, j in np.ndindex(13, 13):
            flat[2 * i : 2 * i + size, 2 * j : 2 * j + size] += kernel
        power = np.abs(np.fft.fft2(flat[8:16, 8:16])) ** 2
        share = 1 - power[0, 0] / power.sum()
        assert share >= 0.299 if size == 4 else share < 1e-5
    assert rule.strip().lower() == "sums"


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 8 · Project: a shaken photograph
#
# **3 points · 25 minutes**
#
# The camera moved while it took this picture. We know the path of its hand, the kernel `path`: five rows, nine
# columns, not the same from both ends. The photograph is `shaken`, with grey levels 0 to 1 and a little noise.
# Chapter 7 undoes a blur with Wiener's filter; now do it yourself, and judge it by its error. The judge is
# `psnr`, which leaves out a frame of 16 pixels.
#
# **Predict.** How many decibels does the transpose of the blur win? And the best Wiener filter?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q8-given", "locked": true, "schema_version": 3, "solution": false, "task": false}
path = np.zeros((5, 9))
path[1, :5], path[2, 5], path[3, 6:8] = 0.1, 0.1, 0.2  # slow at its end
coffee = enlarging.unseen()[1][0, :, :, 0].astype(float)
photo = datasets.degraded(coffee, blur=path, noise=0.005)
shaken, truth = photo.x, photo.y


def psnr(image):
    return enlarging.psnr(image, truth, 16)


fig = figures.gallery({"true": 255 * truth, "path": 1000 * path, "shaken": 255 * shaken}, height=2.3)
plots.show(fig, f"A cup of coffee, the path of the hand, and the shaken photograph, {shaken.shape[0]} pixels high.")

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Four measurements and a filter
#
# - `shaken_db`: `psnr(shaken)`.
# - `turned_db`: the decibels after the *transpose* of the blur: `shaken`, convolved with the kernel turned round. The size
#   stays; the border does not count.
# - `weak`: with $H$ the transform of the kernel, put into an image of zeros of 200 by 200: the share of the frequencies
#   with $|H| < 0.1$.
# - `best_c`: that of the five values `0.0001, 0.001, 0.01, 0.1, 1` with which Wiener's result has the most decibels:
#   $\hat X = \overline{H}\, Y / (|H|^2 + c)$, with $Y$ the transform of `shaken`.
#
# And write `restore(y, w)`: the next cell says what it has to do.

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-restore", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### The filter
#
# `restore(y, w)` makes a sharper photograph of a shaken one `y`, of any size, and of the kernel `w` that shook it, whose
# sides are odd. Its middle weight is `w[kh // 2, kw // 2]`. Any method counts:
#
# - from `shaken` and `path` it has to come at least 4.4 dB closer to the truth than `shaken` is,
# - on the same photograph, turned round and bent, it may win 1.6 dB less than Wiener's filter with your `best_c`,
# - on pictures and kernels that nobody has seen, with as much noise, it has to come at least 1 dB closer.
#
# So `truth` is there to measure with, and of no use inside `restore`.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q8-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
shaken_db = ...
turned_db = ...
weak = ...
best_c = ...
### BEGIN SOLUTION
from scipy import signal


def transform(w, shape):
    place = np.zeros(shape)
    place[: w.shape[0], : w.shape[1]] = w
    middle = (-(w.shape[0] // 2), -(w.shape[1] // 2))
    return np.fft.fft2(np.roll(place, middle, (0, 1)))  # its middle is at (0, 0)


def wiener(y, w, c):
    H = transform(w, y.shape)
    return np.fft.ifft2(H.conj() * np.fft.fft2(y) / (np.abs(H) ** 2 + c)).real


shaken_db = psnr(shaken)
turned_db = psnr(signal.convolve2d(shaken, path[::-1, ::-1], "same"))
weak = np.mean(np.abs(transform(path, shaken.shape)) < 0.1)
cs = [0.0001, 0.001, 0.01, 0.1, 1]
best_c = max(cs, key=lambda c: psnr(wiener(shaken, path, c)))
### END SOLUTION


def restore(y, w):
    """Return a sharper photograph, made from a shaken one and the kernel that shook it."""
    ### BEGIN SOLUTION
    return wiener(y, w, best_c)
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q8.check(shaken_db, turned_db, weak, best_c, restore)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: other pictures, other kernels.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import abs, float
    from convcourse import datasets
    from convcourse.checks import quiet, unseen
    from convcourse.checks.ch07 import q8
    from scipy import ndimage

    x = datasets.load("coffee").x[80:280, 160:360] / 255
    truth = (x @ [0.2125, 0.7154, 0.0721]).astype(np.float32).astype(float)
    path = np.zeros((5, 9))
    path[1, :5], path[2, 5], path[3, 6:8] = 0.1, 0.1, 0.2
    shaken = datasets.degraded(truth, blur=path, noise=0.005).x
    inner = np.s_[16:-16, 16:-16]

    def decibels(image, truth=truth):
        return -10 * np.log10(np.mean((np.real(image) - truth)[inner] ** 2))

    assert abs(float(shaken_db) - decibels(shaken)) < 0.03
    assert abs(float(turned_db) - decibels(ndimage.correlate(shaken, path))) < 0.03
    rows, columns = np.exp(-2j * np.pi * np.arange(200) / 200), np.arange(5)[:, None]
    H = (rows ** columns).T @ path @ rows ** np.arange(9)[:, None]  # the sum, written out
    assert abs(float(weak) - np.mean(np.abs(H) < 0.1)) < 6e-4
    Y = np.fft.fft2(np.roll(shaken, (2, 4), (0, 1)))
    found = {
        c: decibels(np.fft.ifft2(H.conj() / (np.abs(H) ** 2 + c) * Y).real)
        for c in (0.0001, 0.001, 0.01, 0.1, 1)
    }
    assert abs(float(best_c) - max(found, key=found.get)) < 1e-8
    hand = np.zeros((7, 5))  # down, then to the left
    hand[1:5, 3], hand[5, 2], hand[5, 1] = 0.15, 0.2, 0.2
    rng = np.random.default_rng(70804)
    for seen, kernel, least in (
        (truth, path, 4.2),  # the photograph of the question, with other noise
        (unseen.again(rng, truth), path, 3.7),
        (unseen.photograph(rng, (200, 200)), path, 1),
        (unseen.photograph(rng, (190, 240)), hand, 1),
    ):
        y = ndimage.convolve(seen, kernel, mode="reflect")
        y += rng.normal(0, 0.005, y.shape)
        with quiet():
            image = np.array(restore(y.copy(), kernel.copy()))
        assert image.shape == seen.shape and np.isfinite(image).all()
        assert decibels(image, seen) > decibels(y, seen) + least
    q8.check(shaken_db, turned_db, weak, best_c, restore, seed=7801)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
sharp = restore(shaken.copy(), path.copy())
if np.ndim(sharp) == 2:  # once your function is written
    shown = {"shaken": 255 * shaken, "sharp": 255 * np.real(sharp), "true": 255 * truth}
    fig = figures.gallery(shown, height=2.3)
    plots.show(fig, f"The shaken photograph, yours, and the truth; yours is {psnr(np.real(sharp)) - psnr(shaken):.1f} dB closer.")

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Three things to try
#
# - There are stripes at the borders of a Wiener result. Which property does the transform take for granted that a
#   photograph has not?
# - Divide the best `c` by a hundred, then multiply it by ten: how does the picture go wrong?
# - Use a kernel that is a little false, `path` moved by one pixel or turned round. How many decibels does it cost to
#   be sure of a wrong kernel?

# %% [markdown] slideshow={"slide_type": "skip"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "end", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Back to [chapter 7](../../notebooks/07_transposed_convolutions.ipynb). Worked answers are in
# [solutions](../../solutions/07_transposed_convolutions/07_transposed_convolutions.ipynb). Look there
# after your own try.
