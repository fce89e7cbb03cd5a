# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "title", "locked": true, "schema_version": 3, "solution": false, "task": false}
# # Exercises 1 · Convolution in one dimension
#
# Eight questions on [chapter 1](../../notebooks/01_convolution_1d.ipynb), from pencil and paper to a
# project on the sun. **20 points, about 2 hours.** Take them one at a time.
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
from convcourse.checks.ch01 import q1, q2, q3, q4, q5, q6, q7, q8

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 1 · A convolution by hand
#
# **2 points · 15 minutes · pencil and paper**
#
# Let $x = [2, 7, 1, 8, 2]$ and $w = [1, -2, \tfrac12]$. Outside their lists, both are 0. Compute
# $y = x * w$ by the sum
#
# $$y[n] = \sum_k x[k]\, w[n-k]$$
#
# - `y_full`: all positions in which the two overlap,
# - `y_valid`: only those in which all of $w$ lies on $x$,
# - `y_same`: the middle of `y_full`, as long as $x$.
#
# NumPy does this at once. Done by hand one time, it stays in the mind.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q1-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
y_full = ...  # a list such as [1, 2.5, -3]
y_valid = ...
y_same = ...
### BEGIN SOLUTION
y_full = [2, 3, -12, 9.5, -13.5, 0, 1]
y_valid = [-12, 9.5, -13.5]
y_same = [3, -12, 9.5, -13.5, 0]
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q1.check(y_full, y_valid, y_same)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import float  # whatever the notebook calls float by now

    signal, kernel = [2, 7, 1, 8, 2], [1, -2, 0.5]
    for mine, mode in ((y_full, "full"), (y_valid, "valid"), (y_same, "same")):
        np.testing.assert_allclose(np.asarray(mine, float), np.convolve(signal, kernel, mode))


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 2 · How long is the result?
#
# **2 points · 10 minutes**
#
# A signal has 100 samples, a kernel has 11. How many samples does `np.convolve(signal, kernel, mode)`
# give in the modes `"full"`, `"valid"` and `"same"`?
#
# And if somebody swaps the two by mistake: `np.convolve(kernel, signal, "valid")`, and the same with
# `"same"`? Decide before you try it. (What happens in this last case is a decision of NumPy. Our
# `convcourse.ops` decides otherwise.)

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q2-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
n_full = ...  # whole numbers
n_valid = ...
n_same = ...
n_valid_swapped = ...
n_same_swapped = ...
### BEGIN SOLUTION
n_full = 100 + 11 - 1
n_valid = 100 - 11 + 1
n_same = 100
n_valid_swapped = 90  # NumPy lets the longer one be the signal
n_same_swapped = 100
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q2.check(n_full, n_valid, n_same, n_valid_swapped, n_same_swapped)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import float, len

    signal, kernel = np.ones(100), np.ones(11)
    lengths = [len(np.convolve(signal, kernel, mode)) for mode in ("full", "valid", "same")]
    lengths += [len(np.convolve(kernel, signal, mode)) for mode in ("valid", "same")]
    mine = [n_full, n_valid, n_same, n_valid_swapped, n_same_swapped]
    np.testing.assert_array_equal(np.asarray(mine, float), lengths)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 3 · Check a published result
#
# **2 points · 10 minutes**
#
# An article convolves the ramp `[1, 2, 3, 4, 5]` with the kernel `[1, 0, -1]`, in mode `"same"` with
# zeros outside. It prints the output `[1, 0, -1, 0, 1]`, and says that it shows where the signal changes.
#
# - `ramp`: what comes out really? Five numbers, by hand.
# - `reason`: the last number stands out. Why? Choose `"edge"` (the signal changes there),
#   `"zero padding"` or `"overflow"`.
# - `ramp_edge`: what comes out if the border repeats the edge sample instead, so that the padded
#   signal is `[1, 1, 2, 3, 4, 5, 5]`? Does it bear out your reason?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q3-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
ramp = ...  # five numbers
reason = ...  # "edge", "zero padding" or "overflow"
ramp_edge = ...  # five numbers
### BEGIN SOLUTION
ramp = [2, 2, 2, 2, -4]  # y[n] = x[n + 1] - x[n - 1]; the last one is 0 - 4
reason = "zero padding"
ramp_edge = [1, 2, 2, 2, 1]
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q3.check(ramp, reason, ramp_edge)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import float
    from scipy import ndimage

    signal, kernel = np.arange(1, 6), [1, 0, -1]
    np.testing.assert_array_equal(np.asarray(ramp, float), np.convolve(signal, kernel, "same"))
    edges = ndimage.convolve1d(signal, kernel, mode="nearest")
    np.testing.assert_array_equal(np.asarray(ramp_edge, float), edges)
    assert reason.strip().lower() == "zero padding"


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 4 · Write the convolution
#
# **3 points · 20 minutes**
#
# Write `convolve_full(x, w)`: all $N + K - 1$ samples of $x * w$, for any two 1-D arrays $x$ and $w$ of
# real numbers. Write it yourself: loops, slices, a table and its diagonals, or an FFT will do; a ready
# function for convolution, correlation or polynomials will not.
#
# It has to be right for whole numbers and fractions, in $x$ or in $w$, and also when the kernel is
# longer than the signal. If one of the two is empty there is no convolution: raise a `ValueError`.
#
# The next cell shows three cases as NumPy has them. Work one of them out on paper first.

# %% slideshow={"slide_type": "-"}
for signal, kernel in (([3, 1, 4], [2, -1]), ([1, 2], [0.5, 0, 3]), ([5], [1, -2])):
    print(signal, "*", kernel, "=", np.convolve(signal, kernel))

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q4-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolve_full(x, w):
    """Return the full convolution of two 1-D arrays."""
    ### BEGIN SOLUTION
    if len(x) == 0 or len(w) == 0:
        raise ValueError("x and w need at least one sample each.")
    y = np.zeros(len(x) + len(w) - 1)
    for k in range(len(w)):
        y[k : k + len(x)] += w[k] * x
    return y
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q4.check(convolve_full)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch01 import q4

    with quiet():  # what your function prints costs no marks
        rng = np.random.default_rng(20401)
        for n, k in ((1, 1), (30, 7), (5, 20), (1, 6), (40, 40)):
            x, w = rng.normal(size=n), rng.normal(size=k)
            np.testing.assert_allclose(convolve_full(x, w), np.convolve(x, w), atol=1e-5)
        x, w = np.array([1, 2, 4]), np.array([0.5, -0.25])
        np.testing.assert_allclose(convolve_full(x, w), np.convolve(x, w), atol=1e-5)
    q4.check(convolve_full, seed=1401)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 5 · Two kinds of mirror
#
# **2 points · 15 minutes**
#
# Near the ends of a signal a kernel asks for samples that do not exist. Two borders answer with a
# mirror. In `"symmetric"` the mirror stands beside the edge sample, so that sample is seen twice. In
# `"reflect"` the mirror stands on it, so it is seen once. The next cell shows both.
#
# Write `mirror_pad(x, p, mode)`: the signal with `p` more samples at *each* end. `mode` is one of the
# two names, and `p` is between 0 and `len(x) - 1`. Write it without `np.pad`.

# %% slideshow={"slide_type": "-"}
for mode in ("symmetric", "reflect"):
    print(f"{mode:>9}:", np.pad([10, 20, 30, 40], 3, mode=mode))

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mirror_pad(x, p, mode):
    """Return x with p mirrored samples at each end."""
    ### BEGIN SOLUTION
    skip = 1 if mode == "reflect" else 0
    left = x[skip : skip + p][::-1]
    right = x[::-1][skip : skip + p]
    return np.concatenate([left, x, right])
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q5.check(mirror_pad)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch01 import q5

    with quiet():
        rng = np.random.default_rng(20501)
        for n in (2, 3, 10, 25):
            x = rng.normal(size=n)
            for p in {0, 1, n // 2, n - 1}:
                for mode in ("symmetric", "reflect"):
                    wanted = np.pad(x, p, mode=mode)
                    np.testing.assert_allclose(mirror_pad(x, p, mode), wanted, atol=1e-5)
    q5.check(mirror_pad, seed=1501)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 6 · A mean that does not look ahead
#
# **3 points · 20 minutes**
#
# Whoever smooths a series *today* cannot use tomorrow's value. Write `trailing_mean(x, width)`: each
# output is the mean of the present sample and of those before it, `width` samples in all. At the start
# there are fewer; then take the mean of those that are there. So `y[0]` is `x[0]`, and the output is
# as long as `x`.
#
# The window of `y[n]` never reaches past `n`: that is what *causal* means. Loops, slices, `np.cumsum`
# or `np.convolve`: use what you like.

# %% slideshow={"slide_type": "-"}
# x = [3, 5, 1, 9, 4, 2] and width = 3: from y[2] on the window is full
print("y[0] =", 3 / 1)
print("y[1] =", (3 + 5) / 2)
print("y[2] =", (3 + 5 + 1) / 3)
print("y[3] =", (5 + 1 + 9) / 3)

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q6-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def trailing_mean(x, width):
    """Return the mean of the present sample and up to width - 1 samples before it."""
    ### BEGIN SOLUTION
    sums = np.convolve(x, np.ones(width))[: len(x)]
    counts = np.minimum(np.arange(1, len(x) + 1), width)
    return sums / counts
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q6.check(trailing_mean)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import max, range
    from convcourse.checks import quiet
    from convcourse.checks.ch01 import q6

    with quiet():
        rng = np.random.default_rng(20601)
        for n, width in ((1, 1), (20, 4), (20, 7), (6, 30)):
            x = rng.normal(300, 20, n)
            wanted = [x[max(0, i - width + 1) : i + 1].mean() for i in range(n)]
            np.testing.assert_allclose(trailing_mean(x, width), wanted, rtol=1e-5)
    q6.check(trailing_mean, seed=1601)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-look", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Look at it on real data
#
# Carbon dioxide in the air, measured every week. It swings with the seasons, and the mean over 52 weeks
# takes the swing out.
#
# **Predict.** Your mean uses the past only. Does its curve lie above or below the mean that is
# centred? By how many weeks is it late? Run the next cell when question 6 is right.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
co2, part = datasets.co2(), slice(520, 832)
late = trailing_mean(co2.x, 52)
if late is not None:  # once your function is written
    centred = np.convolve(co2.x, np.ones(53) / 53, "same")
    curves = {"x, measured": co2.x, "true, centred mean": centred, "y, your mean": late}
    row = {name: (co2.t[part], values[part]) for name, values in curves.items()}
    gaps = [np.ptp(late[60:-60] - centred[60 - d : -60 - d]) for d in range(50)]
    plots.show(
        plots.stack(row, height=3, xlabel="year"),
        f"CO2 in ppm, its centred mean, and your mean, which is the same curve "
        f"{np.argmin(gaps)} weeks later and {np.mean(centred[part] - late[part]):.1f} ppm lower.",
    )
    print("weeks late:", np.argmin(gaps), "and (width - 1) / 2 is", (52 - 1) / 2)

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 7 · The sum of dice
#
# **2 points · 15 minutes**
#
# In how many ways do several dice show a given sum? Write `dice_ways(faces)`. The list `faces` holds the
# number of faces of each die: `[6, 6]` is two ordinary dice, `[4, 6]` a die with four faces and one with
# six. A die with $f$ faces shows 1 to $f$. The result is an array, and its entry $s$ says in how many
# ways the sum is $s$, for $s = 0, 1, 2, \dots$ up to the largest sum.
#
# So one die with four faces gives `[0, 1, 1, 1, 1]`. You may use `np.convolve`, or your own
# `convolve_full`.
#
# Polynomials do the same: the powers of $t$ are the sums. The next cell multiplies two of them, and
# convolves their coefficients.

# %% slideshow={"slide_type": "-"}
p, q = np.polynomial.Polynomial([1, 2, 3]), np.polynomial.Polynomial([4, 5, 6])
print("(1 + 2t + 3t²)(4 + 5t + 6t²):", (p * q).coef)
print("[1, 2, 3] * [4, 5, 6]:       ", np.convolve([1, 2, 3], [4, 5, 6]))

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q7-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dice_ways(faces):
    """Return the number of ways to roll each sum, from 0 to the largest."""
    ### BEGIN SOLUTION
    ways = np.array([1])  # no dice: one way to have the sum 0
    for f in faces:
        die = np.ones(f + 1, dtype=int)
        die[0] = 0  # no die shows a 0
        ways = np.convolve(ways, die)
    return ways
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q7.check(dice_ways)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    from builtins import range, sum
    from itertools import product

    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch01 import q7

    with quiet():
        for faces in ([3], [5, 2], [6, 6, 6, 6], [7, 1, 4], [12, 20]):
            sums = [sum(roll) for roll in product(*(range(1, f + 1) for f in faces))]
            np.testing.assert_allclose(dice_ways(faces), np.bincount(sums), atol=1e-6)
    q7.check(dice_ways, seed=1701)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 8 · Project: how long is the solar cycle?
#
# **4 points · 30 minutes**
#
# The record below has a number of sunspots for every month. It rises and falls. Single months are
# noisy, so astronomers smooth them with a kernel of 13 weights before they date a maximum.
#
# **Predict.** Look at the record below, and guess how many years lie between two maxima.

# %% slideshow={"slide_type": "-"}
sun = datasets.sunspots()  # sun.x: the count of each month, sun.t: its time in years
years = f"{sun.t[0]:.0f} to {sun.t[-1]:.0f}"
plots.show(
    plots.stack({"x, sunspots": (sun.t, sun.x)}, height=2.2, xlabel="year"),
    f"Monthly sunspot numbers from {years}: rough peaks up to {sun.x.max():.0f}, "
    f"with valleys near {sun.x.min():.0f} between them.",
)

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-steps", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Work in four steps, and check after each one: the check says how far you are.
#
# 1. `kernel`: convolve a box of 12 equal weights, whose sum is 1, with $[\tfrac12, \tfrac12]$. The
#    box removes the year; the two halves put its centre on a month.
# 2. `smooth`: the record convolved with it, only where the kernel is complete.
# 3. `maxima`: the times, in years, of the maxima of the cycle. A value of `smooth` is one if no value
#    within 48 months before or after it is larger. (Near the ends of `smooth`, compare with the
#    values that there are.) Mind which month output $i$ belongs to.
# 4. `cycle`: the mean time from one maximum to the next, in years, to two decimals.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q8-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
kernel = ...
smooth = ...
maxima = ...
cycle = ...
### BEGIN SOLUTION
kernel = np.convolve(np.ones(12) / 12, [0.5, 0.5])
smooth = np.convolve(sun.x, kernel, "valid")
windows = [smooth[max(0, i - 48) : i + 49] for i in range(len(smooth))]
maxima = [sun.t[i + 6] for i, near in enumerate(windows) if smooth[i] == near.max()]
cycle = np.diff(maxima).mean()
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q8.check(kernel, smooth, maxima, cycle)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import abs, float
    from convcourse import datasets
    from scipy import ndimage

    record = datasets.sunspots()
    weights = np.r_[0.5, np.ones(11), 0.5] / 12
    np.testing.assert_allclose(np.asarray(kernel, float), weights, atol=1e-5)
    means = np.convolve(record.x, weights, "valid")
    np.testing.assert_allclose(np.asarray(smooth, float), means, atol=1e-6)
    tops = means == ndimage.maximum_filter1d(means, 97, mode="nearest")
    np.testing.assert_allclose(np.asarray(maxima, float), record.t[6:-6][tops], atol=0.05)
    assert abs(float(cycle) - np.diff(record.t[6:-6][tops]).mean()) < 0.01


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
if smooth is not ... and maxima is not ...:
    heights = np.interp(maxima, sun.t[6:-6], smooth)
    fig = plots.stack({"y, smoothed; maxima marked": (sun.t[6:-6], smooth)}, height=2.6, xlabel="year")
    fig.axes[0].plot(maxima, heights, "kv")
    plots.show(
        fig,
        f"The smoothed sunspot numbers with {len(maxima)} maxima marked; "
        f"the gaps between them are {np.diff(maxima).min():.1f} to "
        f"{np.diff(maxima).max():.1f} years, {np.mean(np.diff(maxima)):.2f} on average.",
    )

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Two things to try
#
# - The gaps differ a lot. What does that mean for a forecast of the next maximum?
# - Smooth with 60 equal weights instead of 13. How many maxima are left, and are they at the same
#   times?

# %% [markdown] slideshow={"slide_type": "skip"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "end", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Back to [chapter 1](../../notebooks/01_convolution_1d.ipynb). Worked answers are in
# [solutions](../../solutions/01_convolution_1d/01_convolution_1d.ipynb). Look there after your own try.
