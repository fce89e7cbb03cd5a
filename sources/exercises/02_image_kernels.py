# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "title", "locked": true, "schema_version": 3, "solution": false, "task": false}
# # Exercises 2 · Image kernels
#
# Eleven questions on [chapter 2](../../notebooks/02_image_kernels.ipynb), from pencil and paper to a
# project on a photograph. **24 points, about 3 hours.** Take them one at a time.
#
# - Write your answer in the cell under a question, in place of the dots, or as the body of a
#   function. Run it. The last two lines there, `# YOUR CODE HERE` and `pass`, may go.
# - Run the check under it. It says what is right, and which idea is behind a wrong answer. Check as
#   often as you like: a wrong answer costs nothing, and teaches the most.
# - `q1.hint(1)` gives a hint; `q1.hint(2)` and `q1.hint(3)` go further.
#
# In all questions the kernel is laid on the image as it is, without a flip. An index names the row
# first: `x[1, 2]` is in row 1, column 2.

# %% slideshow={"slide_type": "skip"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import cv2
import numpy as np
from convcourse import datasets, plots
from convcourse.checks.ch02 import q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11
from scipy import ndimage, signal

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q1-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 1 · One pixel, then all
#
# **2 points · 10 minutes · pencil and paper**
#
# The next cell shows an image $x$ and a kernel $w$. Lay the kernel on the image so that its top left
# weight lies on $x[i, j]$, multiply what lies on top of each other, and add:
#
# $$y[i, j] = \sum_m \sum_n x[i + m,\, j + n]\, w[m, n]$$
#
# - `pixel`: the number $y[0, 1]$,
# - `y`: all of $y$, wherever the whole kernel lies on the image, as a list of rows,
# - `flat`: what comes out of this kernel wherever all pixels of an image are 10?
#
# Once you have done it by hand, no code for it will look strange.

# %% slideshow={"slide_type": "-"}
x1 = np.array([[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8]])
w1 = np.array([[3, -1], [-2, 2]])
fig, (left, right) = plots.panels(1, 2, width=6)
plots.image(left, x1, "x")
plots.image(right, w1, "w", signed=True)
plots.show(
    fig, f"An image of 3 x 4 pixels, {x1.tolist()}, and a kernel, {w1.tolist()}."
)

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q1-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
pixel = ...  # a number
y = ...  # rows in a list, such as [[1, 2], [3, 4]]
flat = ...  # a number
### BEGIN SOLUTION
pixel = 3 * 1 - 1 * 4 - 2 * 9 + 2 * 2
y = [[16, -15, 19], [2, 29, 6]]
flat = 10 * (3 - 1 - 2 + 2)
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q1.check(pixel, y, flat)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q1-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import float
    from scipy import signal

    image, kernel = [[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8]], [[3, -1], [-2, 2]]
    wanted = signal.correlate2d(image, kernel, "valid")
    np.testing.assert_allclose(np.asarray(y, float), wanted)
    np.testing.assert_allclose(float(pixel), wanted[0, 1])
    np.testing.assert_allclose(
        float(flat), signal.correlate2d(np.full((2, 2), 10), kernel, "valid")
    )


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q2-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 2 · Write the sliding kernel
#
# **3 points · 20 minutes**
#
# Write `correlate2d(x, w)`: the sum of question 1 for any image and any kernel, wherever the whole
# kernel lies on the image. Loops, windows with `einsum`, or an FFT: write it as you like, but write it
# yourself. A ready function for correlation or convolution will not do.
#
# It has to be right for kernels that are not square, of even size, or as large as the image; for whole
# numbers, fractions, and pixels of type `uint8`. A kernel that is taller or wider than the image fits
# nowhere: raise a `ValueError`.
#
# The next cell shows three cases as SciPy has them.

# %% slideshow={"slide_type": "-"}
image = np.array([[1, 2, 0], [0, 1, 3]])
for kernel in ([[1, -1]], [[2], [1]], [[1, 0, 2], [0, 3, 1]]):
    print(kernel, "gives", signal.correlate2d(image, kernel, "valid").tolist())


# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q2-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def correlate2d(x, w):
    """Return the sums over all windows of x that w fits on."""
    ### BEGIN SOLUTION
    (H, W), (kh, kw) = x.shape, w.shape
    if kh > H or kw > W:
        raise ValueError(
            f"a kernel of {kh} x {kw} does not fit on an image of {H} x {W}."
        )
    y = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            y[i, j] = np.sum(x[i : i + kh, j : j + kw] * w)
    return y
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q2.check(correlate2d)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q2-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch02 import q2
    from scipy import signal

    with quiet():  # what your function prints costs no marks
        rng = np.random.default_rng(20402)
        for shape, size in (
            ((8, 5), (3, 2)),
            ((4, 12), (1, 5)),
            ((6, 6), (6, 6)),
            ((9, 7), (5, 1)),
        ):
            x, w = rng.normal(size=shape), rng.normal(size=size)
            wanted = signal.correlate2d(x, w, "valid")
            np.testing.assert_allclose(correlate2d(x, w), wanted, atol=1e-5)
        x, w = (
            rng.integers(0, 256, (6, 5)).astype(np.uint8),
            np.array([[1, -4], [2, 3], [0, 5]]),
        )
        wanted = signal.correlate2d(x, w, "valid")
        np.testing.assert_allclose(correlate2d(x, w), wanted, rtol=1e-6)
    q2.check(correlate2d, seed=1402)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q3-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 3 · As large as the image
#
# **2 points · 15 minutes**
#
# A filtered photograph should be as large as the photograph. So a border is added first, and one has to
# decide what stands in it. Write `correlate_same(x, w, border)`: an output of the shape of `x`. The
# border is one of `"constant"` (zeros), `"edge"`, `"symmetric"`, `"reflect"` and `"wrap"`; the names are
# NumPy's, and `np.pad` may do that part.
#
# The centre of the kernel is `w[kh // 2, kw // 2]`, and lies on the pixel. Of an even kernel more rows
# are above the centre than below. Use your `correlate2d`, or sum anew.
#
# The next cell lets SciPy show where the centre is: one bright pixel in the middle, a kernel of 1 x 4.

# %% slideshow={"slide_type": "-"}
spot = np.array([[0, 0, 0, 1, 0, 0, 0]])
print("image ", spot[0])
print("output", ndimage.correlate(spot, [[1, 2, 3, 4]], mode="constant")[0])
for border in ("constant", "edge", "symmetric", "reflect", "wrap"):
    print(f"{border:>9}:", np.pad([10, 20, 30, 40], 2, mode=border))


# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q3-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def correlate_same(x, w, border):
    """Return the sums over a window around each pixel of x."""
    ### BEGIN SOLUTION
    pads = [(k // 2, k - 1 - k // 2) for k in w.shape]  # before and after the centre
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(x, pads, mode=border), w.shape
    )
    return np.einsum("ijmn,mn->ij", windows, w)
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q3.check(correlate_same)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q3-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch02 import q3
    from scipy import ndimage

    names = {"constant": "constant", "edge": "nearest", "symmetric": "reflect"}
    names |= {"reflect": "mirror", "wrap": "wrap"}
    with quiet():
        rng = np.random.default_rng(20403)
        for size in ((3, 3), (2, 4), (5, 2), (1, 3), (4, 4)):
            x, w = rng.normal(size=(8, 11)), rng.normal(size=size)
            for border, mode in names.items():
                wanted = ndimage.correlate(x, w, mode=mode)
                np.testing.assert_allclose(
                    correlate_same(x, w, border), wanted, atol=1e-5
                )
    q3.check(correlate_same, seed=1403)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 4 · Build Sobel, and watch its numbers
#
# **2 points · 15 minutes · pencil and paper**
#
# Sobel's kernel takes a difference in one direction and smooths in the other. Both are kernels of three
# weights: $[1, 2, 1]$ and $[-1, 0, 1]$.
#
# - `sobel`: put them together to a kernel of 3 x 3 that finds *vertical* edges. Laid on as it is, it has
#   to give a positive number where the right side is brighter.
# - `ramp`: its answer on a ramp that rises by 1 from column to column.
# - `step`: its answer at an edge, where the left side is 30 and the right side is 180.

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q4-predict", "locked": true, "schema_version": 3, "solution": false, "task": false}
# An image of `uint8` has no room for all this. Predict, and only then try it:
#
# - `cast`: `np.array(step).astype(np.uint8)`,
# - `rising` and `falling`: `cv2.filter2D(image, -1, sobel)` on an image of `uint8`, at that edge, and at an
#   edge from 180 down to 30 (-1 means: a result of the type of the image),
# - `added` and `taken`: the one entry of `a + b` and of `b - c`, for arrays of `uint8` that hold
#   `a` = 250, `b` = 10 and `c` = 20.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q4-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
sobel = ...  # three rows of three
ramp = ...  # and seven numbers
step = ...
cast = ...
rising = ...
falling = ...
added = ...
taken = ...
### BEGIN SOLUTION
sobel = np.outer([1, 2, 1], [-1, 0, 1])
ramp = 8  # each row gives 2, and the rows count 1 + 2 + 1 = 4 times
step = 4 * (180 - 30)
cast = 600 - 2 * 256
rising = 255  # 600 is above the range, and OpenCV takes its end
falling = 0  # -600 is below it
added = 260 - 256
taken = -10 + 256
### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q4.check(sobel, ramp, step, cast, rising, falling, added, taken)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q4-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Looked at once more when the work is graded.
### BEGIN HIDDEN TESTS
def more_tests():
    import cv2
    import numpy as np
    from builtins import float

    weights = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    np.testing.assert_array_equal(np.asarray(sobel, float), weights)
    assert float(ramp) == (weights * [0, 1, 2]).sum()
    assert float(step) == (weights * [30, 30, 180]).sum()
    assert float(cast) == np.array([600]).astype(np.uint8)[0]
    edge = np.tile([30, 30, 180, 180], (3, 1)).astype(np.uint8)
    assert float(rising) == cv2.filter2D(edge, -1, weights)[1, 1]
    assert float(falling) == cv2.filter2D(edge[:, ::-1].copy(), -1, weights)[1, 1]
    a, b, c = np.array([250, 10, 20], np.uint8).reshape(3, 1)
    assert [float(added), float(taken)] == [(a + b)[0], (b - c)[0]]


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 5 · Repair a published edge detector
#
# **2 points · 15 minutes**
#
# The code in the next cell is much like one that has been published, with the words that it brings out
# the vertical edges. It is run on a picture with one bright bar, which has two.
#
# **Predict.** Where will the output be bright?
#
# Write `edges(image)`, which takes an image of `uint8` and gives what the kernel really says: *left minus
# right* over three rows, positive at one side of the bar and negative at the other, with its true size. The
# border is as OpenCV has it. You may use OpenCV, SciPy, NumPy, or your own function.


# %% slideshow={"slide_type": "-"}
def published(image):
    kernel = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
    return cv2.filter2D(image, -1, kernel)


bar = np.zeros((40, 64), np.uint8)
bar[:, 20:44] = 200
fig, (left, right) = plots.panels(1, 2)
plots.image(left, bar, "the bar")
plots.image(right, published(bar), "the published edges")
low, high = published(bar).min(), published(bar).max()
plots.show(
    fig, f"A bright bar, and its published edge map, {low} to {high}: one edge of two."
)


# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q5-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def edges(image):
    """Return left minus right over three rows, with its sign."""
    ### BEGIN SOLUTION
    kernel = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
    return cv2.filter2D(image, cv2.CV_64F, kernel)
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q5.check(edges)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q5-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import cv2
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch02 import q5

    with quiet():
        rng = np.random.default_rng(20405)
        kernel = np.array([[1, 0, -1]] * 3, np.float64)
        for shape in ((5, 9), (12, 7), (3, 3)):
            image = rng.integers(0, 256, shape).astype(np.uint8)
            wanted = cv2.filter2D(image.astype(np.float64), -1, kernel)
            np.testing.assert_allclose(edges(image), wanted, atol=1e-3)
    q5.check(edges, seed=1405)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q5-look", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Look at it on a photograph
#
# How much did the published map throw away? Run the next cell when question 5 is right. In the signed map
# zero is white, and both kinds of edge have a colour.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
photo = datasets.camera().x[60:260, 130:370]
signed = edges(photo)
if signed is not None:  # once your function is written
    lost = np.mean(published(photo)[abs(np.asarray(signed)) > 50] == 0)
    fig, (left, right) = plots.panels(1, 2, height=3)
    plots.image(left, published(photo), "the published edges")
    plots.image(right, signed, "y, your edges", signed=True, limit=300)
    plots.show(
        fig,
        f"Edges of a photograph twice: the published map lacks {lost:.0%} of the clear "
        f"edges; the signed map runs from {np.min(signed):.0f} to {np.max(signed):.0f}.",
    )

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q6-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 6 · Equal to OpenCV, pixel by pixel
#
# **2 points · 20 minutes**
#
# A hand-written filter is often said to match `cv2.filter2D`, because the two pictures look alike. Look
# closer: the last cell of this question counts how many pixels differ in one such filter.
#
# Write `filter_image(image, kernel)`: an image of `uint8` comes in, and the same comes out as from
# `cv2.filter2D(image, -1, kernel)`, in *every* pixel. Find out for yourself which border OpenCV takes,
# how it turns fractions into whole levels, and what it does with sums below 0 and above 255. A ready
# function for filtering does not count; your own `correlate_same` does, and so does `np.pad`.
#
# The next cell is a place for experiments: a row of pixels and a kernel of 1 x 2.

# %% slideshow={"slide_type": "-"}
row = np.array([[1, 2, 4, 7, 200, 250]], np.uint8)
for kernel in ([[0.5, 0.5]], [[1.5, 0.0]], [[0.0, 1.0]], [[-1.0, 1.0]]):
    print(kernel, "gives", cv2.filter2D(row, -1, np.array(kernel))[0])


# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q6-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def filter_image(image, kernel):
    """Return what cv2.filter2D(image, -1, kernel) returns."""
    ### BEGIN SOLUTION
    pads = [(k // 2, k - 1 - k // 2) for k in kernel.shape]
    padded = np.pad(image.astype(float), pads, mode="reflect")  # BORDER_REFLECT_101
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    sums = np.einsum("ijmn,mn->ij", windows, kernel)
    return np.clip(np.rint(sums), 0, 255).astype(
        np.uint8
    )  # rint: halves to the even number
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q6.check(filter_image)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q6-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import cv2
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch02 import q6

    with quiet():
        rng = np.random.default_rng(20406)
        for size in ((3, 3), (4, 4), (2, 5), (5, 3), (1, 2)):
            image = rng.integers(0, 256, (14, 17)).astype(np.uint8)
            kernel = rng.integers(-5, 9, size) / 16
            wanted = cv2.filter2D(image, -1, kernel)
            np.testing.assert_array_equal(filter_image(image, kernel), wanted)
        kernel = np.full((5, 5), 1 / 25)
        np.testing.assert_array_equal(
            filter_image(image, kernel), cv2.filter2D(image, -1, kernel)
        )
    q6.check(filter_image, seed=1406)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
photo = datasets.camera().x[60:260, 130:370]
mean7 = np.full((7, 7), 1 / 49)
mine, theirs = filter_image(photo, mean7), cv2.filter2D(photo, -1, mean7)
if mine is not None:  # once your function is written
    print("equal:", np.array_equal(mine, theirs))
    sums = ndimage.correlate(photo.astype(float), mean7, mode="nearest")
    differ = np.mean(sums.astype(np.uint8) != theirs)
    print(f"fractions cut off and the edge repeated: {differ:.1%} of the pixels differ")

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q7-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 7 · Which kernel was it?
#
# **2 points · 15 minutes**
#
# A camera, a program or a colleague has filtered an image, and you would like to know how. If you may send
# in a picture of your own, one bright pixel is enough: the next cell shows what comes back. (Why does it
# come back turned round?)
#
# More often there is only some image `x` and its output `y`. Write `find_kernel(x, y, shape)`: the kernel of
# that shape, (rows, columns), of which `y` is the sum over all complete windows, as in question 2. Each
# pixel of `y` is one equation, in which the weights are unknown. There are at least as many equations as
# weights, and they agree with each other. NumPy's `np.linalg` may solve them.

# %% slideshow={"slide_type": "-"}
spot = np.zeros((3, 5))
spot[1, 2] = 1
unknown = np.array([[1, 2, 3], [4, 5, 6]])  # let us pretend that we do not know it
print(signal.correlate2d(spot, unknown, "valid"))


# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q7-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def find_kernel(x, y, shape):
    """Return the kernel of this shape that makes y out of x."""
    ### BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(x, shape)
    A = windows.reshape(y.size, -1)  # one row of pixels for each output
    weights, *_ = np.linalg.lstsq(A, y.ravel(), rcond=None)
    return weights.reshape(shape)
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q7.check(find_kernel)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q7-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch02 import q7
    from scipy import signal

    with quiet():
        rng = np.random.default_rng(20407)
        for shape in ((2, 2), (3, 4), (5, 1), (2, 3)):
            x, w = rng.normal(size=(11, 9)), rng.normal(size=shape)
            y = signal.correlate2d(x, w, "valid")
            np.testing.assert_allclose(find_kernel(x, y, shape), w, atol=1e-5)
    q7.check(find_kernel, seed=1407)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 8 · The Game of Life
#
# **2 points · 10 minutes**
#
# A board of cells, 1 for alive and 0 for empty. In each step all cells look at their eight neighbours:
#
# - an empty cell with exactly three living neighbours comes alive,
# - a living cell with two or three living neighbours stays alive,
# - all other cells are empty in the next step.
#
# The board goes round: beyond the right border comes the left column, beyond the bottom the top row.
#
# Write `life_step(board)`, which returns the next board. Counting neighbours is a sum over a window, so one
# kernel does it for the whole board at once. Any function of SciPy or NumPy may be used.


# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q8-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def life_step(board):
    """Return the board after one step; it goes round."""
    ### BEGIN SOLUTION
    kernel = np.array(
        [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    )  # the cell itself does not count
    neighbours = ndimage.correlate(board, kernel, mode="wrap")
    return ((neighbours == 3) | ((neighbours == 2) & (board == 1))).astype(int)
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q8.check(life_step)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q8-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import int, range
    from convcourse.checks import quiet
    from convcourse.checks.ch02 import q8
    from scipy import signal

    with quiet():
        board = np.random.default_rng(20408).integers(0, 2, (12, 15))
        for _ in range(4):
            n = signal.convolve2d(board, np.ones((3, 3)), "same", "wrap") - board
            wanted = ((n > 2.5) & (n < 3.5)) | ((n > 1.5) & (n < 3.5) & (board == 1))
            np.testing.assert_array_equal(np.asarray(life_step(board)), wanted)
            board = wanted.astype(int)
    q8.check(life_step, seed=1408)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q8-look", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Look at it
#
# **Predict.** Five cells make a *glider*. Where is it after four steps, and what does it look like? Run the
# next cell when question 8 is right.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
glider = np.zeros((8, 10), int)
glider[[0, 1, 2, 2, 2], [1, 2, 0, 1, 2]] = 1
boards = [glider]
if life_step(glider) is not None:  # once your function is written
    for _ in range(4):
        boards.append(np.asarray(life_step(boards[-1])).astype(int))
    fig, axes = plots.panels(1, 5, height=1.6)
    for step in range(5):
        squares = np.kron(boards[step], np.full((9, 9), 255)).astype(np.uint8)
        plots.image(axes[step], squares, f"step {step}")
    moved = np.array_equal(boards[4], np.roll(glider, (1, 1), (0, 1)))
    text = "Five steps of a glider; after four it is one row down and one column right:"
    plots.show(fig, f"{text} {moved}. Cells alive: {[int(b.sum()) for b in boards]}.")

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q9-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 9 · A Gaussian of any size
#
# **2 points · 10 minutes**
#
# Write `gaussian(sigma, size)`: a kernel of `size` x `size` weights in the form of a bell with standard
# deviation `sigma` pixels,
#
# $$w[m, n] \;\propto\; e^{-r^2 / (2 \sigma^2)}$$
#
# where $r$ is the distance, in pixels, from the middle of the kernel. The middle is the point that has
# equally much of the kernel on all sides; of an even size it lies between the pixels. The weights add up
# to 1, so that a flat image stays as it is.
#
# Write it with `np.exp`, not with a ready Gaussian. Three lines are enough. `size` may be 1, odd or even.


# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q9-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gaussian(sigma, size):
    """Return a Gaussian kernel with sum 1."""
    ### BEGIN SOLUTION
    r = np.arange(size) - (size - 1) / 2
    profile = np.exp(-(r**2) / (2 * sigma**2))
    kernel = np.outer(profile, profile)
    return kernel / kernel.sum()
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q9-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q9.check(gaussian)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q9-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from convcourse.checks import quiet
    from convcourse.checks.ch02 import q9
    from scipy.signal import windows

    with quiet():
        for sigma, size in (
            (1.3, 3),
            (0.8, 6),
            (2.2, 11),
            (4.0, 2),
            (1.0, 8),
            (0.5, 1),
        ):
            profile = windows.gaussian(size, sigma)
            wanted = np.outer(profile, profile) / np.outer(profile, profile).sum()
            np.testing.assert_allclose(gaussian(sigma, size), wanted, atol=1e-6)
    q9.check(gaussian, seed=1409)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q10-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 10 · Take a kernel apart
#
# **2 points · 15 minutes**
#
# A kernel that is a column times a row can be run as two short ones, first down, then across. A Gaussian of
# 15 x 15 then costs 30 products for each pixel instead of 225.
#
# Write `separate(kernel)`, which returns `(column, row)` with `np.outer(column, row)` equal to the kernel.
# There are many such pairs: if you double the column and halve the row, nothing changes, and so it is with
# two minus signs. Each of them is right.
#
# Not every kernel can be separated: for those raise a `ValueError`. Beware of rounding: no test with
# `== 0` is safe. `np.linalg.svd` may be used, and it is not the only way;
# `kernels.separate` of this course may not.

# %% slideshow={"slide_type": "-"}
sobel = np.outer([1, 2, 1], [-1, 0, 1])
plus = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
for name, kernel in (("Sobel", sobel), ("plus", plus)):
    print(f"{name:>5}: singular values", np.linalg.svd(kernel)[1])


# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q10-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def separate(kernel):
    """Return (column, row) whose outer product is the kernel."""
    ### BEGIN SOLUTION
    u, s, v = np.linalg.svd(kernel)
    if np.any(s[1:] > 1e-9 * s[0]):
        raise ValueError(
            "this kernel is not separable: it needs more than one outer product."
        )
    return s[0] * u[:, 0], v[0]
    ### END SOLUTION


# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q10-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q10.check(separate)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q10-hidden", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: the same question, other numbers.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import AssertionError, ValueError
    from convcourse.checks import quiet
    from convcourse.checks.ch02 import q10

    with quiet():
        rng = np.random.default_rng(20410)
        for kh, kw in ((3, 3), (5, 2), (1, 4), (2, 7), (3, 1)):
            kernel = np.outer(rng.normal(size=kh), rng.normal(size=kw))
            column, row = separate(kernel)
            np.testing.assert_allclose(np.outer(column, row), kernel, atol=1e-6)
        for kernel in (rng.normal(size=(4, 3)), np.eye(2)):
            try:
                separate(kernel)
            except ValueError:
                continue
            raise AssertionError("a kernel that is not separable was taken apart")
    q10.check(separate, seed=1410)


more_tests()
### END HIDDEN TESTS

# %% [markdown] slideshow={"slide_type": "slide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q11-text", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Question 11 · Project: how much blur is right?
#
# **3 points · 25 minutes**
#
# A photograph taken in bad light is noisy. Blur takes the noise away, and the picture with it. Somewhere
# between lies the best blur, and it can be measured, if the clean picture is known.
#
# **Predict.** Here is the photograph, and the same with noise of a standard deviation of 25 grey levels.
# Which sigma, in pixels, will bring it nearest to the clean one?

# %% slideshow={"slide_type": "-"} nbgrader={"cell_type": "code", "grade": false, "grade_id": "q11-data", "locked": true, "schema_version": 3, "solution": false, "task": false}
clean = datasets.camera().x.astype(float)
noisy = clean + np.random.default_rng(2).normal(0, 25, clean.shape)
sigmas = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]
fig, (left, right) = plots.panels(1, 2, height=2.6)
part = slice(60, 220), slice(150, 350)
plots.image(left, clean[part].astype(np.uint8), "true, the clean photograph")
plots.image(right, np.clip(noisy[part], 0, 255).astype(np.uint8), "x, with noise")
plots.show(
    fig,
    f"Part of a photograph, and with noise of {np.std(noisy - clean):.1f} grey levels.",
)

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q11-steps", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Work in four steps, and check after each one: the check says how far you are.
#
# 1. `left_over`: take the noise alone, 25 grey levels in each pixel, independent of each other. What is its
#    standard deviation after a mean over 3 x 3 pixels? Think of the sum of the squared weights.
# 2. `errors`: smooth `noisy` with `ndimage.gaussian_filter` (or your own Gaussian, large enough) for each
#    of the `sigmas`, and measure the RMS error: the root of the mean of the squared differences from
#    `clean`, over the whole picture. Let the border be a mirror.
# 3. `best`: the sigma of the list with the smallest error.
# 4. `denoise(image)`: the next cell says what it is.

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q11-denoise", "locked": true, "schema_version": 3, "solution": false, "task": false}
# **The fourth step.** Write `denoise(image)`, which makes a better picture of a noisy one. Any filter that
# you like will do, as long as it needs nothing but the image:
#
# - of `noisy` it has to make a picture with an RMS error of no more than 11.3 grey levels,
# - of the same photograph, turned round and bent, it may make one with 6 % more error than the Gaussian with
#   your `best` makes,
# - of pictures that nobody has seen, of other sizes, with 25 % more. The noise is always new, of 25 grey levels.
#
# So `clean` is there to measure with, and of no use inside `denoise`.

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": false, "grade_id": "q11-answer", "locked": false, "schema_version": 3, "solution": true, "task": false}
left_over = ...  # a number
errors = ...  # seven numbers
best = ...  # one of the sigmas
### BEGIN SOLUTION
left_over = 25 * np.sqrt(9 * (1 / 9) ** 2)
blurred = [ndimage.gaussian_filter(noisy, sigma) for sigma in sigmas]
errors = [np.sqrt(np.mean((image - clean) ** 2)) for image in blurred]
best = sigmas[np.argmin(errors)]
### END SOLUTION


def denoise(image):
    """Return a picture with less noise, of the shape of the image."""
    ### BEGIN SOLUTION
    return ndimage.gaussian_filter(image, best)
    ### END SOLUTION

# %% slideshow={"slide_type": "-"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q11-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
q11.check(left_over, errors, best, denoise)


# %% slideshow={"slide_type": "skip"} tags=["raises-exception"] nbgrader={"cell_type": "code", "grade": true, "grade_id": "q11-hidden", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# More tests run here when the work is graded: other pictures, other noise.
### BEGIN HIDDEN TESTS
def more_tests():
    import numpy as np
    from builtins import abs, float
    from convcourse import datasets
    from convcourse.checks import quiet, unseen
    from convcourse.checks.ch02 import q11
    from scipy import ndimage

    photo = datasets.camera().x.astype(np.float64)
    grainy = photo + np.random.default_rng(2).normal(0, 25, photo.shape)
    widths = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]

    def rms(image, truth=photo):
        return np.sqrt(np.mean((np.asarray(image, float) - truth) ** 2))

    wanted = [rms(ndimage.gaussian_filter(grainy, width)) for width in widths]
    assert abs(float(left_over) - 25 / 3) < 0.06
    np.testing.assert_allclose(np.asarray(errors, float), wanted, atol=0.12)
    assert abs(float(best) - widths[np.argmin(wanted)]) < 1e-6
    rng = np.random.default_rng(21102)
    for truth, most in (
        (photo, 1.01),
        (255 * unseen.again(rng, photo / 255), 1.06),
        (255 * unseen.photograph(rng, (352, 423)), 1.25),
        (255 * unseen.photograph(rng, (417, 331)), 1.25),
    ):
        grainy = truth + rng.normal(0, 25, truth.shape)
        with quiet():
            made = np.array(denoise(grainy.copy()), float)
        best_gaussian = rms(ndimage.gaussian_filter(grainy, 1), truth)
        assert made.shape == truth.shape
        assert rms(made, truth) <= max(most * best_gaussian, 11.4 if most < 1.05 else 0)
    q11.check(left_over, errors, best, denoise, seed=1411)


more_tests()
### END HIDDEN TESTS

# %% slideshow={"slide_type": "-"} tags=["raises-exception"]
denoised = denoise(noisy.copy())
if errors is not ... and denoised is not None:
    fig, (left, right) = plots.panels(1, 2, height=3)
    plots.line(left, sigmas, errors, symbol="error")
    left.set(xlabel="sigma, pixels", title="error, RMS grey levels")
    plots.image(right, np.clip(denoised[part], 0, 255).astype(np.uint8), "y, denoised")
    plots.show(
        fig,
        f"The error falls from {errors[0]:.1f} to {min(errors):.1f} grey levels at a sigma of "
        f"{best}, and rises to {errors[-1]:.1f}; beside it the smoothed photograph.",
    )

# %% [markdown] slideshow={"slide_type": "subslide"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "q11-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Two things to try
#
# - Show `denoised - clean`, signed, where blur has cost the most. Is it noise that is left, or picture?
# - Which sigma is best if the noise is only 10 grey levels, and which for 60? Can you say why?

# %% [markdown] slideshow={"slide_type": "skip"} nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "end", "locked": true, "schema_version": 3, "solution": false, "task": false}
# Back to [chapter 2](../../notebooks/02_image_kernels.ipynb). Worked answers are in
# [solutions](../../solutions/02_image_kernels/02_image_kernels.ipynb). Look there after your own try.
