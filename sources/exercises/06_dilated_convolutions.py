# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "title", "locked": true, "schema_version": 3, "solution": false, "task": false}
# # Exercises 6 · Dilated convolutions
#
# Eight questions on [chapter 6](../../notebooks/06_dilated_convolutions.ipynb): gaps, reach and holes; what
# looks ahead; and a baseline that a network has to beat. **21 points, about 2½ hours.** Take them one at a
# time.
#
# - Write your answer in the cell under a question, in place of the dots, or as the body of a
#   function. Run it. The last two lines there, `# YOUR CODE HERE` and `pass`, may go.
# - Run the check under it. It says what is right, and which idea is behind a wrong answer. Check as
#   often as you like: a wrong answer costs nothing, and teaches the most.
# - `q1.hint(1)` gives a hint; `q1.hint(2)` and `q1.hint(3)` go further.
#
# Question 6 is answered with Keras. The others need NumPy only. Guess before you compute, and write the
# guess down.

# %% slideshow={"slide_type": "skip"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from convcourse import datasets, plots
from convcourse.experiments import dilated
from convcourse.checks.ch06 import q1, q2, q3, q4, q5, q6, q7, q8

spots = datasets.sunspots().x  # one number for each month
try:
    from convcourse.tf import keras
except ImportError as error:  # question 6 needs it, the others do not
    keras = None
    print(error)

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 1 · Gaps, by hand
#
# **2 points · 15 minutes · pencil and paper**
#
# - `past`: the signal is $3, 1, 4, 1, 5, 9, 2, 6$, the kernel $1, 10, 100$. A causal layer with $d = 3$ keeps the
#   length and does not flip. Write down its eight outputs.
# - `span`: how many samples lie under a kernel with $K = 4$ and $d = 3$, from its first weight to its last?
# - `parameters`: of `Conv2D(8, 3, dilation_rate=4)` on maps with 4 channels, biases included.
#
# **Predict.** In `past`, how many outputs have three digits?

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-fade", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Now a picture of 20 by 24 pixels. All are 0, but for a bar of 5 rows and 8 columns of ones in its middle. We take
# the mean of 3 by 3 pixels that lie $d$ apart, without padding.
#
# - `size`: rows and columns of the result for $d = 5$.
# - `fade`: the largest number in the result, for $d = 2$, for $d = 3$ and for $d = 5$: three numbers.
#
# **Predict.** Does the bar become a blur or a few ghosts, and how bright are they?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q1-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
past = ...  # eight numbers
span = ...
parameters = ...
size = ...  # a pair such as [4, 5]
fade = ...  # three numbers
### BEGIN SOLUTION
past = [300, 100, 400, 130, 510, 940, 213, 651]  # 651 is 100 * 6 + 10 * 5 + 1 * 1
span = 10  # three gaps of 3, and one
parameters = 8 * (3 * 3 * 4 + 1)  # as for an ordinary kernel
size = [10, 14]  # the kernel spans 11
fade = [1, 6 / 9, 2 / 9]  # 3 x 3, 2 x 3 and 1 x 2 taps meet the bar at most
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q1.check(past, span, parameters, size, fade)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import len, range

    def stuffed(w, d):  # a real kernel with zeros
        kernel = np.zeros((len(w) - 1) * d + 1)
        kernel[::d] = w
        return kernel

    x = np.array([3, 1, 4, 1, 5, 9, 2, 6])
    np.testing.assert_allclose(past, np.convolve(x, stuffed([100, 10, 1], 3))[:8])
    assert span == len(stuffed(np.ones(4), 3))
    assert parameters == np.ones((3, 3, 4, 8)).size + 8
    picture, brightest = np.zeros((20, 24)), []
    picture[8:13, 8:16] = 1
    for d in (2, 3, 5):
        rows, cols = 20 - 2 * d, 24 - 2 * d
        taps = [(i * d, j * d) for i in range(3) for j in range(3)]
        mean = np.mean([picture[i : i + rows, j : j + cols] for i, j in taps], axis=0)
        brightest.append(mean.max())
    assert np.array_equal(size, mean.shape)
    np.testing.assert_allclose(np.asarray(fade, float), brightest, atol=0.006)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 2 · Only the past
#
# **3 points · 20 minutes**
#
# Write `causal(x, w, d)` for a signal $x$ of $N$ samples and $K$ weights:
#
# $$y[n] = w[K-1]\, x[n] + w[K-2]\, x[n-d] + \dots + w[0]\, x[n - (K-1)\,d]$$
#
# The result has $N$ numbers; before $x[0]$ there are zeros. Raise a `ValueError` if $d$ is below 1. Loops or slices
# are fine; functions that convolve are not, and neither are those of the course.
#
# For $x = 1, 2, 3, 4, 5$, $w = 1, 10$ and $d = 2$ it gives $10, 20, 31, 42, 53$.
#
# **Predict.** What comes out if $(K-1)\,d$ is larger than $N$?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q2-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def causal(x, w, d):
    """Return what a causal layer with dilation d makes of x."""
    ### BEGIN SOLUTION
    if d < 1:
        raise ValueError(f"d must be 1 or more, got {d}")
    padded = np.concatenate([np.zeros((len(w) - 1) * d), x])  # zeros on the left alone
    y = np.zeros(len(x))
    for k in range(len(w)):
        y += w[k] * padded[k * d : k * d + len(x)]
    return y
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q2.check(causal)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range
    from convcourse.checks import quiet
    from convcourse.checks.ch06 import q2

    with quiet():
        rng = np.random.default_rng(60201)
        for n, k, d in rng.integers((5, 1, 1), (40, 6, 7), (20, 3)).tolist():
            x, w = rng.normal(size=n), rng.normal(size=k)
            matrix = np.zeros((n, n))  # row by row: which sample meets which weight
            for back in range(k):
                matrix += w[k - 1 - back] * np.eye(n, k=-d * back)
            np.testing.assert_allclose(causal(x, w, d), matrix @ x, atol=1e-9)
        y = causal(np.array([1, 2, 3, 4, 5]), np.array([0.5, 10]), 2)
        np.testing.assert_allclose(y, [10, 20, 30.5, 41, 51.5])
    q2.check(causal, seed=6201)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
y = causal(spots, np.array([-1, 1]), 132)  # the difference to eleven years before
if y is not None:  # once your function is written
    fig, ax = plots.panels(height=2.4)
    plots.line(ax, datasets.sunspots().t[132:], y[132:], "y", "now minus eleven years before")
    ends = f"{np.min(y[132:]):.0f} to {np.max(y[132:]):.0f}"
    plots.show(fig, f"Sunspots less those of eleven years before: {ends}. One wave does not repeat the last.")

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 3 · How far ahead?
#
# **3 points · 20 minutes**
#
# A step of preparation, a layer, a whole network: from outside each is a function $f$ that makes $N$ numbers
# of $N$ numbers. Write `looks_ahead(f, n)`. It tests $f$ on signals of `n` samples, arrays that you make yourself, and
# returns the largest $m$ such that some output $y[i]$ depends on the sample $x[i + m]$. If no output
# depends on a later sample, it returns 0.
#
# `lambda x: x + np.roll(x, 3)` and `n = 20` give 17: `np.roll` fetches $x[17]$ from the end for $y[0]$.
#
# **Predict.** Which of these look ahead: a delay, the mean taken away, a maximum over pairs?

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-note", "locked": true, "schema_version": 3, "solution": false, "task": false}
# The check brings boxes of many sorts. Some multiply or compare samples. Some behave differently at the beginning
# and at the end. One works by the FFT, and has its rounding errors.
#
# So ask: which signal shows everything? How large a change? At which places? And how different must two
# numbers be to count as changed?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q3-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def looks_ahead(f, n):
    """Return how many samples after the present f reads, at most."""
    ### BEGIN SOLUTION
    x = np.random.default_rng(0).normal(size=n)  # zeros would hide a product
    y, furthest = f(x), 0
    for j in range(n):
        changed = x.copy()
        changed[j] = 3 - 2 * x[j]
        moved = np.flatnonzero(~np.isclose(f(changed), y))  # more than rounding
        if len(moved):
            furthest = max(furthest, j - int(moved[0]))
    return furthest
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q3.check(looks_ahead)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range
    from convcourse.checks import quiet
    from convcourse.checks.ch06 import q3

    def shifted(m):
        return lambda x: np.append(x[m:], np.zeros(m)) + np.append(np.zeros(9), x[:-9])

    def late(x):  # the future leaks in at the last place only
        y = np.cumsum(x)
        y[-3] += x[-1]
        return y

    with quiet():
        for m in range(1, 9):
            assert looks_ahead(shifted(m), 21) == m
        assert looks_ahead(late, 18) == 2
        assert looks_ahead(lambda x: x * x.sum(), 15) == 14
        assert looks_ahead(lambda x: np.maximum.accumulate(x), 16) == 0
        assert looks_ahead(lambda x: x - 3 * x[::-1], 12) == 11
        assert looks_ahead(lambda x: x + np.roll(x, 3), 20) == 17
    q3.check(looks_ahead, seed=6301)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
# **Try it** on `np.gradient`, on `lambda x: x / x.std()`, and on
# `lambda x: np.cumsum(np.cumsum(x)[::-1])[::-1]`, a filter that runs forwards and then backwards. Would you have
# suspected each of them?

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 4 · Count the paths
#
# **2 points · 15 minutes**
#
# Which samples does one output of a stack see, and how often? Write `paths(dilations, k)`: all layers have `k` weights,
# `dilations` has one number for each. Return the number of paths from each sample of its field to the output, from one
# end to the other. A sample that no path reaches has a 0.
#
# For `[1, 2]` and `k = 3` the counts are $1, 1, 2, 1, 2, 1, 1$. For no layer at all there is one path, to the
# sample itself: `[1]`.
#
# **Predict.** What is the sum of all counts, for $m$ layers?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q4-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def paths(dilations, k):
    """Return how many paths lead from each sample of the field to one output."""
    ### BEGIN SOLUTION
    counts = np.array([1])
    for d in dilations:
        kernel = np.zeros((k - 1) * d + 1, int)
        kernel[::d] = 1  # ones, d apart
        counts = np.convolve(counts, kernel)
    return counts
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q4.check(paths)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range
    from convcourse.checks import quiet
    from convcourse.checks.ch06 import q4
    from itertools import product

    with quiet():
        table = {(2, 2, 2): (7, 13), (2, 4, 8): (15, 29), (1, 2, 4): (15, 15), (1, 2, 5): (17, 17)}
        for stack, (seen, field) in table.items():
            counts = np.asarray(paths([*stack], 3))
            assert (np.count_nonzero(counts), counts.size) == (seen, field)
        for stack, k in (((3, 1, 4), 2), ((5, 2), 4), ((6,), 3)):
            truth = np.zeros(1 + (k - 1) * np.sum(stack))
            for taps in product(range(k), repeat=np.size(stack)):
                truth[np.dot(taps, stack)] += 1
            np.testing.assert_array_equal(paths([*stack], k), truth)
        assert np.max(paths([2] * 12, 4)) == np.max(np.poly1d(np.ones(4)) ** 12)
    q4.check(paths, seed=6401)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
for stack in ([2, 2, 2], [1, 2, 4], [1, 3, 9]):
    if (counts := paths(stack, 3)) is not None:  # once your function is written
        print(stack, "sees", np.count_nonzero(counts), "of", np.size(counts), "samples:", *counts)

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 5 · Far, and without holes
#
# **3 points · 20 minutes**
#
# Now you choose the numbers. The check follows every path; *any* stack that meets the wishes is right.
#
# - `far`: a causal stack, a list of layers `(k, d)` with 2 to 5 weights each, one channel, no biases. Its output depends on
#   *each* of the last 1,500 samples (or more), and no stack does that with fewer weights in all.
# - `cured`: the stack with $d = 6, 6, 6, 6$ and kernels of three sees few samples of its field. Change at most two of
#   the four dilations, so that no sample is missed and the reach is still 31 or more.
#
# **Predict.** How many weights need `far`? How much is a factor of two, three, four or five worth?

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-claim", "locked": true, "schema_version": 3, "solution": false, "task": false}
# One reads: *there are no holes as long as one layer has $d = 1$ and the dilations have no common divisor.*
#
# - `counter`: three different dilations, 1 among them, of which no two share a divisor, and yet the stack (kernels of
#   three) has a hole.
#
# **Predict.** How does the rule of the chapter, "sorted, each $d$ at most the reach of the smaller ones", differ
# from this claim?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
far = ...  # a list such as [(3, 1), (2, 4)]
cured = ...  # a list of four dilations
counter = ...  # a list of three dilations
### BEGIN SOLUTION
far = [(3, 3**i) for i in range(7)]  # 2187 samples, one path each, for 21 weights
cured = [1, 2, 6, 6]  # 1 and 2 see seven samples: a 6 leaves no hole
counter = [1, 5, 7]  # 5 is more than the 3 samples that d = 1 sees
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q5.check(far, cured, counter)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import int, range, sorted
    from convcourse.checks.ch06 import q5

    q5.check(far, cured, counter)

    def reads(layers):
        places = {0}
        for k, d in layers:
            places = {at + int(d) * i for at in places for i in range(int(k))}
        return places

    assert {*range(1500)} <= reads(far) and np.sum(np.asarray(far)[:, 0]) <= 21
    assert np.min(np.asarray(far)[:, 0]) >= 2 and np.max(np.asarray(far)[:, 0]) <= 5
    field = 1 + 2 * int(np.sum(cured))
    assert reads([(3, d) for d in cured]) == {*range(field)} and field >= 31
    assert np.sum(np.asarray(cured) == 6) >= 2 and np.size(cured) == 4
    one, a, b = sorted(int(d) for d in counter)
    assert one == 1 < a < b and np.gcd(a, b) == 1
    assert reads([(3, one), (3, a), (3, b)]) < {*range(1 + 2 * (one + a + b))}


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 6 · Repair a forecaster
#
# **3 points · 20 minutes · with Keras**
#
# The network below is to read series of two channels, and to give one number at each sample: a forecast, of any sign. It
# was built in a hurry. It may be trained for hours; the score will look good, and the forecasts are worthless.
#
# Three different things are wrong with it. Find them before you change anything: `looks_ahead` helps with one, `paths` with
# another.
#
# **Predict.** What is its reach? Which samples does it never see? What can it never say?

# %% slideshow={"slide_type": "-"}
if keras:
    conv = keras.layers.Conv1D
    broken = keras.Sequential([
        keras.Input((None, 2)),
        conv(6, 3, padding="same", activation="relu"),
        conv(6, 3, padding="causal", dilation_rate=4, activation="relu"),
        conv(6, 3, padding="causal", dilation_rate=16, activation="relu"),
        conv(6, 3, padding="causal", dilation_rate=32, activation="relu"),
        conv(1, 1, activation="relu"),
    ])
    print(broken.count_params(), "parameters")

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Make `causal_net`, a Keras model for inputs of shape `(None, 2)`, from as many layers as you like:
#
# - each output depends on *each* of the last 100 samples of both channels (the present is one of them), and on no later
#   sample;
# - one number comes out for each sample; nothing bends it at the end, so that it may have any sign and any size;
# - at most **600 parameters**.
#
# It is not trained. The check changes samples one by one, and sees what moves. For a moment it gives the model other weights.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q6-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
causal_net = ...  # a keras model
### BEGIN SOLUTION
causal_net = keras.Sequential([keras.Input((None, 2))])
for d in (1, 3, 9, 27, 27):  # reach 135, each at most what the smaller ones see
    causal_net.add(
        keras.layers.Conv1D(6, 3, padding="causal", dilation_rate=d, activation="relu")
    )
causal_net.add(keras.layers.Dense(1))  # the same at each sample, and of any sign
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q6.check(causal_net)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import int, range
    from convcourse.checks import quiet
    from convcourse.checks.ch06 import q6

    q6.check(causal_net, seed=6601)
    with quiet():
        rng = np.random.default_rng(6602)
        x = rng.normal(size=(9, 120, 2)).astype("float32")
        for row in range(1, 8):  # seven other futures of one past
            x[row] = x[0]
            x[row, 16 * row :] = 5 * rng.normal(size=(120 - 16 * row, 2))
        x[8] = x[0]
        y = causal_net.predict(x, verbose=0)
        assert y.shape == (9, 120, 1)
        for row in range(1, 8):
            np.testing.assert_allclose(y[row, : 16 * row], y[0, : 16 * row], rtol=1e-3, atol=1e-4)
        assert np.ptp(y) > 0 and np.allclose(y[8], y[0], rtol=1e-3, atol=1e-4)
        weights = [np.asarray(w) for w in causal_net.get_weights()]
        assert int(np.sum([w.size for w in weights])) <= 600
        ends = []
        for _ in range(20):  # other weights: not every forecast has one sign, or is small
            made = [rng.normal(size=w.shape) if w.ndim > 1 else w for w in weights]
            causal_net.set_weights(made)
            ends.append(causal_net.predict(x[:1], verbose=0))
        causal_net.set_weights(weights)
        assert np.min(ends) < -1 and np.max(ends) > 1


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 7 · The honest baseline
#
# **3 points · 25 minutes**
#
# Before a network is praised, a linear model has its turn. From the present month $n$ it forecasts
#
# $$\hat{x}[n + a] = b + \sum_{i=0}^{p-1} v[i]\; x[n - i]$$
#
# with $p$ months of the past, the present included, and $a$ months ahead. The weights $v$ and the constant $b$ make the sum
# of the squared errors smallest, over *all* months $n$ that have a whole past and whose answer $x[n + a]$ lies
# **before** month `cut`. So nothing from month `cut` on is used to learn.

# %% [markdown] slideshow={"slide_type": "fragment"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Write `forecast(x, months, ahead, cut)` with $p$ = `months` and $a$ = `ahead`. It returns the forecasts for the months `cut`,
# `cut + 1`, … up to the last one of $x$, each made `ahead` months before. Least squares without a penalty: `np.linalg.lstsq`
# does it.
#
# **Predict.** A series of 10 numbers, `months = 3`, `ahead = 2`, `cut = 8`: how many rows are there to learn from,
# and how many forecasts come out?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q7-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forecast(x, months, ahead, cut):
    """Return the forecasts for the months from cut on, each made `ahead` months before."""
    ### BEGIN SOLUTION
    def rows(now):
        past = [x[now - back] for back in range(months)]  # the present first
        return np.stack([*past, np.ones(len(now))], axis=1)

    known = np.arange(months - 1, cut - ahead)  # the last answer is x[cut - 1]
    weights = np.linalg.lstsq(rows(known), x[known + ahead], rcond=None)[0]
    return rows(np.arange(cut - ahead, len(x) - ahead)) @ weights
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
q7.check(forecast)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import range
    from convcourse import datasets
    from convcourse.checks import quiet
    from convcourse.checks.ch06 import q7

    with quiet():
        wave = np.sin(np.arange(90) / 5) + 4  # a linear model knows it without error
        np.testing.assert_allclose(forecast(wave, 4, 3, 60), wave[60:], atol=1e-6)
        x = datasets.sunspots().x[300:1100]
        for months, ahead, cut in ((7, 3, 500), (2, 9, 640)):
            start = [x[n - months + 1 : n + 1] for n in range(months - 1, x.size - ahead)]
            past, answers = np.asarray(start), x[months - 1 + ahead :]
            learn = cut - ahead - months + 1
            spread = past - past[:learn].mean(axis=0)
            v = np.linalg.pinv(spread[:learn]) @ (answers[:learn] - answers[:learn].mean())
            truth = answers[:learn].mean() + spread[learn:] @ v
            np.testing.assert_allclose(forecast(x, months, ahead, cut), truth, atol=1e-5)
            torn = x.copy()
            torn[cut:] = 500 - torn[cut:]  # another future: the first forecasts stay
            both = [forecast(series, months, ahead, cut)[:ahead] for series in (x, torn)]
            np.testing.assert_allclose(*both, atol=1e-6)
    q7.check(forecast, seed=6701)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
made = forecast(spots, 127, 12, 2400)
if made is not None:  # once your function is written
    t, some = datasets.sunspots().t[2400:], slice(0, 420)
    fig, ax = plots.panels(height=2.6)
    plots.line(ax, t[some], spots[2400:][some], "true", "sunspots")
    plots.line(ax, t[some], made[some], "y", "forecast, made a year before")
    tops = [np.max(series[some]) for series in (spots[2400:], made)]
    plots.show(fig, f"Sunspots from 1949 to 1984, {tops[0]:.0f} at most, and a linear forecast made a year before, {tops[1]:.0f} at most.")

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 8 · Who wins, and why?
#
# **2 points · 15 minutes · measure**
#
# All errors are RMSEs in sunspots on the months from 2400 on, forecast 12 months ahead, learned from the months before.
#
# - `present`: the error of "in a year it will be as it is now".
# - `linear`: the error of your linear model with 127 months, the reach of the dilated network of the chapter.
# - `wins`: `dilated.recorded("sunspots", "dilated")` holds the errors of thirty runs of that network. How many are smaller than
#   `linear`?
#
# **Predict.** Order them: the present number, a linear model that sees a year, one that sees ten, the network.

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-task", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Two ways to fool oneself
#
# - `chosen`: which of 13, 24, 36, 48 or 400 months would you take? Choose without a look at the test: learn from the months before
#   2040, compare the errors on the months 2040 to 2399.
# - `leaky`: the error with 400 months (again from month 2400 on) if the model learns from *all* rows, the months of the test
#   included. Compare it with the honest one.
#
# ### And why?
#
# - `because`: what explains most of the gain of the dilated network over the plain one: `"depth"`, `"weights"`, `"relu"` or
#   `"reach"`?

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q8-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
present = ...
linear = ...
wins = ...
chosen = ...  # 13, 24, 36, 48 or 400
leaky = ...
because = ...  # "depth", "weights", "relu" or "reach"
### BEGIN SOLUTION
def error(made, truth):
    return np.sqrt(np.mean((made - truth) ** 2))


present = error(spots[2388:-12], spots[2400:])
linear = error(forecast(spots, 127, 12, 2400), spots[2400:])
wins = np.count_nonzero(dilated.recorded("sunspots", "dilated") < linear)
before = spots[:2400]
errors = {m: error(forecast(before, m, 12, 2040), before[2040:]) for m in (13, 24, 36, 48, 400)}
chosen = min(errors, key=errors.get)
now = np.arange(399, len(spots) - 12)
rows = np.stack([spots[now - back] for back in range(400)] + [np.ones(len(now))], axis=1)
seen = rows @ np.linalg.lstsq(rows, spots[now + 12], rcond=None)[0]  # learned and tested
leaky = error(seen[now + 12 >= 2400], spots[2400:])  # on the same rows
because = "reach"  # linear, too: 13 months against 127 make as much difference
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q8.check(present, linear, wins, chosen, leaky, because)

# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import len, min
    from convcourse import datasets
    from convcourse.checks.ch06 import q8

    q8.check(present, linear, wins, chosen, leaky, because)
    x = datasets.sunspots().x

    def rmse(months, cut, end, learned):  # the last `months` numbers, and a one
        past = np.lib.stride_tricks.sliding_window_view(x[: end - 12], months)
        rows, answers = np.c_[past, np.ones(len(past))], x[months + 11 : end]
        learn, test = learned - months - 11, cut - months - 11
        v = np.linalg.lstsq(rows[:learn], answers[:learn], rcond=None)[0]
        return np.sqrt(np.mean((rows[test:] @ v - answers[test:]) ** 2))

    assert np.isclose(present, np.sqrt(np.mean((x[2400:] - x[2388:-12]) ** 2)), atol=0.06)
    assert np.isclose(linear, rmse(127, 2400, len(x), 2400), atol=0.06)
    assert np.isclose(leaky, rmse(400, 2400, len(x), len(x)), atol=0.06)
    runs = datasets.recorded("dilated")["sunspots_dilated"]
    assert wins == np.count_nonzero(runs < rmse(127, 2400, len(x), 2400))
    tried = {m: rmse(m, 2040, 2400, 2040) for m in (13, 24, 36, 48, 400)}
    assert chosen == min(tried, key=tried.get)
    assert because.strip().lower() == "reach"


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Two things to try
#
# - Let the leaky model have 600 or 1,000 months. How small does its error get? And the honest one?
# - Train the dilated network with other dilations, `dilated.train` shows how. Take care how you choose them: by which months?

# %% [markdown] slideshow={"slide_type": "skip"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "end", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Back to [chapter 6](../../notebooks/06_dilated_convolutions.ipynb). Worked answers are in
# [solutions](../../solutions/06_dilated_convolutions/06_dilated_convolutions.ipynb). Look there
# after your own try.
