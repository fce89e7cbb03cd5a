# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "title", "locked": true, "schema_version": 3, "solution": false, "task": false}
# # Exercises 3 · Correlation and convolution
#
# Ten questions on [chapter 3](../../notebooks/03_correlation_vs_convolution.ipynb): who flips the kernel,
# where its centre is, and what can be done with it. **24 points, about 2 hours.** Take them one at a
# time.
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
from convcourse import datasets, plots
from convcourse.checks.ch03 import q1, q2, q3, q4, q5, q6, q7, q8, q9, q10
from scipy import ndimage, signal

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 1 · Two sums by hand
#
# **2 points · 15 minutes · pencil and paper**
#
# Let $x = [4, -1, 0, 2, 3]$ and $w = [1, 3, -2]$, and in two dimensions
#
# $$X = \begin{bmatrix} 1 & 0 & 2 \\ 3 & -1 & 4 \\ 0 & 5 & -2 \end{bmatrix}, \qquad
# W = \begin{bmatrix} 1 & 2 \\ -1 & 3 \end{bmatrix}.$$
#
# Compute the cross-correlation and the convolution of each pair, only at the places where all of the
# kernel lies on the data (mode `"valid"`): `corr1` and `conv1` of $x$ and $w$, three numbers each;
# `corr2` and `conv2` of $X$ and $W$, two rows of two.
#
# **Predict.** For which kernels would both sums be the same everywhere?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q1-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
corr1 = ...  # a list such as [1, -2, 3]
conv1 = ...
corr2 = ...  # two rows, such as [[1, 2], [3, 4]]
conv2 = ...
### BEGIN SOLUTION
corr1 = [1, -5, 0]  # the first one: 4*1 + (-1)*3 + 0*(-2)
conv1 = [-11, 4, 9]  # the same with [-2, 3, 1]
corr2 = [[-5, 17], [16, -4]]
conv2 = [[8, 0], [15, 1]]  # the same with [[3, -1], [2, 1]]
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q1.check(corr1, conv1, corr2, conv2)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import float
    from scipy import signal

    x, w = [4, -1, 0, 2, 3], [1, 3, -2]
    image, kernel = [[1, 0, 2], [3, -1, 4], [0, 5, -2]], [[1, 2], [-1, 3]]
    for mine, truth in (
        (corr1, np.correlate(x, w, "valid")),
        (conv1, np.convolve(x, w, "valid")),
        (corr2, signal.correlate2d(image, kernel, "valid")),
        (conv2, signal.convolve2d(image, kernel, "valid")),
    ):
        np.testing.assert_allclose(np.asarray(mine, float), truth, strict=False)
        assert np.shape(mine) == truth.shape


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 2 · The impulse test
#
# **3 points · 15 minutes**
#
# Somebody hands you a function `f(image, kernel)`. It slides the kernel over the image and returns
# an array as large as the image. Does it flip the kernel? And which weight lies on the output pixel:
# where is the centre? No manual says it as surely as one experiment.
#
# The next cell runs it: an image with a single 1, and a kernel whose weights are all different.
# **Predict** what it prints: the kernel, or the kernel turned round?

# %% slideshow={"slide_type": "-"}
impulse = np.zeros((5, 7), dtype=int)
impulse[2, 3] = 1
print(ndimage.correlate(impulse, np.array([[1, 2, 3], [4, 5, 6]]), mode="constant"))

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Write `impulse_test(f, kh, kw)`. It tries `f` with a kernel of `kh` rows and `kw` columns, and
# returns three things:
#
# - `flips`: `True` if `f` is a convolution, `False` if it is a correlation;
# - `row`, `col`: the index of the weight that lies on the output pixel, counted from 0 in the kernel as
#   you hand it over. So the sum for `y[r, c]` has the term `x[r, c] * w[row, col]`.
#
# It has to work for any such `f`, whatever `f` does at the border, and for kernels that are not
# square, or even, or only one row high. (A kernel of one single weight will not come.)

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q2-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def impulse_test(f, kh, kw):
    """Return whether f flips a kernel of kh x kw, and its centre: flips, row, col."""
    ### BEGIN SOLUTION
    kernel = np.arange(1.0, kh * kw + 1).reshape(kh, kw)
    r, c = 3 * kh, 3 * kw  # far from all borders
    image = np.zeros((2 * r + 1, 2 * c + 1))
    image[r, c] = 1
    y = f(image, kernel)
    trace = y[y != 0]  # row by row: the first value is the corner at the top left
    row, col = np.argwhere(kernel == y[r, c])[0]
    return trace[0] == kernel[0, 0], row, col
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q2.check(impulse_test)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch03 import q2
    from scipy import ndimage, signal

    truths = {  # who flips, and the centre of k weights
        ndimage.convolve: (True, lambda k: k // 2),
        ndimage.correlate: (False, lambda k: k // 2),
        signal.convolve2d: (True, lambda k: (k - 1) // 2),
        signal.correlate2d: (False, lambda k: (k - 1) // 2),
    }
    with quiet():
        for function, (flips, centre) in truths.items():
            mode = "same" if "2d" in function.__name__ else "wrap"
            for kh, kw in ((3, 3), (2, 5), (4, 2), (1, 6), (7, 1)):
                got = impulse_test(lambda x, w, f=function, m=mode: f(x, w, mode=m), kh, kw)
                np.testing.assert_array_equal(got, (flips, centre(kh), centre(kw)))
    q2.check(impulse_test, seed=3201)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 3 · The middle of four
#
# **2 points · 10 minutes · predict first**
#
# A kernel of four weights has no middle. Each library picks one of the two weights next to it, and
# they do not agree. The signal is 0 in nine places except for a 1 at place 4, the kernel is
# `w = [3, 1, 4, 2]`. What comes out of
#
# - `np_convolve`: `np.convolve(x, w, "same")`,
# - `nd_convolve`: `ndimage.convolve(x, w, mode="constant")`,
# - `np_correlate`: `np.correlate(x, w, "same")`,
# - `correlate2d`: `signal.correlate2d(x[None], w[None], "same")[0]`, an image of one row? (A layer of
#   Keras with `padding="same"` gives the same as this one.)
#
# Write down nine numbers for each from what the chapter's table says. Only then run the four calls in
# a cell of your own, and keep the table of what surprised you.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q3-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
x3, w3 = np.array([0, 0, 0, 0, 1, 0, 0, 0, 0]), np.array([3, 1, 4, 2])
np_convolve = ...  # nine numbers
nd_convolve = ...
np_correlate = ...
correlate2d = ...
### BEGIN SOLUTION
np_convolve = [0, 0, 0, 3, 1, 4, 2, 0, 0]  # 1, the weight at (4 - 1) // 2, on place 4
nd_convolve = [0, 0, 3, 1, 4, 2, 0, 0, 0]  # 4, the weight at 4 // 2, on place 4
np_correlate = [0, 0, 0, 2, 4, 1, 3, 0, 0]
correlate2d = [0, 0, 2, 4, 1, 3, 0, 0, 0]
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q3.check(np_convolve, nd_convolve, np_correlate, correlate2d)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from scipy import ndimage, signal

    x, w = np.eye(9, dtype=int)[4], np.array([3, 1, 4, 2])
    np.testing.assert_array_equal(np_convolve, np.convolve(x, w, "same"))
    np.testing.assert_array_equal(nd_convolve, ndimage.convolve(x, w, mode="constant"))
    np.testing.assert_array_equal(np_correlate, np.correlate(x, w, "same"))
    np.testing.assert_array_equal(correlate2d, signal.correlate2d(x[None], w[None], "same")[0])


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 4 · One out of the other
#
# **2 points · 10 minutes**
#
# Many a chip and many a library can only convolve. Write `correlate_full(x, w)` with `np.convolve` or
# with your own loops, but without a ready-made correlation:
#
# $$y[n] = \sum_k x[n + k]\, \overline{w[k]}, \qquad n = -(K-1), \dots, N-1,$$
#
# the same $N + K - 1$ numbers as `np.correlate(x, w, "full")`. The bar is the complex conjugate. For real
# numbers it does nothing; radar and radio signals are complex, and there it makes the sum large where the
# two agree in phase. The samples of $x$ outside its $N$ places are 0.
#
# The next cell shows two cases. In the second, look at the one place where signal and kernel are equal.

# %% slideshow={"slide_type": "-"}
print(np.correlate([1, 2, 4], [3, -1], "full"))
print(np.correlate([1j, 2], [1j, 2], "full"))

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q4-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def correlate_full(x, w):
    """Return the full cross-correlation of two 1-D arrays, real or complex."""
    ### BEGIN SOLUTION
    return np.convolve(x, np.conj(w[::-1]))
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q4.check(correlate_full)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch03 import q4

    with quiet():
        rng = np.random.default_rng(30401)
        for n, k in ((1, 1), (12, 5), (4, 9), (6, 6)):
            x, w = rng.normal(size=n), rng.normal(size=k)
            np.testing.assert_allclose(correlate_full(x, w), np.correlate(x, w, "full"), atol=1e-5)
            x, w = x + 1j * rng.normal(size=n), w + 1j * rng.normal(size=k)
            np.testing.assert_allclose(correlate_full(x, w), np.correlate(x, w, "full"), atol=1e-5)
    q4.check(correlate_full, seed=3401)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 5 · Linear? Shift-invariant?
#
# **2 points · 10 minutes**
#
# A system that is linear *and* shift-invariant is a convolution with its impulse response, and with
# nothing else to know. Many useful systems are not. Say of each whether it is `"linear"` only,
# `"shift-invariant"` only, `"both"` or `"neither"`. Take signals as endless in both directions, so that
# no border spoils a law.
#
# | name | what it does |
# |---|---|
# | `negate` | $y[n] = -x[n]$ |
# | `first` | $y[n] = x[0]$ for every $n$ |
# | `rectify` | $y[n] = \tfrac12 \lvert x[n] + x[n-1] \rvert$ |
# | `brighten` | each pixel of a picture becomes 20 larger |
# | `thin_out` | $y[n] = x[2n]$: every second sample is kept |
# | `turn` | a picture is turned by 90° about its middle |
# | `ramp` | $y[n] = x[n] + n$ |
# | `defocus` | a lens out of focus turns each point into the same disc, everywhere |

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
negate = ...  # "linear", "shift-invariant", "both" or "neither"
first = ...
rectify = ...
brighten = ...
thin_out = ...
turn = ...
ramp = ...
defocus = ...
### BEGIN SOLUTION
negate = "both"
first = "linear"  # but whatever happens after n = 0 is not seen
rectify = "shift-invariant"
brighten = "shift-invariant"  # nothing in does not give nothing out
thin_out = "linear"
turn = "linear"
ramp = "neither"
defocus = "both"
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q5.check(negate, first, rectify, brighten, thin_out, turn, ramp, defocus)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    from builtins import abs, bool, str

    import numpy as np
    from scipy import ndimage

    systems = (  # on a picture whose borders wrap; the first axis is n
        (negate, lambda x: -x),
        (first, lambda x: np.broadcast_to(x[0], x.shape)),
        (rectify, lambda x: abs(x + np.roll(x, 1, 0)) / 2),
        (brighten, lambda x: x + 20),
        (thin_out, lambda x: x[::2]),
        (turn, np.rot90),
        (ramp, lambda x: x + np.arange(8.0)[:, None]),
        (defocus, lambda x: ndimage.uniform_filter(x, 3, mode="wrap")),
    )
    a, b = np.random.default_rng(30501).normal(size=(2, 8, 8))
    names = ("neither", "linear", "shift-invariant", "both")
    for mine, system in systems:
        linear = np.allclose(system(2 * a - 3 * b), 2 * system(a) - 3 * system(b))
        late = np.allclose(system(np.roll(a, 1, 0)), np.roll(system(a), 1, 0))
        truth = names[bool(linear) + 2 * bool(late)]
        assert str(mine).strip().lower() == truth


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 6 · Two kernels in one, and a law that fails
#
# **3 points · 15 minutes**
#
# - `one`: a signal is convolved with `[1, -2, 3]`, the result with `[2, 1]`. Which one kernel does the
#   work of both?
# - `one2d`: a layer *correlates* an image with `k1`, the next one correlates the result with `k2`, both in
#   the mode `"valid"`. Which one kernel, used in one correlation, does the work of both? (Both are in the
#   next cell. Two layers without anything between them are one: that is why networks put something
#   between them.)
#
# **Predict.** Which size has `one2d`?

# %% slideshow={"slide_type": "-"}
k1 = np.array([[1, 2, 0], [-1, 0, 3]])
k2 = np.array([[2, -1], [1, 0], [0, 4]])

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-pair", "locked": true, "schema_version": 3, "solution": false, "task": false}
# - `pair`: convolution is associative, $(x * h) * g = x * (h * g)$. Correlation is not: find two kernels
#   `h` and `g` of two weights each for which, in the mode `"full"`, $(x \star h) \star g$ and
#   $x \star (h \star g)$ differ for the $x$ of the next cell. Give them as `[[h0, h1], [g0, g1]]`. Many
#   pairs are right, and not all will do.

# %% slideshow={"slide_type": "-"}
x6 = np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0])
h, g = [1, 1], [1, 1]
print("this pair will not do:")
print(np.correlate(np.correlate(x6, h, "full"), g, "full"))
print(np.correlate(x6, np.correlate(h, g, "full"), "full"))

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q6-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
one = ...  # a list of numbers
one2d = ...  # an array, or a list of rows
pair = ...  # two rows of two numbers
### BEGIN SOLUTION
one = np.convolve([1, -2, 3], [2, 1])
one2d = signal.convolve2d(k1, k2)  # a convolution: turned kernels convolve to a turned kernel
pair = [[1, 1], [1, 2]]  # it is g that may not read the same from either end
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q6.check(one, one2d, pair)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import float
    from scipy import signal

    rng = np.random.default_rng(30601)
    line, image = rng.normal(size=9), rng.normal(size=(9, 8))
    two = np.convolve(np.convolve(line, [1, -2, 3]), [2, 1])
    mine = np.convolve(line, np.asarray(one, float))
    np.testing.assert_allclose(mine, two, atol=1e-6)
    first = signal.correlate2d(image, [[1, 2, 0], [-1, 0, 3]], "valid")
    two = signal.correlate2d(first, [[2, -1], [1, 0], [0, 4]], "valid")
    mine = signal.correlate2d(image, np.asarray(one2d, float), "valid")
    np.testing.assert_allclose(mine, two, atol=1e-6)
    x, (h, g) = np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0]), np.asarray(pair, float)
    left = np.correlate(np.correlate(x, h, "full"), g, "full")
    right = np.correlate(x, np.correlate(h, g, "full"), "full")
    assert np.shape(pair) == (2, 2) and not np.allclose(left, right)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 7 · The way back
#
# **2 points · 10 minutes**
#
# Let $A$ be the valid correlation with a kernel $w$. It takes an image $x$ to a smaller $y = x \star w$. It is
# linear, so it is a matrix. Its *adjoint* $A^T$ is the transposed matrix: it goes from the size of $y$ back
# to the size of $x$, and it is the one operation for which
#
# $$\langle x \star w,\; y \rangle = \langle x,\; A^T y \rangle \qquad \text{for all } x \text{ and } y,$$
#
# where $\langle a, b \rangle$ is the sum of all products $a[i, j]\, b[i, j]$. A network learns by it: errors
# at the output of a layer travel back to its input through the adjoint.
#
# Write `adjoint(y, w)` for two 2-D arrays. You may call SciPy or write loops; the point is to know which
# operation it is. A cell after the check tries the identity on a photograph.

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q7-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def adjoint(y, w):
    """Return the adjoint of the valid correlation with w, applied to y."""
    ### BEGIN SOLUTION
    return signal.convolve2d(y, w)  # full: each y[i, j] leaves a copy of w
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q7.check(adjoint)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch03 import q7
    from scipy import signal

    with quiet():
        rng = np.random.default_rng(30701)
        for height, width, kh, kw in ((7, 9, 2, 4), (5, 5, 5, 2), (8, 3, 1, 3)):
            x, w = rng.normal(size=(height, width)), rng.normal(size=(kh, kw))
            forward = signal.correlate2d(x, w, "valid")
            y = rng.normal(size=forward.shape)
            back = np.asarray(adjoint(y, w))
            assert back.shape == x.shape
            np.testing.assert_allclose((forward * y).sum(), (x * back).sum(), atol=1e-5)
    q7.check(adjoint, seed=3701)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
photo, w7 = datasets.camera().x[::4, ::4] / 255, np.array([[1.0, 0, -2], [0.5, 3, 1]])
forward = signal.correlate2d(photo, w7, "valid")
y7 = np.random.default_rng(7).normal(size=forward.shape)
if (back := adjoint(y7, w7)) is not None:  # once your function is written
    print(f"<x ⋆ w, y> = {(forward * y7).sum():.6f}")
    print(f"<x, Aᵀy>   = {(photo * back).sum():.6f}")

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 8 · A layer that convolves
#
# **2 points · 10 minutes**
#
# A layer of a network slides its kernels without a flip, and keeps them in an array
# `(rows, columns, input channels, output channels)`. Learned weights do not mind. A kernel from a book
# does: if it is not symmetric, the layer computes something else.
#
# Write `layer_weights(kernels)`. The array `kernels` holds hand-made kernels as many papers and PyTorch
# write them: `(output channels, input channels, rows, columns)`. They are meant for a *true convolution* in
# rows and columns, summed over the input channels. Return the array to load into the layer, so that the
# layer computes just that.
#
# The next cell has such a layer in NumPy. It computes what Keras computes.

# %% slideshow={"slide_type": "-"}
def layer(images, weights):
    """Correlate images (N, H, W, C_in) with weights (kh, kw, C_in, C_out), valid."""
    windows = np.lib.stride_tricks.sliding_window_view(images, weights.shape[:2], (1, 2))
    return np.einsum("nijcab,abco->nijo", windows, weights)


print(layer(np.ones((1, 6, 5, 3)), np.ones((2, 3, 3, 4))).shape)

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q8-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_weights(kernels):
    """Return the weights with which a layer convolves with kernels (C_out, C_in, kh, kw)."""
    ### BEGIN SOLUTION
    turned = kernels[:, :, ::-1, ::-1]  # rows and columns only
    return turned.transpose(2, 3, 1, 0)
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q8.check(layer_weights)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range, sum
    from convcourse.checks import quiet
    from convcourse.checks.ch03 import q8
    from scipy import signal

    with quiet():
        rng = np.random.default_rng(30801)
        for shape in ((1, 1, 2, 3), (2, 3, 3, 2), (3, 3, 3, 3), (4, 2, 1, 5)):
            kernels, image = rng.normal(size=shape), rng.normal(size=(6, 7, shape[1]))
            weights = np.asarray(layer_weights(kernels))
            assert weights.shape == (*shape[2:], shape[1], shape[0])
            for o in range(shape[0]):
                pairs = [(image[..., i], kernels[o, i]) for i in range(shape[1])]
                truth = sum(signal.convolve2d(x, w, "valid") for x, w in pairs)
                mine = sum(
                    signal.correlate2d(x, weights[:, :, i, o], "valid")
                    for i, (x, _) in enumerate(pairs)
                )
                np.testing.assert_allclose(mine, truth, atol=1e-5)
    q8.check(layer_weights, seed=3801)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q9-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 9 · How late is the echo?
#
# **2 points · 10 minutes**
#
# A sonar sends out a short *ping* at sample 0, and listens. The ping comes back from the sea floor, late
# and under noise, and somewhere a loud click gets into the record. Where does the echo begin?
#
# Write `echo_delay(received, ping)`: the sample, counted from 0, at which the echo begins, found by the
# correlation of the record with the ping. Such a search is called a *matched filter*; among all kernels of
# that length it is the one that lifts a known signal highest above white noise. All of the echo lies in
# the record. `np.correlate`, `np.convolve`, loops: use what you like.
#
# **Predict.** In the record below, where would you say the echo begins?

# %% slideshow={"slide_type": "-"}
n9 = np.arange(75)
ping9 = np.sin(0.15 * n9 + 0.012 * n9**2) * np.exp(-n9 / 75)  # a tone that rises and fades
record9 = 0.7 * np.random.default_rng(9).normal(size=600)
record9[312:387] += ping9
record9[120] += 6  # the click
fig = plots.stack({"w, the ping": ping9}, {"x, the record": record9}, height=1.6, sharex=False)
plots.show(
    fig,
    f"Above a ping of {ping9.size} samples, a tone that rises and fades; below a record of "
    f"{record9.size} samples of noise with a click of height {record9.max():.1f} at sample "
    f"{record9.argmax()}.",
)

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q9-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def echo_delay(received, ping):
    """Return the sample at which the echo of the ping begins."""
    ### BEGIN SOLUTION
    return np.argmax(np.correlate(received, ping, "valid"))
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q9-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q9.check(echo_delay)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q9-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch03 import q9

    with quiet():
        rng = np.random.default_rng(30901)
        n = np.arange(70)
        ping = np.sin(0.15 * n + 0.012 * n**2) * np.exp(-n / 70)
        for size, delay in ((800, 0), (800, 530), (400, 330), (300, 21)):
            received = 0.4 * rng.normal(size=size)
            received[delay : delay + 70] += ping
            received[delay + 200 if delay < size // 2 else 60] += 6
            assert echo_delay(received, ping) == delay
    q9.check(echo_delay, seed=3901)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
found = echo_delay(record9, ping9)
if found is not None:  # once your function is written
    y9 = np.correlate(record9, ping9, "valid")
    best = np.sort(y9)[-1]
    plots.show(
        plots.stack({"y, the matched filter": y9}, height=1.8),
        f"The output of the matched filter: one peak of {best:.1f} at sample {y9.argmax()}; where "
        f"it passes the click, it stays below {np.ceil(np.max(y9[46:121])):.0f}.",
    )
    print("the echo begins at sample", found)

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q10-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 10 · Project: find a word on a page
#
# **4 points · 25 minutes**
#
# Below is a photograph of a page. The light comes from the right, and the paper is bent. We cut the word
# "markers" out of it, and want to find the other places where it stands. The plain correlation of page
# and word fails, as the next cell shows: it is largest where the paper is brightest.
#
# Let $b$ be the template minus its mean, $a$ one window of the image minus the mean *of that window*, and
# score the window by
#
# $$\text{score} = \frac{\sum a\,b}{\sqrt{\sum a^2 \, \sum b^2}} .$$
#
# It lies between $-1$ and $1$, and does not change if the window gets brighter or has less contrast.

# %% slideshow={"slide_type": "-"}
page = datasets.page().x
word = page[48:66, 166:222]
raw = signal.correlate2d(page.astype(float), word.astype(float), "valid")
top, left = (int(v) for v in np.unravel_index(raw.argmax(), raw.shape))
fig, axes = plots.panels(1, 2, height=2.6)
plots.image(axes[0], page, "x, the page; the box is the best raw match")
corners = np.array([[0, 0], [0, 56], [18, 56], [18, 0], [0, 0]]) + (top, left)
axes[0].plot(corners[:, 1], corners[:, 0], color=plots.COLOURS["error"])
plots.image(axes[1], word, "w, the word")
plots.show(
    fig,
    f"A page of text of {page.shape[0]} x {page.shape[1]} pixels, dark at the left and bright at "
    f"the right, and the word 'markers' cut out at row 48, column 166. The raw correlation is "
    f"largest at row {top}, column {left}: bright paper.",
)

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q10-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Write the match
#
# Write `match(image, template)`: the map of all scores. Entry `[i, j]` belongs to the window
# `image[i : i + h, j : j + w]`, so an image of $H \times W$ pixels has $H - h + 1$ rows and $W - w + 1$
# columns of scores.
#
# - A window without any contrast, all of whose pixels are equal, matches nothing: its score is 0. So is
#   every score of such a template.
# - The pictures come as `uint8` or as floats.
# - Write it yourself. You may use loops, windows, `np.einsum`, sums, or a correlation from NumPy or SciPy; a
#   ready-made template search will not do.

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q10-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def match(image, template):
    """Return the normalised score of the template at each place of the image."""
    ### BEGIN SOLUTION
    image, template = image.astype(float), template.astype(float)
    b = template - template.mean()
    windows = np.lib.stride_tricks.sliding_window_view(image, template.shape)
    a = windows - windows.mean(axis=(2, 3), keepdims=True)
    top = np.einsum("ijkl,kl->ij", a, b)
    bottom = np.sqrt((a**2).sum(axis=(2, 3)) * (b**2).sum())
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 1e-9)
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q10-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q10.check(match)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q10-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse import datasets
    from convcourse.checks import quiet
    from convcourse.checks.ch03 import q10

    with quiet():
        rng = np.random.default_rng(31001)
        for size, kernel in (((9, 12), (3, 4)), ((15, 8), (2, 5)), ((6, 6), (6, 6))):
            image, template = rng.normal(size=size), rng.normal(size=kernel)
            windows = np.lib.stride_tricks.sliding_window_view(image, kernel)
            truth = [[np.corrcoef(w.ravel(), template.ravel())[0, 1] for w in row] for row in windows]
            np.testing.assert_allclose(match(image, template), truth, atol=1e-5)
        photo = datasets.camera().x[180:230, 300:350].copy()
        template = (255 - photo[8:20, 10:19]) // 2
        scores = np.asarray(match(photo, template))
        assert scores.shape == (39, 42) and np.unravel_index(scores.argmin(), scores.shape) == (8, 10)
        image = np.zeros((8, 9))
        image[:3] = rng.normal(size=(3, 9))
        assert np.all(np.asarray(match(image, rng.normal(size=(2, 3))))[3:] == 0)
    q10.check(match, seed=4001)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
score = match(page, word)
if score is not None:  # once your function is written
    left_over, places = np.array(score), []
    for _ in range(6):  # the best place, then the best one that does not touch it, ...
        i, j = (int(v) for v in np.unravel_index(left_over.argmax(), left_over.shape))
        places.append((i, j, float(score[i, j])))
        left_over[max(0, i - 12) : i + 13, max(0, j - 40) : j + 41] = -1
    fig, axes = plots.panels(3, 2, height=1)
    for ax, (i, j, s) in zip(axes.flat, places, strict=True):
        plots.image(ax, page[i : i + 18, j : j + 56], f"score {s:.2f} at row {i}, column {j}")
    listed = ", ".join(f"{s:.2f} at ({i}, {j})" for i, j, s in places)
    plots.show(fig, f"The six best places of the word on the page, by score: {listed}.")

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q10-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Two things to try
#
# - Make the template `255 - word`. Where are its best places, and what do they show?
# - Turn the page by a few degrees with `ndimage.rotate`. How far does the best score fall, and from which
#   angle on is the word lost? What would help?

# %% [markdown] slideshow={"slide_type": "skip"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "end", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Back to [chapter 3](../../notebooks/03_correlation_vs_convolution.ipynb). Worked answers are in
# [solutions](../../solutions/03_correlation_vs_convolution/03_correlation_vs_convolution.ipynb). Look there
# after your own try.
